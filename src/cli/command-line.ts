import { userInfo } from 'node:os'
import process from 'node:process'
import { type Logger, pino } from 'pino'
import { createLogger } from '#adapters/logging/logger.ts'
import { type Config, readConfig } from '#config'
import { type Daybook, openDaybook } from '../composition.ts'

/** What every command of `daybook` works with. */
export interface CommandLine {
  readonly json: boolean
  /** Whoever runs it, as it stands in events: `cli:` and the account's name, unless said. */
  readonly actor: string
  /** Ended by the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal
  /** Data goes to standard output: as text for a person, or as one JSON value with `--json`. */
  print(value: unknown, text: string): void
}

export function commandLine(options: { json?: boolean; actor?: string }): CommandLine {
  const json = options.json === true
  const ended = new AbortController()
  const end = (): void => ended.abort()
  process.once('SIGINT', end).once('SIGTERM', end)
  return {
    json,
    actor: options.actor ?? `cli:${userInfo().username}`.slice(0, 64),
    signal: ended.signal,
    print(value, text) {
      const written = json ? JSON.stringify(value, bigintsAsText, 2) : text
      if (written !== '') process.stdout.write(`${written}\n`)
    },
  }
}

function bigintsAsText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}

/**
 * Opens the log under the server's configuration, beside a running server too, and lets go of it at
 * the end. Messages go to standard error, warnings and worse only.
 */
export async function withDaybook<T>(run: (daybook: Daybook) => Promise<T>): Promise<T> {
  const daybook = await openDaybook(configuration(), {
    logger: messages(),
    what: 'daybook command',
  })
  try {
    return await run(daybook)
  } finally {
    await daybook.close()
  }
}

/** @throws ConfigError */
export function configuration(): Config {
  return readConfig(process.env)
}

/** To standard error. */
export function messages(): Logger {
  const level = process.env['LOG_LEVEL'] ?? 'warn'
  return createLogger(level, pino.destination({ dest: 2, sync: true }))
}
