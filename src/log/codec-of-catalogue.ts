import type { KeyObject } from 'node:crypto'
import type { z } from 'zod'
import { ERASED } from '#domain/event-schema.ts'
import { type DaybookEvent, eventCatalogue } from '#domain/events.ts'
import { type EventCodec, UnreadableEvent } from './codec.ts'
import type { EventMetadata, JsonObject, NewEvent, StoredEvent } from './event-store.ts'
import { type KeyRing, type SubjectKey, subjectOf } from './key-ring.ts'
import {
  type PersonalField,
  personalFields,
  seal,
  sealContext,
  sealedParts,
  unseal,
} from './personal-data.ts'
import type { RecordedEvent } from './recorded-event.ts'

interface EventToEncode {
  readonly id: string
  readonly event: DaybookEvent
  readonly metadata: EventMetadata
}

interface EventKind {
  readonly schema: z.ZodObject
  readonly personal: readonly PersonalField[]
}

type Keys = ReadonlyMap<string, SubjectKey>

/** Once per type, when the program is loaded. */
const kinds: ReadonlyMap<string, EventKind> = new Map(
  Object.entries(eventCatalogue).map(([type, schema]) => [
    type,
    { schema, personal: personalFields(schema) },
  ]),
)

/** The codec over Daybook's catalogue of events. Upcasting, when a type needs it, belongs in `read`. */
export function createCodec(keyRing: KeyRing): EventCodec {
  return {
    async encode(events) {
      const checked = events.map(check)
      const subjects = new Set(checked.flatMap(({ fields }) => [...fields.keys()]))
      const keys: Keys = subjects.size === 0 ? new Map() : await keyRing.forWriting([...subjects])
      return checked.map((event) => write(event, keys))
    },
    async decode(events) {
      const subjects = new Set<string>()
      for (const event of events) {
        for (const subject in sealedParts(event.data)) subjects.add(subject)
      }
      const keys: Keys = subjects.size === 0 ? new Map() : await keyRing.forReading([...subjects])
      return events.map((event) => read(event, keys))
    },
  }
}

interface CheckedEvent extends EventToEncode {
  readonly data: JsonObject
  /** The names of the personal fields it has, by the subject whose they are. */
  readonly fields: ReadonlyMap<string, readonly string[]>
}

const none: CheckedEvent['fields'] = new Map()

function check(event: EventToEncode): CheckedEvent {
  const { type, data } = event.event
  const kind = kinds.get(type)
  if (kind === undefined) throw new Error(`Event type ${type} is not in the catalogue`)
  const parsed = kind.schema.safeParse(data)
  if (!parsed.success) {
    throw new Error(
      `A ${type} about to be written does not fit its schema: ${reason(parsed.error)}`,
    )
  }
  const json = parsed.data as JsonObject
  return {
    ...event,
    data: json,
    fields: kind.personal.length === 0 ? none : fieldsOf(event, json, kind),
  }
}

/** `null` is not personal: it says that a field was cleared. */
function fieldsOf(event: EventToEncode, data: JsonObject, kind: EventKind) {
  const fields = new Map<string, string[]>()
  for (const { field, subject: subjectField } of kind.personal) {
    if (data[field] === undefined || data[field] === null) continue
    const id = data[subjectField]
    if (typeof id !== 'string') {
      throw new Error(`${event.event.type}.${field} is personal, but ${subjectField} names nobody`)
    }
    const subject = subjectOf(event.metadata.organisation, id)
    const known = fields.get(subject)
    if (known === undefined) fields.set(subject, [field])
    else known.push(field)
  }
  return fields
}

function write({ id, event, metadata, data, fields }: CheckedEvent, keys: Keys): NewEvent {
  if (fields.size === 0) return { id, type: event.type, data, metadata }
  const sealed: { [subject: string]: string } = {}
  for (const [subject, names] of fields) {
    const key = keys.get(subject)
    if (key === undefined) throw new Error(`The key ring gave no key for ${subject}`)
    const plain: { [field: string]: unknown } = {}
    for (const name of names) plain[name] = data[name]
    // Whoever was erased stays erased: what arrives about them now is not kept at all.
    sealed[subject] =
      key === 'erased'
        ? ''
        : seal(
            key,
            sealContext(id, event.type, subject),
            Buffer.from(JSON.stringify(plain)),
          ).toString('base64')
  }
  const personal = new Set([...fields.values()].flat())
  // Copied and not deleted from: what fields were deleted from is slow to write ever after.
  const stored: { [field: string]: JsonObject[string] } = {}
  for (const [name, value] of Object.entries(data)) {
    if (!personal.has(name)) stored[name] = value
  }
  stored['$personal'] = sealed
  return { id, type: event.type, data: stored, metadata }
}

function read(stored: StoredEvent, keys: Keys): RecordedEvent {
  const kind = kinds.get(stored.type)
  if (kind === undefined) throw new UnreadableEvent(stored, 'its type is unknown')
  const sealed = sealedParts(stored.data)
  const whole = sealed === undefined ? stored.data : open(stored, sealed, kind, keys)
  const parsed = kind.schema.safeParse(whole)
  if (!parsed.success) {
    throw new UnreadableEvent(stored, `it does not fit its schema: ${reason(parsed.error)}`)
  }
  const { id, type, stream, revision, position, metadata } = stored
  return { type, data: parsed.data, id, stream, revision, position, metadata } as RecordedEvent
}

function open(
  stored: StoredEvent,
  sealed: Readonly<Record<string, string>>,
  kind: EventKind,
  keys: Keys,
): JsonObject {
  const { $personal: _, ...whole } = stored.data
  const opened: { [key: string]: JsonObject[string] } = whole
  for (const [subject, ciphertext] of Object.entries(sealed)) {
    const key = keys.get(subject)
    if (key === undefined) throw new UnreadableEvent(stored, `the key of ${subject} is missing`)
    Object.assign(
      opened,
      key === 'erased'
        ? erasedFields(stored, subject, kind)
        : openPart(stored, subject, key, ciphertext),
    )
  }
  return opened
}

function openPart(
  stored: StoredEvent,
  subject: string,
  key: KeyObject,
  ciphertext: string,
): object {
  try {
    const context = sealContext(stored.id, stored.type, subject)
    const plain = unseal(key, context, Buffer.from(ciphertext, 'base64'))
    return JSON.parse(plain.toString()) as object
  } catch (error) {
    throw new UnreadableEvent(stored, `what is sealed under ${subject} cannot be opened`, error)
  }
}

/** Which of them the event once had is part of what was erased. */
function erasedFields(stored: StoredEvent, subject: string, kind: EventKind): JsonObject {
  const { organisation } = stored.metadata
  const gone = kind.personal.filter(({ field, subject: subjectField }) => {
    const id = stored.data[subjectField]
    return (
      typeof id === 'string' &&
      subjectOf(organisation, id) === subject &&
      stored.data[field] !== null
    )
  })
  return Object.fromEntries(gone.map(({ field }) => [field, ERASED]))
}

function reason(error: z.ZodError): string {
  return error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
}
