import { aggregates } from '#domain/aggregates.ts'
import { type ChangedField, changedFields } from './changed-fields.ts'
import type { EventCodec } from './codec.ts'
import type { EventStore } from './event-store.ts'
import { givingWay } from './give-way.ts'
import type { RecordedEvent } from './recorded-event.ts'
import { parseStreamName } from './stream-name.ts'

/** An event of an aggregate with the states around it, as the domain's own fold has them. */
export interface HistoryStep {
  readonly event: RecordedEvent
  readonly before: object
  readonly after: object
}

/** An event of an aggregate and what it changed: little, also where the states are large. */
export interface HistoryChange {
  readonly event: RecordedEvent
  readonly changes: readonly ChangedField[]
}

export function changeOf({ event, before, after }: HistoryStep): HistoryChange {
  return { event, changes: changedFields(before, after) }
}

export interface HistorySource {
  readonly log: Pick<EventStore, 'readStream'>
  readonly codec: Pick<EventCodec, 'decode'>
}

/**
 * What happened to an aggregate, event by event from the first on; nothing when the stream is empty or
 * of no aggregate. Personal fields of events are shown as they can be read now. However long it is, others
 * of this process have their turn between its steps.
 *
 * @throws UnreadableEvent
 */
export async function* historyOf(
  { log, codec }: HistorySource,
  stream: string,
): AsyncGenerator<HistoryStep> {
  const aggregate = aggregates.get(parseStreamName(stream)?.category ?? '')
  if (aggregate === undefined) return
  let state = aggregate.initial
  const giveWay = givingWay()
  for await (const page of log.readStream(stream)) {
    for (const event of await codec.decode(page)) {
      const before = state
      state = aggregate.evolve(before, event)
      yield { event, before, after: state }
      await giveWay()
    }
  }
}

/**
 * The last step up to a revision, included: the state after it, and what it changed. Undefined when
 * the stream has no event; a revision after its end means its end.
 *
 * @throws UnreadableEvent
 */
export async function stateAt(
  source: HistorySource,
  stream: string,
  revision = Number.POSITIVE_INFINITY,
): Promise<HistoryStep | undefined> {
  let last: HistoryStep | undefined
  for await (const step of historyOf(source, stream)) {
    if (step.event.revision > revision) break
    last = step
    if (step.event.revision === revision) break
  }
  return last
}
