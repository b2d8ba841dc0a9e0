import { ERASED, MASKED } from '#domain/event-schema.ts'
import { eventCatalogue } from '#domain/events.ts'
import type { EventCodec } from './codec.ts'
import { type PersonalField, personalFields } from './personal-data.ts'
import type { RecordedEvent } from './recorded-event.ts'

/** Whose personal data a reader sees; what is anybody else's reads `•••`. */
export interface Sight {
  /** Ids of subjects, as events and rows name them. */
  readonly sees: 'everybody' | ReadonlySet<string>
  /** Told whenever something personal is, or may be, shown: of which subject, or of any that is seen. */
  readonly onShown?: (subject?: string) => void
}

export const seesEverybody: Sight = { sees: 'everybody' }
export const seesNobody: Sight = { sees: new Set() }

/** Whether the personal data of a subject is shown; `undefined` is nobody that is known. */
export function isSeen({ sees }: Sight, subject: unknown): boolean {
  return sees === 'everybody' || (typeof subject === 'string' && sees.has(subject))
}

/** What is shown of something personal. That there is nothing, or that it was erased, anybody may see. */
export function shown<Value>(sight: Sight, subject: unknown, value: Value): Value | typeof MASKED {
  if (value === undefined || value === null || value === ERASED) return value
  if (!isSeen(sight, subject)) return MASKED
  sight.onShown?.(typeof subject === 'string' ? subject : undefined)
  return value
}

const personal: ReadonlyMap<string, readonly PersonalField[]> = new Map(
  Object.entries(eventCatalogue).map(([type, schema]) => [type, personalFields(schema)]),
)

/**
 * Decodes events as a reader sees them. What is made from them, states of aggregates and rows that are
 * folded again, then holds masks as well.
 */
export function codecFor(
  sight: Sight,
  codec: Pick<EventCodec, 'decode'>,
): Pick<EventCodec, 'decode'> {
  return {
    async decode(events) {
      return (await codec.decode(events)).map((event) => seen(event, sight))
    },
  }
}

function seen(event: RecordedEvent, sight: Sight): RecordedEvent {
  const fields = personal.get(event.type) ?? []
  if (fields.length === 0) return event
  const data: { [field: string]: unknown } = { ...event.data }
  for (const { field, subject } of fields) {
    if (field in data) data[field] = shown(sight, data[subject], data[field])
  }
  return { ...event, data } as unknown as RecordedEvent
}
