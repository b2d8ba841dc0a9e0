import { setTimeout as sleep } from 'node:timers/promises'
import type { TlsFiles } from './client.ts'
import { type ConnectionSettings, hostText } from './connection-string.ts'
import { diagnose } from './diagnose.ts'
import { EventStoreDbUnusable } from './errors.ts'
import { isDenied, isPassing } from './failures.ts'
import { pauseAfter } from './repeat.ts'

/** Nobody waits longer for a server at the start, however patient commands may be, in milliseconds. */
const START_MS = 15_000
const ATTEMPT_MS = 5000

/**
 * Tries until the log can be read, and finds out why when it cannot.
 *
 * @param readable - a small read of the log.
 * @throws EventStoreDbUnusable at once where waiting cannot help, else at the deadline.
 */
export async function checkServer(
  settings: ConnectionSettings,
  files: TlsFiles,
  deadlineMs: number,
  readable: (timeoutMs: number) => Promise<unknown>,
): Promise<void> {
  const deadline = Date.now() + Math.min(deadlineMs, START_MS)
  for (let failures = 0; ; failures++) {
    try {
      await readable(Math.min(ATTEMPT_MS, Math.max(deadline - Date.now(), 1)))
      return
    } catch (error) {
      if (isDenied(error)) throw new EventStoreDbUnusable(denied(settings), { cause: error })
      if (!isPassing(error)) throw error
      const obstacle = await diagnose(settings, files)
      if (obstacle?.isFinal === true) throw new EventStoreDbUnusable(obstacle.message)
      const pause = pauseAfter(failures)
      if (Date.now() + pause >= deadline) {
        const message = obstacle?.message ?? notReady(settings, error)
        throw new EventStoreDbUnusable(message, { cause: error })
      }
      await sleep(pause)
    }
  }
}

function denied({ credentials, tls }: ConnectionSettings): string {
  if (credentials === undefined || !tls) {
    return 'EventStoreDB lets nobody read its log without a user: give one in EVENTSTOREDB_URL, as in esdb://user:password@host:2113.'
  }
  return (
    `EventStoreDB refused the user ${credentials.username}: its name or password is wrong, or it may not read the ` +
    'whole log ($all), which only administrators may unless the server is told otherwise. Mend both in ' +
    'EVENTSTOREDB_URL; the characters / ? @ : % of a password are written %2F %3F %40 %3A %25.'
  )
}

function notReady({ hosts, discovers }: ConnectionSettings, error: unknown): string {
  const where = hosts.map(hostText).join(', ')
  const why = (error as Error).message
  return discovers
    ? `EventStoreDB at ${where} can be reached, but no node of it leads, or the addresses that it gives for its nodes cannot be reached from here (${why}). Look at its nodes, and start again.`
    : `EventStoreDB at ${where} can be reached, but does not serve yet (${why}). Look at its log, and start again.`
}
