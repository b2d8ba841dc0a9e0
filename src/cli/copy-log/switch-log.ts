import type { Database } from '#adapters/database/database.ts'
import { exportKeys } from '#adapters/keys/export-keys.ts'
import { importKeys } from '#adapters/keys/import-keys.ts'
import { openKeyedHash } from '#adapters/keys/keyed-hash.ts'
import { openMasterKeys } from '#adapters/keys/master-keys.ts'
import { liftFence, MoveRefused, raiseFence } from '#adapters/log-home/fence.ts'
import { readHome } from '#adapters/log-home/home.ts'
import { type Moved, moveElsewhere, moveHome, openElsewhere } from '#adapters/log-home/move.ts'
import type { Config } from '#config'
import type { LogCopy } from '#log/copy-log.ts'
import type { Position } from '#log/event-store.ts'
import type { Summary } from '#log/hashed-lines.ts'
import { positionOf } from '#log/position-of.ts'
import { projections } from '#projections/all.ts'
import type { OpenLogs } from './open-logs.ts'

export interface Switched extends Moved {
  readonly proof: Summary
  /** How long nobody could write, in milliseconds. */
  readonly pauseMs: number
}

/** More was left to copy than was thought: it may succeed a little later. */
export class NotCaughtUp extends MoveRefused {}

/** Writing goes on where it did. */
export class SwitchInterrupted extends MoveRefused {}

/** What was written before the fence rose is copied well within this time, or the switch is given up. */
const LAST_EVENTS_MS = 4000

/**
 * Moves the log: nobody writes, the last events are copied, both logs are proved equal, checkpoints are
 * translated, and the log is in the other store. When anything of this fails, it is where it was.
 *
 * @throws MoveRefused, CopyRefused
 */
export async function switchLog(
  config: Config,
  logs: OpenLogs,
  copy: LogCopy,
  signal: AbortSignal,
): Promise<Switched> {
  const { from, home } = logs
  await copyKeys(config, logs)
  const client = await home.connect('engine', { name: 'daybook log switch' })
  try {
    const began = performance.now()
    await raiseFence(client, from.store.kind)
    try {
      const proof = await copyLastEvents(logs, copy, signal)
      // Those that were made since.
      await copyKeys(config, logs)
      const moved = await move(client, logs, copy)
      return { ...moved, proof, pauseMs: performance.now() - began }
    } catch (error) {
      await liftFence(client).catch(() => undefined)
      throw error
    }
  } finally {
    await client.end().catch(() => undefined)
  }
}

async function copyLastEvents(
  { from }: OpenLogs,
  copy: LogCopy,
  signal: AbortSignal,
): Promise<Summary> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(LAST_EVENTS_MS)])
  const proof = await copy.proven(await from.store.head(), deadline)
  if (proof !== undefined) return proof
  if (signal.aborted) throw new SwitchInterrupted('Interrupted: nothing was moved')
  throw new NotCaughtUp(
    `The last events could not be copied within ${LAST_EVENTS_MS / 1000} s: nothing was moved, and writing goes on. Switch again when less is written`,
  )
}

async function move(
  client: Awaited<ReturnType<Database['connect']>>,
  { from, to, staysHome }: OpenLogs,
  copy: LogCopy,
): Promise<Moved> {
  const places = {
    place: to.place,
    ordinalAt: async (position: Position) =>
      positionOf(from.store, position) === undefined ? undefined : copy.from.ordinalAt(position),
    positionAt: (ordinal: number) => copy.to.positionAt(ordinal),
  }
  if (staysHome || to.database === undefined) {
    const kinds = { from: from.store.kind, to: to.store.kind }
    return moveHome(client, { ...places, ...kinds, projections })
  }
  const target = await to.database.engine.connect()
  try {
    return await moveElsewhere(client, target, places)
  } finally {
    target.release()
  }
}

/** Personal data opens where the keys are. Another database must have them before it has the log. */
async function copyKeys(config: Config, { home, to, staysHome }: OpenLogs): Promise<void> {
  if (staysHome || to.database === undefined) return
  const masterKeys = await openMasterKeys({
    configured: config.masterKeys,
    dataDir: config.dataDir,
    database: home.writer,
  })
  // The keys of hashes go along, also when no server of this version has been here.
  await openKeyedHash(home.writer, masterKeys)
  await importKeys(to.database.writer, masterKeys, exportKeys(home.writer))
}

/** Ends a switch into another database that was interrupted on its last step. True when there was one. */
export async function endSwitch({ home, to, staysHome }: OpenLogs): Promise<boolean> {
  const { holder, place } = await readHome(home.engine)
  if (staysHome || to.database === undefined) return false
  if (holder !== 'elsewhere' || place !== to.place) return false
  const target = await to.database.engine.connect()
  try {
    await openElsewhere(target, to.place)
    return true
  } finally {
    target.release()
  }
}
