import fc from 'fast-check'
import t from 'tap'
import { z } from 'zod'
import { personalData } from '#domain/event-schema.ts'
import { type DaybookEvent, type EventOf, eventCatalogue } from '#domain/events.ts'
import { UnreadableEvent } from '#log/codec.ts'
import { createCodec } from '#log/codec-of-catalogue.ts'
import type {
  EventMetadata,
  JsonObject,
  NewEvent,
  Position,
  StoredEvent,
} from '#log/event-store.ts'
import { InMemoryKeyRing } from '#test/support/in-memory-key-ring.ts'

const id = '01980000-0000-8000-8000-000000000001'
const metadata: EventMetadata = {
  organisation: 'main',
  actor: 'owner',
  recordedAt: '2026-11-21T10:00:00Z',
  commandId: id,
  $correlationId: id,
}
const registered: EventOf<'CustomerRegistered'> = {
  type: 'CustomerRegistered',
  data: {
    customerId: 'c1',
    agent: 'owner',
    status: 'lead',
    occurredOn: '2026-11-21',
    country: 'Zambia',
    name: 'Chanda 山田 Mwansa',
    phone: '+260 97 1234567',
  },
}

const setUp = () => {
  const keys = new InMemoryKeyRing()
  return { keys, codec: createCodec(keys) }
}
const stored = (event: NewEvent | undefined, change: object = {}): StoredEvent => ({
  ...(event as NewEvent),
  stream: 'customer-main.c1',
  revision: 0,
  position: '1' as Position,
  ...change,
})
const throughJson = <T>(value: T): T => JSON.parse(JSON.stringify(value))

t.test('what is stored holds no personal text, and is read back as it was', async (t) => {
  const { codec } = setUp()
  const [encoded] = await codec.encode([{ id, event: registered, metadata }])
  const text = JSON.stringify(encoded)
  t.notMatch(text, /Chanda|Mwansa|山田|1234567/)
  t.match(text, /Zambia/, 'what is not personal can be read')
  t.same(Object.keys(encoded?.data['$personal'] as object), ['main/c1'], 'one ciphertext')
  const [decoded] = await codec.decode([throughJson(stored(encoded))])
  t.same(decoded, {
    ...registered,
    id,
    metadata,
    stream: 'customer-main.c1',
    revision: 0,
    position: '1',
  })
})

t.test(
  'a reference that was stored in plain before it counted as personal is still read',
  async (t) => {
    const { codec, keys } = setUp()
    const toppedUp: EventOf<'WalletToppedUp'> = {
      type: 'WalletToppedUp',
      data: {
        walletId: 'w1',
        customerId: 'c1',
        currency: 'SAR',
        occurredOn: '2026-11-21',
        movement: '2',
        method: 'bank',
        amount: '100',
        reference: 'Chanda, May',
      },
    }
    const { type, data } = toppedUp
    const before = stored({ id, type, data: throughJson(data) as JsonObject, metadata })
    const [encoded] = await codec.encode([{ id, event: toppedUp, metadata }])
    t.notMatch(JSON.stringify(encoded), /Chanda/)
    t.same(await codec.decode([before]), await codec.decode([stored(encoded)]))
    await keys.destroy('main/w1')
    t.match(await codec.decode([stored(encoded)]), [{ data: { reference: 'erased' } }])
  },
)

t.test('any customer comes back as it went in', async (t) => {
  const { codec } = setUp()
  const text = (min: number, max: number) =>
    fc.string({ minLength: min, maxLength: max, unit: 'grapheme-composite' }).filter((s) => {
      return s.length >= min && s.length <= max && s.isWellFormed()
    })
  await fc.assert(
    fc.asyncProperty(
      text(1, 30),
      fc.option(text(1, 12), { nil: undefined }),
      fc.option(text(1, 100), { nil: undefined }),
      async (name, phone, note) => {
        const { phone: _, ...data } = registered.data
        const event: DaybookEvent = {
          type: 'CustomerRegistered',
          data: { ...data, name, ...(phone && { phone }), ...(note && { note }) },
        }
        const [encoded] = await codec.encode([{ id, event, metadata }])
        const [decoded] = await codec.decode([throughJson(stored(encoded))])
        t.same(decoded?.data, event.data)
      },
    ),
    { numRuns: 100 },
  )
})

t.test('an erased subject reads erased; what was cleared stays cleared', async (t) => {
  const { keys, codec } = setUp()
  const changed: DaybookEvent = {
    type: 'CustomerDetailsChanged',
    data: { customerId: 'c1', name: 'Chanda', email: null },
  }
  const before = await codec.encode([
    { id, event: registered, metadata },
    { id, event: changed, metadata },
  ])
  await keys.destroy('main/c1')
  const [first, second] = await codec.decode(before.map((event) => stored(event)))
  t.match(first?.data, { name: 'erased', phone: 'erased', country: 'Zambia', customerId: 'c1' })
  t.match(second?.data, { name: 'erased', email: null })

  const [after] = await codec.encode([{ id, event: registered, metadata }])
  t.same(after?.data['$personal'], { 'main/c1': '' }, 'nothing more is kept of the erased')
  const [read] = await codec.decode([stored(after)])
  t.match(read?.data, { name: 'erased' })
})

t.test('what cannot be read says so', async (t) => {
  const { keys, codec } = setUp()
  const [encoded] = await codec.encode([{ id, event: registered, metadata }])
  const { $personal: _, ...bare } = encoded?.data ?? {}
  const cases: readonly [string, StoredEvent, RegExp][] = [
    ['unknown type', stored(encoded, { type: 'CustomerRenamed' }), /type is unknown/],
    ['a field missing', stored(encoded, { data: { customerId: 'c1' } }), /does not fit its schema/],
    ['personal part taken away', stored(encoded, { data: bare }), /does not fit its schema: name/],
    ['moved to another event', stored(encoded, { id: id.replace('1', '2') }), /cannot be opened/],
    [
      'given to another subject',
      stored(encoded, {
        data: {
          ...bare,
          $personal: { 'main/c2': Object.values(encoded?.data['$personal'] ?? {})[0] },
        },
      }),
      /key of main\/c2 is missing/,
    ],
  ]
  for (const [name, event, message] of cases) {
    await t.rejects(codec.decode([event]), { name: 'UnreadableEvent', message, event }, name)
  }
  keys.lose('main/c1')
  const lost = codec.decode([stored(encoded)])
  await t.rejects(lost, new UnreadableEvent(stored(encoded), 'the key of main/c1 is missing'))
})

t.test('what does not fit its schema is never written', async (t) => {
  const { codec } = setUp()
  const wrong = { ...registered, data: { ...registered.data, occurredOn: 'yesterday' } }
  await t.rejects(codec.encode([{ id, event: wrong, metadata }]), /occurredOn/)
})

t.test('only top-level fields of an event are personal, and name their subject', async (t) => {
  for (const [type, schema] of Object.entries(eventCatalogue)) {
    for (const [field, inner] of Object.entries(schema.shape)) {
      const annotation = unwrapped(inner as z.ZodType).find((s) => personalData.has(s))
      if (annotation !== undefined) {
        t.ok((personalData.get(annotation)?.subject ?? '') in schema.shape, `${type}.${field}`)
      }
      t.notOk(
        nested(inner as z.ZodType).some((s) => personalData.has(s)),
        `${type}.${field}`,
      )
    }
  }
})

function unwrapped(schema: z.ZodType): z.ZodType[] {
  const inner = schema instanceof z.ZodOptional || schema instanceof z.ZodNullable
  return [schema, ...(inner ? unwrapped(schema.unwrap() as z.ZodType) : [])]
}

/** Schemas inside objects and arrays of a field. */
function nested(schema: z.ZodType): z.ZodType[] {
  const innermost = unwrapped(schema).at(-1)
  const children =
    innermost instanceof z.ZodObject
      ? Object.values<z.ZodType>(innermost.shape)
      : innermost instanceof z.ZodArray
        ? [innermost.element as z.ZodType]
        : []
  return children.flatMap((child) => [...unwrapped(child), ...nested(child)])
}
