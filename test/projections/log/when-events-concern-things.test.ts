import fc from 'fast-check'
import t from 'tap'
import type { z } from 'zod'
import { identifier } from '#domain/event-schema.ts'
import { type DaybookEvent, eventCatalogue } from '#domain/events.ts'
import { searchEvents } from '#projections/log/event-queries.ts'
import { fieldNames, type Reference, referencesOf } from '#projections/log/reference.ts'
import { allPages } from '#test/projections/all-pages.ts'
import { Company, deeds, longStory } from '#test/projections/company.ts'
import { filledDatabase } from '#test/projections/filled-database.ts'
import { recorded } from '#test/projections/fold-runner.ts'

t.test('of every identifier that an event may hold, it is said what it names', async (t) => {
  for (const [type, { shape }] of Object.entries(eventCatalogue)) {
    for (const [field, schema] of Object.entries<z.ZodType>(shape)) {
      const plain = 'unwrap' in schema ? (schema.unwrap as () => unknown)() : schema
      if (plain !== identifier || field === 'organisation') continue
      t.ok(field in fieldNames, `${field} of ${type}`)
    }
  }
})

t.test('credit of a customer concerns the document that it came from', async (t) => {
  const concerns = (kind: string) =>
    referencesOf({
      type: 'CustomerCreditReceived',
      data: { customerId: 'c', currency: 'SAR', amount: '1', origin: { kind, id: 'o' } },
    } as DaybookEvent)
  const customer = { kind: 'customer', id: 'c' }
  t.strictSame(concerns('credit_note'), [customer, { kind: 'credit_note', id: 'o' }])
  t.strictSame(concerns('cancellation'), [customer, { kind: 'sale', id: 'o' }])
  t.strictSame(concerns('payment'), [customer])
})

t.test('a customer who is handed over concerns both agents, once each', async (t) => {
  const concerns = (agentBefore: string) =>
    referencesOf({
      type: 'CustomerDetailsChanged',
      data: { customerId: 'c', agent: 'ann', agentBefore },
    })
  const [customer, ann] = [
    { kind: 'customer', id: 'c' },
    { kind: 'user', id: 'ann' },
  ]
  t.strictSame(concerns('bob'), [customer, ann, { kind: 'user', id: 'bob' }])
  t.strictSame(concerns('ann'), [customer, ann])
})

t.test('whatever happens, an event concerns each thing once', async (t) => {
  const property = fc.property(deeds, (done) => {
    const company = new Company()
    for (const deed of done) company.does(deed)
    return company.story.every(({ event }) => {
      const texts = referencesOf(event).map(({ kind, id }) => `${kind} ${id}`)
      return new Set(texts).size === texts.length
    })
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: 30 }))
})

t.test('events are found by what they concern', async (t) => {
  const story = longStory(5)
  const { query } = await filledDatabase(t, story)
  const events = recorded(story)
  const found = (concerns: Reference, organisation?: string) =>
    allPages((cursor) =>
      query(
        (db) =>
          searchEvents(db, { concerns: [concerns] }, { limit: 100, cursor, direction: 'forwards' }),
        organisation,
      ),
    )
  const sale = events.find(({ type }) => type === 'SaleCancelled')
  const things = [
    ...referencesOf(sale as DaybookEvent),
    { kind: 'customer', id: 'c-1' },
    { kind: 'user', id: 'ann' },
  ] as const
  for (const { kind, id } of things) {
    const expected = events.filter((event) =>
      referencesOf(event).some((other) => other.kind === kind && other.id === id),
    )
    const ids = (await found({ kind, id })).map((event) => event.event_id)
    t.ok(ids.length > 1)
    t.strictSame(
      ids,
      expected.map((event) => event.id),
      `${kind} ${id}`,
    )
    t.strictSame(await found({ kind, id }, 'other'), [])
  }
})
