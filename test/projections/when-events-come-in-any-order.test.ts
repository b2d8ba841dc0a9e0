import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { type DaybookEvent, eventCatalogue } from '#domain/events.ts'
import { projectionsWith } from '#projections/all.ts'
import { commandOutcomes } from '#projections/commands/command-outcomes.ts'
import { indexedTypes } from '#projections/log/indexed-types.ts'
import { eventIndex } from '#projections/log/event-index.ts'
import { Company, deeds } from './company.ts'
import { foldInto, recorded, type Told } from './fold-runner.ts'
import { testKeyedHash } from '#test/support/keyed-hash.ts'

const projections = projectionsWith(testKeyedHash)

const stories = deeds.map((done) => {
  const company = new Company()
  for (const deed of done) company.does(deed)
  return company.story
})

t.test('folds cope with facts that lack what should stand before them', (t) => {
  const anyOrder = stories.chain((story) => fc.shuffledSubarray(story, { minLength: 1 }))
  const property = fc.property(anyOrder, (story) => {
    const events = recorded(story)
    // The runner refuses rows that their tables could not hold.
    for (const projection of projections) foldInto(projection, events)
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: 60 }))
  t.end()
})

t.test('every event ever stored can be folded, alone and after the others', (t) => {
  const folder = new URL('../fixtures/events/', import.meta.url)
  const stored = readdirSync(folder).map((file): Told => {
    const data: unknown = JSON.parse(readFileSync(new URL(file, folder), 'utf8'))
    return { event: { type: file.split('.')[0], data } as DaybookEvent }
  })
  t.same(
    new Set(stored.map(({ event }) => event.type)),
    new Set(Object.keys(eventCatalogue)),
    'there is one of each type',
  )
  for (const story of [...stored.map((told) => [told]), stored, stored.toReversed()]) {
    const events = recorded(story)
    for (const projection of projections) t.doesNotThrow(() => foldInto(projection, events))
  }
  t.end()
})

t.test('the outcomes know every event type there is, the index all but accesses', (t) => {
  const types = Object.keys(eventCatalogue)
  for (const table of commandOutcomes.tables) t.same(Object.keys(table.on), types)
  for (const table of eventIndex.tables) t.same(Object.keys(table.on), indexedTypes)
  t.same(
    types.filter((type) => !indexedTypes.includes(type)),
    ['RecordsAccessed'],
  )
  t.end()
})

t.test('every event of an organisation is indexed once, without a gap', (t) => {
  const property = fc.property(stories, (story) => {
    const two = story.map((told, index) =>
      index % 3 === 0 ? { ...told, organisation: 'other' } : told,
    )
    const events = recorded(two)
    const { event: rows = [] } = foldInto(eventIndex, events)
    assert.deepEqual(
      rows.map((row) => [row['event_id'], row['stream'], row['revision'], row['ordinal']]),
      events.map((event, index) => [event.id, event.stream, event.revision, String(index + 1)]),
    )
    const seen = new Map<string, number>()
    for (const [index, row] of rows.entries()) {
      const { organisation } = events[index]?.metadata ?? { organisation: '' }
      seen.set(organisation, (seen.get(organisation) ?? 0) + 1)
      assert.equal(row['organisation_ordinal'], String(seen.get(organisation)))
    }
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: 30 }))
  t.end()
})
