import type { DomainEvent } from '#domain/decider.ts'
import { Rejection } from '#domain/rejection.ts'
import type { Position } from '#log/event-store.ts'
import { positionOf } from '#log/position-of.ts'
import type { RecordedEvent } from '#log/recorded-event.ts'
import type { AggregateReader } from './aggregate.ts'
import type { CommandOutcomes, KnownOutcome } from './command-outcomes.ts'
import type { CommandContext, CommandOutcome } from './handler.ts'
import type { KnownCommands } from './known-commands.ts'

/**
 * A command that is sent again is found before anything is decided: among those this process saw in
 * the stream, then in the table of outcomes folded from the log, then in the stream's tail beyond what
 * that table has seen. Only callers who gave a key can send the same command again.
 */

export interface RepeatsDeps extends AggregateReader {
  readonly outcomes: CommandOutcomes
}

export interface Found {
  readonly outcome: KnownOutcome | undefined
  /** Without an outcome: the command does not stand before this revision. */
  readonly absentBefore: number
}

/** @throws Rejection IDEMPOTENCY_KEY_REUSED when the command asked for something else before. */
export async function findOutcome(
  deps: RepeatsDeps,
  stream: string,
  known: KnownCommands,
  context: CommandContext,
): Promise<Found> {
  const { organisation, commandId, bodyHash } = context
  if (bodyHash === undefined) return { outcome: undefined, absentBefore: known.from }
  const seen = known.get(commandId)
  if (seen !== undefined || !known.needsTable) return { outcome: seen, absentBefore: known.from }

  for (;;) {
    const answer = await deps.outcomes.find({ organisation, commandId, stream })
    if (answer.bodyHash !== undefined) refuseOtherBody(answer.bodyHash, context)
    if (answer.outcome !== undefined) return { outcome: answer.outcome, absentBefore: 0 }
    // What a table folded from another store has seen is told by no position of this one.
    const seenUpTo = positionOf(deps.store, answer.seen)
    known.forget(seenUpTo, (a, b) => deps.store.comparePositions(a, b))
    if (!reachesBack(deps, known, seenUpTo)) await reachBack(deps, stream, known, seenUpTo)
    // Others may have left to a later state of the table what this answer does not know: then it is asked again.
    if (!reachesBack(deps, known, seenUpTo)) continue
    // Nothing is waited for from here until it is said what is known.
    const absentBefore = known.from
    if (!known.wasThere(commandId)) return { outcome: known.get(commandId), absentBefore }
    return { outcome: await findInStream(deps, stream, commandId, seenUpTo), absentBefore }
  }
}

function reachesBack(
  { store }: RepeatsDeps,
  known: KnownCommands,
  seen: Position | undefined,
): boolean {
  return known.reachesBackTo(seen, (a, b) => store.comparePositions(a, b))
}

/**
 * Reads what the table has not seen of what stands before the known commands; less, where some of those are left to
 * the table meanwhile: none must be missing between what is read and what is known.
 */
async function reachBack(
  deps: RepeatsDeps,
  stream: string,
  known: KnownCommands,
  seen: Position | undefined,
): Promise<void> {
  const backwards = { direction: 'backwards', from: known.from - 1 } as const
  for await (const page of deps.store.readStream(stream, backwards)) {
    for (const event of page) {
      if (event.revision < known.from - 1) return
      if (event.revision < known.from) known.addBefore(event)
      if (reachesBack(deps, known, seen)) return
    }
  }
}

/** Looks for a command's events from the stream's end back to what the table has seen. */
async function findInStream(
  deps: RepeatsDeps,
  stream: string,
  commandId: string,
  seen: Position | undefined,
): Promise<KnownOutcome | undefined> {
  let found: KnownOutcome | undefined
  for await (const page of deps.store.readStream(stream, { direction: 'backwards' })) {
    for (const { revision, position, metadata } of page) {
      if (metadata.commandId === commandId) {
        const { bodyHash } = metadata
        const lastRevision = found?.lastRevision ?? revision
        found = { firstRevision: revision, lastRevision, bodyHash }
      } else if (found !== undefined || isSeen(deps, position, seen)) return found
    }
  }
  return found
}

function isSeen({ store }: RepeatsDeps, position: Position, seen: Position | undefined): boolean {
  return seen !== undefined && store.comparePositions(position, seen) <= 0
}

/** The first answer again, from the command's own events. */
export async function replayed<Event extends DomainEvent>(
  deps: RepeatsDeps,
  stream: string,
  { firstRevision, lastRevision, bodyHash }: KnownOutcome,
  context: CommandContext,
): Promise<CommandOutcome<Event>> {
  refuseOtherBody(bodyHash, context)
  const events: RecordedEvent<Event>[] = []
  const wanted = { from: firstRevision, maxCount: lastRevision - firstRevision + 1 }
  for await (const page of deps.store.readStream(stream, wanted)) {
    const own = page.filter(({ metadata }) => metadata.commandId === context.commandId)
    const decoded = await deps.codec.decode(own)
    events.push(...(decoded as unknown as readonly RecordedEvent<Event>[]))
  }
  const position = events.at(-1)?.position
  return { events, revision: lastRevision, position, replayed: true }
}

function refuseOtherBody(bodyHash: string | undefined, context: CommandContext): void {
  if (bodyHash !== context.bodyHash) throw new Rejection('IDEMPOTENCY_KEY_REUSED')
}
