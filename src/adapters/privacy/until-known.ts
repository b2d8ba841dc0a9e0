import { NotReadYet } from '#commands/privacy/documents-of-person.ts'
import type { EventStore } from '#log/event-store.ts'
import type { ProjectionEngine } from '#projections/engine/projection-engine.ts'

export interface UntilKnownDeps {
  readonly engine: Pick<ProjectionEngine, 'waitFor'>
  readonly log: Pick<EventStore, 'head'>
  /** How long a read model may take to know all of the log. */
  readonly deadlineMs: number
}

/** @throws NotReadYet when one of these does not know the log as it is now, in time. */
export async function untilKnown(
  { engine, log, deadlineMs }: UntilKnownDeps,
  projections: readonly string[],
): Promise<void> {
  const head = await log.head()
  if (head === undefined) return
  for (const projection of projections) {
    const { reached } = await engine.waitFor(projection, head, deadlineMs)
    if (!reached) throw new NotReadYet(projection)
  }
}
