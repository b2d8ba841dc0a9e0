import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Cluster, resetPassword, writeHba } from './cluster.ts'
import { EmbeddedPostgresError } from './embedded-error.ts'
import {
  endOrphanedBackends,
  firstAnswer,
  lastWords,
  runningPostmaster,
  spawnPostmaster,
  stopPostmaster,
} from './postmaster.ts'
import { isAlive } from './process-identity.ts'
import { secretsUrl } from './secrets.ts'

/** What happened to the server, in order. */
export interface EmbeddedEvent {
  readonly what: 'created' | 'adopted' | 'started' | 'died' | 'start failed'
  readonly detail: string
}
export type Report = (event: EmbeddedEvent) => void

const LOOK_EVERY_MS = 200
const LONGEST_PAUSE_MS = 10_000
/** How long what a killed server left behind may stand in the way of the next one. */
const OBSTACLE_DEADLINE_MS = 30_000

const never = new AbortController().signal

/** The server that an earlier process left running, or a fresh one. */
export async function adoptOrStart(cluster: Cluster, report: Report): Promise<number> {
  const orphan = runningPostmaster(cluster.folder)
  if (orphan !== undefined) {
    const answer = await firstAnswer(orphan, secretsUrl(cluster.secrets), never)
    if (answer === 'ready') {
      report({ what: 'adopted', detail: described(cluster, orphan) })
      return orphan
    }
    await stopPostmaster(orphan)
  }
  const pid = await start(cluster, never)
  report({ what: 'started', detail: described(cluster, pid) })
  return pid
}

/**
 * Starts a server that answers.
 *
 * @throws EmbeddedPostgresError with what PostgreSQL said, when it does not start.
 */
async function start(cluster: Cluster, signal: AbortSignal): Promise<number> {
  const end = performance.now() + OBSTACLE_DEADLINE_MS
  writeHba(cluster)
  for (;;) {
    const pid = spawnPostmaster(cluster)
    const answer = await firstAnswer(pid, secretsUrl(cluster.secrets), signal)
    if (answer === 'ready') return pid
    await stopPostmaster(pid)
    // The file with the password was written and the password not set, or the other way round.
    if (answer === 'refused') await resetPassword(cluster)
    else if (
      signal.aborted ||
      performance.now() > end ||
      !isObstacle(lastWords(cluster.startLog))
    ) {
      throw new EmbeddedPostgresError(
        `The embedded PostgreSQL in ${cluster.folder} does not start:\n` +
          `${lastWords(cluster.startLog)}\nMore may stand in ${path.join(cluster.folder, 'log')}.`,
      )
    }
    endOrphanedBackends(cluster.folder)
    await sleep(100)
  }
}

/** Server processes without a postmaster, and a port whose former owner is only just gone. */
function isObstacle(words: string): boolean {
  return /pre-existing shared memory block|lock file .* already exists|could not bind/.test(words)
}

export interface Supervised {
  pid(): number
  /** Ends watching, then the server. */
  stop(): Promise<void>
  /** Ends watching; the server goes on. */
  leave(): Promise<void>
}

/** Looks whether the server lives; starts another for as long as it takes, less and less often. */
export function supervise(cluster: Cluster, first: number, report: Report): Supervised {
  let pid = first
  const stopping = new AbortController()
  const { signal } = stopping
  const pause = (ms: number) => sleep(ms, undefined, { signal, ref: false }).catch(() => undefined)

  const restart = async (failures: number): Promise<boolean> => {
    if (failures === 0) report({ what: 'died', detail: described(cluster, pid) })
    try {
      pid = await start(cluster, signal)
      report({ what: 'started', detail: described(cluster, pid) })
      return true
    } catch (error) {
      if (!signal.aborted) report({ what: 'start failed', detail: String(error) })
      return false
    }
  }
  const watch = async (): Promise<void> => {
    let failures = 0
    while (!signal.aborted) {
      await pause(Math.min(LONGEST_PAUSE_MS, LOOK_EVERY_MS * 2 ** failures))
      if (signal.aborted || isAlive(pid)) continue
      failures = (await restart(failures)) ? 0 : failures + 1
    }
  }
  const watching = watch()
  const leave = async (): Promise<void> => {
    stopping.abort()
    await watching
  }
  return {
    pid: () => pid,
    leave,
    async stop() {
      await leave()
      await stopPostmaster(pid)
    },
  }
}

function described(cluster: Cluster, pid: number): string {
  return `process ${pid}, port ${cluster.secrets.port}`
}
