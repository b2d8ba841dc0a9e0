import type { DomainEvent } from '#domain/decider.ts'
import { Rejection } from '#domain/rejection.ts'
import type { Position, StoredEvent } from '#log/event-store.ts'
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
    const isThere =
      reachesBack(deps, known, seenUpTo) || (await reachBack(deps, stream, known, seenUpTo))
    // Others may have left to a later state of the table what this answer does not know: then it is asked again.
    if (isThere && !reachesBack(deps, known, seenUpTo)) continue
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
 * the table meanwhile: none must be missing between what is read and what is known. False: the stream ends before
 * that, in a log that was replaced, as an append will tell.
 */
async function reachBack(
  deps: RepeatsDeps,
  stream: string,
  known: KnownCommands,
  seen: Position | undefined,
): Promise<boolean> {
  const from = known.from - 1
  let isThere = false
  for await (const page of deps.store.readStream(stream, { direction: 'backwards', from })) {
    for (const event of page) {
      if (event.revision === from) isThere = true
      if (event.revision < known.from - 1) return isThere
      if (event.revision < known.from) known.addBefore(event)
      if (reachesBack(deps, known, seen)) return isThere
    }
  }
  return isThere
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
  outcome: KnownOutcome,
  context: CommandContext,
): Promise<CommandOutcome<Event>> {
  refuseOtherBody(outcome.bodyHash, context)
  const own = await ownEvents(deps, stream, outcome, context)
  const decoded = await deps.codec.decode(own)
  const events = decoded as unknown as readonly RecordedEvent<Event>[]
  const { revision = outcome.lastRevision, position } = events.at(-1) ?? {}
  return { events, revision, position, replayed: true }
}

/** How much further is read where a command's events do not end at the ones that are known. */
const FURTHER = 32

/**
 * All events of a command. They stand together, but what is known of them may be a part: the table may have seen
 * some, and the others may be known from the stream.
 */
async function ownEvents(
  deps: RepeatsDeps,
  stream: string,
  { firstRevision, lastRevision }: KnownOutcome,
  { commandId }: CommandContext,
): Promise<readonly StoredEvent[]> {
  // With its neighbours, which tell where it ends.
  let [from, to] = [Math.max(firstRevision - 1, 0), lastRevision + 1]
  for (;;) {
    const events: StoredEvent[] = []
    const wanted = { from, maxCount: to - from + 1 }
    for await (const page of deps.store.readStream(stream, wanted)) events.push(...page)
    const own = events.filter(({ metadata }) => metadata.commandId === commandId)
    const beginsBefore = from > 0 && own[0]?.revision === from
    const endsLater = own.at(-1)?.revision === to
    if (!beginsBefore && !endsLater) return own
    if (beginsBefore) from = Math.max(from - FURTHER, 0)
    if (endsLater) to += FURTHER
  }
}

function refuseOtherBody(bodyHash: string | undefined, context: CommandContext): void {
  if (bodyHash !== context.bodyHash) throw new Rejection('IDEMPOTENCY_KEY_REUSED')
}
