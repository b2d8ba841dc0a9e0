import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { projectionsWith } from '#projections/all.ts'
import { PastRows } from '#projections/engine/past-rows.ts'
import type { FoldedEvent, MadeBy, Projection, Row } from '#projections/engine/projection.ts'
import { CONTEXT_EVENTS } from '#projections/engine/routing.ts'
import { referencesOf } from '#projections/log/reference.ts'
import { rowAsOf } from '#projections/log/past-events.ts'
import { play, stories } from '#test/domain/wallet/wallet-stories.ts'
import { InMemoryEventStore } from '#test/support/in-memory-event-store.ts'
import { Company, deeds, longStory } from './company.ts'
import { filledDatabase } from './filled-database.ts'
import { foldAll, foldInto, recorded, type Told } from './fold-runner.ts'
import { createCodec } from '#log/codec-of-catalogue.ts'
import { InMemoryKeyRing } from '#test/support/in-memory-key-ring.ts'
import { testKeyedHash } from '#test/support/keyed-hash.ts'

const projections = projectionsWith(testKeyedHash)

/** The row of one key, folded from the events that may have made it, is the row of a whole fold. */

const settings = (at: number): Told => ({
  event: {
    type: 'OrganisationSettingsChanged',
    data: { organisation: 'main', paymentTermsDays: at },
  },
})

/** A company with a wallet, whose settings change now and then. */
const histories = fc.tuple(deeds, stories).map(([done, steps]) => {
  const company = new Company()
  for (const deed of done) company.does(deed)
  const wallet = play(steps).map((event): Told => ({ event, stream: ['wallet', 'w1'] }))
  return [...company.story, ...wallet].flatMap((told, index) =>
    index % 40 === 7 ? [settings(index), told] : [told],
  )
})

function mayHaveMade(madeBy: MadeBy | undefined, event: FoldedEvent): boolean {
  if (madeBy === undefined || CONTEXT_EVENTS.includes(event.type)) return true
  if ('ordinal' in madeBy) return madeBy.ordinal === String(event.organisationOrdinal)
  if ('stream' in madeBy) return madeBy.stream === event.stream
  const { kind, id } = madeBy.concerns
  return referencesOf(event).some((one) => one.kind === kind && one.id === id)
}

const keyOf = (columns: readonly string[], row: Row): Row =>
  Object.fromEntries(columns.map((column) => [column, row[column]]))

t.test('whatever happened, each row of each table is made by the events that it names', (t) => {
  const property = fc.property(histories, fc.nat(), (story, cut) => {
    const all = recorded(story)
    const events = all.slice(0, 1 + (cut % all.length))
    for (const projection of projections) {
      const whole = foldInto(projection, events)
      for (const table of projection.tables) {
        for (const row of whole[table.name] ?? []) {
          const key = keyOf(table.key, row)
          const past = new PastRows([{ ...projection, tables: [table] }])
          const madeBy = table.madeBy?.(key)
          for (const event of events) if (mayHaveMade(madeBy, event)) past.fold(event)
          assert.deepEqual(past.row(table, key), row, `${projection.name}.${table.name}`)
        }
      }
    }
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: 5 }))
  t.end()
})

t.test('from the log and its index, rows are as at any ordinal', async (t) => {
  const story = longStory(3)
    .slice(0, 400)
    .map((told, index) => (index % 6 === 5 ? { ...told, organisation: 'other' } : told))
  const { query } = await filledDatabase(t, story)
  const events = recorded(story)
  const log = new InMemoryEventStore()
  const codec = createCodec(new InMemoryKeyRing())
  for (const { id, type, data, metadata, stream, revision } of events) {
    const event = { type, data } as FoldedEvent
    const encoded = await codec.encode([{ id, event, metadata }])
    await log.append(stream, encoded, revision === 0 ? 'no_stream' : revision - 1)
  }
  const own = events.filter(({ metadata }) => metadata.organisation === 'main')
  for (const until of [own.length, 150, 40]) {
    const known = own.slice(0, until)
    for (const projection of projections) {
      const whole = foldAll(projection, known)
      for (const table of projection.tables) {
        const rows = whole[table.name] ?? []
        // Of each table some rows, the last among them.
        const some = rows.filter((_, at) => at % 23 === 0 || at === rows.length - 1)
        for (const { row } of some) {
          const key = keyOf(table.key, row)
          const of = { projection, table, key }
          const folded = await query((db) => rowAsOf({ log, codec }, db, of, String(until)))
          assert.deepEqual(folded, row, `${projection.name}.${table.name} at ${until}`)
        }
      }
    }
  }
  const [sale] = projections.flatMap((projection): [Projection, Projection['tables'][number]][] =>
    projection.tables.filter(({ name }) => name === 'sale').map((table) => [projection, table]),
  )
  const first = own.find(({ type }) => type === 'SaleRecorded')
  if (sale === undefined || first?.type !== 'SaleRecorded') throw new Error('there is no sale')
  const [projection, table] = sale
  const of = { projection, table, key: { sale_id: first.data.saleId } }
  const before = String(first.organisationOrdinal - 1)
  const asked = (organisation: string, until: string) =>
    query((db) => rowAsOf({ log, codec }, db, of, until), organisation)
  t.match(await asked('main', String(first.organisationOrdinal)), { status: 'pending' })
  t.equal(await asked('main', before), undefined, 'it was not there yet')
  t.equal(await asked('other', '999999'), undefined, 'nor is it of another organisation')
})
