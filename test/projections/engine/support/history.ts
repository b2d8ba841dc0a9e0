import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import type { DaybookEvent } from '#domain/events.ts'
import { type EventCodec, UnreadableEvent } from '#log/codec.ts'
import type { EventStore, JsonObject, NewEvent } from '#log/event-store.ts'
import type { RecordedEvent } from '#log/recorded-event.ts'
import { streamName } from '#log/stream-name.ts'

/** An event of a history, before it is appended. */
export interface Happening {
  readonly organisation: string
  readonly event: DaybookEvent
}

const customerId = fc.constantFrom('anna', 'بهرام', 'çelik', 'o"neil', 'a.b-c', 'Z')
const saleId = fc.constantFrom('s1', 's2', 's\t3', 'ß\\4')
const day = fc.integer({ min: 1, max: 28 }).map((n) => `2026-02-${String(n).padStart(2, '0')}`)

const event: fc.Arbitrary<DaybookEvent> = fc.oneof(
  { weight: 8, arbitrary: contacted() },
  {
    weight: 2,
    arbitrary: fc
      .record({ customerId, to: fc.constantFrom('active' as const, 'closed' as const) })
      .map(({ customerId: id, to }) => ({
        type: 'CustomerStatusChanged' as const,
        data: { customerId: id, from: 'lead' as const, to },
      })),
  },
  {
    weight: 2,
    arbitrary: fc.record({ customerId, saleId, released: fc.boolean() }).map(
      ({ released, ...data }): DaybookEvent => ({
        type: released ? 'CustomerSaleNoteReleased' : 'CustomerSaleNoted',
        data,
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('SAR', 'GBP', 'IRR').map((baseCurrency) => ({
      type: 'OrganisationSettingsChanged' as const,
      data: { organisation: 'x', baseCurrency },
    })),
  },
  {
    weight: 1,
    arbitrary: fc.constant<DaybookEvent>({
      type: 'CustomerNumberReleased',
      data: { customerId: 'anna' },
    }),
  },
)

function contacted(): fc.Arbitrary<DaybookEvent> {
  return fc
    .record({ customerId, contactedOn: day, saleId: fc.option(saleId, { nil: undefined }) })
    .map(({ saleId: id, ...data }) => ({
      type: 'CustomerContacted',
      data: id === undefined ? data : { ...data, saleId: id },
    }))
}

/** Histories of two organisations, over types that toys fold, types that they do not, and settings. */
export const history: fc.Arbitrary<readonly Happening[]> = fc.array(
  fc.record({ organisation: fc.constantFrom('north', 'south'), event }),
  { minLength: 1, maxLength: 80 },
)

let clock = Date.parse('2026-02-01T08:00:00Z')
const revisions = new WeakMap<EventStore, Map<string, number>>()

/** Appends each to a stream of its organisation, several to one append where they follow each other. */
export async function append(store: EventStore, happenings: readonly Happening[]): Promise<void> {
  let known = revisions.get(store)
  if (known === undefined) revisions.set(store, (known = new Map()))
  for (const { organisation, event: happened } of happenings) {
    const stream = streamName('customer', organisation, 'toys')
    const expected = known.get(stream) ?? 'no_stream'
    const { revision } = await store.append(stream, [newEvent(organisation, happened)], expected)
    known.set(stream, revision)
  }
}

function newEvent(organisation: string, { type, data }: DaybookEvent): NewEvent {
  clock += 1234
  return {
    id: randomUUID(),
    type,
    data: JSON.parse(JSON.stringify(data)) as JsonObject,
    metadata: {
      organisation,
      actor: 'tester',
      recordedAt: new Date(clock).toISOString(),
      commandId: randomUUID(),
      $correlationId: randomUUID(),
    },
  }
}

/** `count` contacts of a few customers. */
export function manyContacts(count: number, customers = 50): readonly Happening[] {
  return Array.from({ length: count }, (_, n) => ({
    organisation: n % 3 === 0 ? 'south' : 'north',
    event: {
      type: 'CustomerContacted',
      data: {
        customerId: `customer ${(n * 7919) % customers}`,
        contactedOn: `2026-03-${String((n % 28) + 1).padStart(2, '0')}`,
      },
    },
  }))
}

/** Reads events as they are; those of the given ids cannot be read. */
export function plainCodec(unreadable: ReadonlySet<string> = new Set()): EventCodec {
  return {
    encode: () => Promise.reject(new Error('nothing is written here')),
    async decode(events) {
      return events.map((stored) => {
        if (unreadable.has(stored.id)) throw new UnreadableEvent(stored, 'it is torn')
        return { ...stored } as unknown as RecordedEvent
      })
    },
  }
}
