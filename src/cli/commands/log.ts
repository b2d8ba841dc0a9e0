import { createReadStream, createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import process from 'node:process'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Command } from 'commander'
import type { StoredEvent } from '#log/event-store.ts'
import { exportLog } from '#log/export.ts'
import type { Summary } from '#log/hashed-lines.ts'
import { importLog } from '#log/import.ts'
import { parseStreamName } from '#log/stream-name.ts'
import type { Daybook } from '../../composition.ts'
import { type CommandLine, commandLine, withDaybook } from '../command-line.ts'
import { CommandLineError } from '../command-line-error.ts'
import { Progress } from '../progress.ts'
import { textTable } from '../table.ts'
import { copyCommands } from './copy-log.ts'
import { checkLog } from './log-check.ts'

export function logCommands(program: Command): void {
  const log = program.command('log').description('the log itself, as stored')
  log
    .command('head')
    .description('the last event')
    .action((_: unknown, command: Command) => withLog(command, head))
  log
    .command('tail')
    .option('-n, --lines <n>', 'how many of the last events', '10')
    .option('-f, --follow', 'go on with what is appended, until interrupted')
    .description('the last events, personal data still encrypted')
    .action((options: { lines: string; follow?: boolean }, command: Command) =>
      withLog(command, (line, daybook) => tail(line, daybook, options)),
    )
  log
    .command('stats')
    .description('read the whole log and count its events, by type and organisation')
    .action((_: unknown, command: Command) => withLog(command, stats))
  log
    .command('check')
    .description('whether every organisation’s events are all there, none twice, in index and log')
    .action((_: unknown, command: Command) => withLog(command, checkLog))
  log
    .command('export')
    .argument('<file>', 'JSON lines; - for standard output')
    .description('every event with a hash, and one hash over all; personal data stays encrypted')
    .action((file: string, _: unknown, command: Command) =>
      withLog(command, async (line, { log }) => {
        const summary = await writeFile(file, exportLog(log))
        printSummary(line, file, `Exported ${summary.count.toLocaleString('en')} events`, summary)
      }),
    )
  log
    .command('import')
    .argument('<file>', 'what `daybook log export` wrote')
    .description('put an export into an empty log, or go on with one that was interrupted')
    .action((file: string, _: unknown, command: Command) =>
      withLog(command, (line, daybook) => importFile(line, daybook, file)),
    )
  copyCommands(log)
}

async function withLog(
  command: Command,
  run: (line: CommandLine, daybook: Daybook) => Promise<void>,
): Promise<void> {
  const line = commandLine(command.optsWithGlobals())
  await withDaybook((daybook) => run(line, daybook))
}

async function head(line: CommandLine, { log }: Daybook): Promise<void> {
  const [last] = await lastEvents(log, 1)
  line.print(last ?? null, last === undefined ? 'The log is empty.' : describe(last))
}

async function tail(
  line: CommandLine,
  { log }: Daybook,
  { lines, follow }: { lines: string; follow?: boolean },
): Promise<void> {
  if (!/^\d{1,6}$/.test(lines)) {
    throw new CommandLineError('usage', `--lines must be a whole number up to 999999, not ${lines}`)
  }
  const shown = await lastEvents(log, Number(lines))
  line.print(shown, shown.map(describe).join('\n'))
  if (follow !== true) return
  const after = shown.at(-1)?.position ?? (await log.head())
  const from = after === undefined ? {} : { after }
  for await (const { events } of log.subscribe({ ...from, signal: line.signal })) {
    for (const event of events) line.print(event, describe(event))
  }
}

async function lastEvents(log: Daybook['log'], count: number): Promise<StoredEvent[]> {
  const events: StoredEvent[] = []
  if (count === 0) return events
  for await (const page of log.readAll({ direction: 'backwards', maxCount: count })) {
    events.push(...page)
  }
  return events.reverse()
}

function describe({ metadata, type, stream, revision, data }: StoredEvent): string {
  return `${metadata.recordedAt}  ${metadata.actor}  ${type}  ${stream}@${revision}  ${JSON.stringify(data)}`
}

async function stats(line: CommandLine, { log }: Daybook): Promise<void> {
  const types = new Map<string, number>()
  const organisations = new Map<string, number>()
  const streams = new Set<string>()
  let events = 0
  let first: string | undefined
  let last: string | undefined
  const progress = new Progress()
  for await (const page of log.readAll()) {
    for (const { type, stream, metadata } of page) {
      add(types, type)
      add(organisations, parseStreamName(stream)?.organisation ?? '?')
      streams.add(stream)
      first ??= metadata.recordedAt
      last = metadata.recordedAt
    }
    events += page.length
    progress.update(0, `${events.toLocaleString('en')} events`)
  }
  progress.end()
  const counted = (counts: Map<string, number>): [string, number][] =>
    [...counts].toSorted((a, b) => b[1] - a[1])
  const found = { events, streams: streams.size, first, last }
  const rows = (name: string, counts: Map<string, number>): string =>
    textTable(
      [name, 'events'],
      counted(counts).map(([key, n]) => [key, n.toLocaleString('en')]),
    )
  line.print(
    {
      ...found,
      types: Object.fromEntries(counted(types)),
      organisations: Object.fromEntries(counted(organisations)),
    },
    `${events.toLocaleString('en')} events in ${streams.size.toLocaleString('en')} streams, recorded from ${first ?? '-'} to ${last ?? '-'}\n\n${rows('organisation', organisations)}\n\n${rows('type', types)}`,
  )
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

async function importFile(line: CommandLine, { log }: Daybook, file: string): Promise<void> {
  const progress = new Progress()
  const imported = await importLog(log, readFile(file), {
    onProgress: (events) => progress.update(0, `${events.toLocaleString('en')} events`),
  }).finally(() => progress.end())
  const { count, alreadyThere } = imported
  const before =
    alreadyThere === 0 ? '' : `, ${alreadyThere.toLocaleString('en')} were there already`
  printSummary(line, file, `The log holds ${count.toLocaleString('en')} events${before}`, imported)
}

export function printSummary(
  line: CommandLine,
  file: string,
  text: string,
  summary: Summary,
): void {
  const said = `${text}; SHA-256 ${summary.sha256}`
  // What goes to standard output must stay a file that can be imported.
  if (file === '-') process.stderr.write(`${said}\n`)
  else line.print({ file, ...summary }, said)
}

/** Written beside and moved into place, so that what bears the name is whole. */
export async function writeFile(
  file: string,
  lines: AsyncGenerator<string, Summary>,
): Promise<Summary> {
  let summary: Summary | undefined
  async function* text(): AsyncGenerator<string> {
    summary = yield* lines
  }
  if (file === '-') {
    for await (const chunk of text()) {
      if (!process.stdout.write(chunk)) {
        await new Promise((resolve) => process.stdout.once('drain', resolve))
      }
    }
  } else {
    const unfinished = `${file}.unfinished`
    try {
      await pipeline(
        Readable.from(text()),
        createWriteStream(unfinished, { mode: 0o600, flush: true }),
      )
      await rename(unfinished, file)
    } catch (error) {
      await rm(unfinished, { force: true })
      throw error
    }
  }
  if (summary === undefined) throw new Error('The export ended before its last line')
  return summary
}

export function readFile(file: string): AsyncIterable<Buffer> {
  return file === '-' ? process.stdin : createReadStream(file)
}
