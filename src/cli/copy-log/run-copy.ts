import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { announceCopy, closeForCopy, forgetCopy, lockCopy } from '#adapters/log-home/copy-home.ts'
import { MoveRefused } from '#adapters/log-home/fence.ts'
import { readHome } from '#adapters/log-home/home.ts'
import type { Config } from '#config'
import { LogCopy } from '#log/copy-log.ts'
import type { Summary } from '#log/hashed-lines.ts'
import type { CommandLine } from '../command-line.ts'
import { CopyProgress } from './copy-progress.ts'
import type { OpenLogs } from './open-logs.ts'
import {
  endSwitch,
  NotCaughtUp,
  SwitchInterrupted,
  type Switched,
  switchLog,
} from './switch-log.ts'

/** Go on until interrupted; end when both are equal; move the log over then. */
export type CopyMode = 'follow' | 'once' | 'switch'

export interface Copied {
  readonly mode: CopyMode
  readonly alreadyThere: number
  /** Events of the log copied to. */
  readonly count: number
  /** What both logs hold; undefined when interrupted before they were held against each other. */
  readonly proof: Summary | undefined
  readonly switched: Switched | undefined
}

const LOOK_MS = 50
/** How often a switch is tried while more is written than can be copied in a moment, and how long writers have in between. */
const ATTEMPTS = 5
const AFTER_ATTEMPT_MS = 5000

/**
 * Copies one log into the other, and moves it there when asked.
 *
 * @throws CopyRefused, MoveRefused
 */
export async function runCopy(
  config: Config,
  line: CommandLine,
  logs: OpenLogs,
  mode: CopyMode,
): Promise<Copied> {
  const guard = await logs.home.connect('engine', { name: 'daybook log copy' })
  let announced = false
  try {
    await lockCopy(guard)
    if (mode === 'switch' && (await endSwitch(logs))) {
      throw new MoveRefused('The log had been moved there already; what was left to do is done')
    }
    if (mode === 'switch') await checkMovable(logs)
    await announce(logs)
    announced = true
    return await copyAndSwitch(config, line, logs, mode)
  } finally {
    // After a switch it says nothing any more.
    if (announced) await forgetCopy(guard).catch(() => undefined)
    await guard.end().catch(() => undefined)
  }
}

/** Only the log that is written to can be moved: another one would lose what is written meanwhile. */
async function checkMovable({ from, home }: OpenLogs): Promise<void> {
  const { holder, place } = await readHome(home.engine)
  if (holder === undefined || holder === from.store.kind) return
  throw new MoveRefused(
    `The log of this installation is in ${place ?? 'another store'}, not in ${from.place}: move it from there`,
  )
}

async function announce({ from, to, home, staysHome }: OpenLogs): Promise<void> {
  if (staysHome) await announceCopy(home.engine, to.store.kind)
  else if (to.database !== undefined) await closeForCopy(to.database.engine, from.place)
}

async function copyAndSwitch(
  config: Config,
  line: CommandLine,
  logs: OpenLogs,
  mode: CopyMode,
): Promise<Copied> {
  const copy = new LogCopy(logs.from.store, logs.to.store)
  const progress = new CopyProgress(logs.from.store, () => copy.count)
  const ended = new AbortController()
  const signal = AbortSignal.any([line.signal, ended.signal])
  let following: Promise<void> | undefined
  let alreadyThere: number | undefined
  try {
    alreadyThere = await copy.begin({ signal })
    following = copy.follow(signal)
    const failed = following.then(() => undefined)
    const finishing = finish(config, line, logs, copy, mode)
    finishing.catch(() => undefined)
    await Promise.race([failed, finishing])
    // Who interrupts it in its last step is told what came of that: the log may have moved by then.
    const done = await finishing
    ended.abort()
    await following
    return {
      mode,
      alreadyThere,
      count: copy.from.count,
      proof: done?.proof,
      switched: done?.switched,
    }
  } catch (error) {
    const isInterruption =
      error instanceof SwitchInterrupted || (error as Error).name === 'AbortError'
    if (line.signal.aborted && isInterruption) return interrupted(copy, mode, alreadyThere)
    throw error
  } finally {
    ended.abort()
    await following?.catch(() => undefined)
    progress.end()
  }
}

/** Before it was known how much was there already, nothing had been copied. */
function interrupted(copy: LogCopy, mode: CopyMode, alreadyThere = copy.from.count): Copied {
  const { count } = copy.from
  return { mode, alreadyThere, count, proof: undefined, switched: undefined }
}

/** What is left to do once everything is nearly copied; undefined when interrupted. */
async function finish(
  config: Config,
  line: CommandLine,
  logs: OpenLogs,
  copy: LogCopy,
  mode: CopyMode,
): Promise<{ readonly proof: Summary; readonly switched: Switched | undefined } | undefined> {
  const { signal } = line
  if (mode === 'once') {
    // What is written from here on is left for another time: it may come quicker than it is copied.
    const head = await logs.from.store.head()
    copy.endAt(head)
    const proof = await copy.proven(head, signal)
    return proof && { proof, switched: undefined }
  }
  for (let attempt = 1; ; attempt++) {
    while (!signal.aborted && !(await copy.isNear())) await sleep(LOOK_MS)
    if (signal.aborted) return undefined
    if (mode !== 'switch') break
    try {
      const switched = await switchLog(config, logs, copy, signal)
      return { proof: switched.proof, switched }
    } catch (error) {
      if (!(error instanceof NotCaughtUp) || attempt === ATTEMPTS) throw error
      await sleep(AFTER_ATTEMPT_MS, undefined, { signal }).catch(() => undefined)
    }
  }
  process.stderr.write(
    `Up to date at ${copy.from.count.toLocaleString('en')} events; what is written is copied as it comes\n`,
  )
  while (!signal.aborted) await sleep(LOOK_MS)
  return undefined
}
