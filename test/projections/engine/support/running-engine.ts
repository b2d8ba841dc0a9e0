import { tmpdir } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import pino from 'pino'
import type { Database } from '#adapters/database/database.ts'
import type { EventCodec } from '#log/codec.ts'
import type { EventStore } from '#log/event-store.ts'
import { createEngine } from '#projections/engine/engine.ts'
import { RebuildInProgress } from '#projections/engine/errors.ts'
import type { Projection } from '#projections/engine/projection.ts'
import type {
  ProjectionEngine,
  ProjectionStatus,
  RebuildReport,
} from '#projections/engine/projection-engine.ts'
import { plainCodec } from './history.ts'

interface Parts {
  readonly store: EventStore
  readonly database: Database
  readonly projections: readonly Projection[]
  readonly codec?: EventCodec
  readonly memoryBytes?: number
}

/** What of a tap test is needed here. */
interface Teardown {
  teardown(run: () => void | Promise<void>): void
}

/** An engine, not started, that is stopped when the test ends. */
export function engineOf(t: Teardown, parts: Parts): ProjectionEngine {
  const engine = createEngine({
    codec: plainCodec(),
    logger: pino({ level: process.env['TEST_LOG'] ?? 'silent' }),
    spillDirectory: tmpdir(),
    ...parts,
  })
  t.teardown(() => engine.stop())
  return engine
}

/** Does it once whatever is being built has let go, which it does a moment after its tables are live. */
export async function whenFree<T>(run: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await run()
    } catch (error) {
      if (!(error instanceof RebuildInProgress)) throw error
      await delay(10)
    }
  }
}

export async function rebuilt(
  engine: ProjectionEngine,
  name: string,
): Promise<RebuildReport | undefined> {
  const [report] = await (await whenFree(() => engine.rebuild([name]))).done
  return report
}

/** Returns when the projection has folded all that the log holds now. */
export async function caughtUp(
  engine: ProjectionEngine,
  store: EventStore,
  name: string,
): Promise<void> {
  const head = await store.head()
  if (head === undefined) return
  const { reached } = await engine.waitFor(name, head, 60_000)
  if (!reached)
    throw new Error(`${name} is not at the head: ${JSON.stringify(await engine.status())}`)
}

/** Polls until the status of a projection is as wanted. */
export async function statusWhen(
  engine: ProjectionEngine,
  name: string,
  wanted: (status: ProjectionStatus) => boolean,
  deadlineMs = 60_000,
): Promise<ProjectionStatus> {
  const end = performance.now() + deadlineMs
  for (;;) {
    const status = (await engine.status()).find((one) => one.name === name)
    if (status !== undefined && wanted(status)) return status
    if (performance.now() > end) throw new Error(`still ${JSON.stringify(status)}`)
    await delay(20)
  }
}

/** Returns when the kept tables have come as far as the log is now. */
export async function keptCaughtUp(
  engine: ProjectionEngine,
  store: EventStore,
  name: string,
): Promise<ProjectionStatus> {
  const head = await store.head()
  return statusWhen(
    engine,
    name,
    ({ kept }) =>
      head !== undefined &&
      kept?.position !== undefined &&
      store.comparePositions(kept.position, head) >= 0,
  )
}
