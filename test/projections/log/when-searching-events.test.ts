import t from 'tap'
import type { FoldedEvent } from '#projections/engine/projection.ts'
import type { EventFilter } from '#projections/log/event-filter.ts'
import {
  countEvents,
  findEvent,
  ordinalKnownAt,
  searchEvents,
} from '#projections/log/event-queries.ts'
import { allPages } from '#test/projections/all-pages.ts'
import { longStory } from '#test/projections/company.ts'
import { filledDatabase } from '#test/projections/filled-database.ts'
import { recorded, type Told } from '#test/projections/fold-runner.ts'

// Clocks of several writers: every seventh event is stamped ten seconds early.
const story: readonly Told[] = longStory(9).map((told, index) => ({
  ...told,
  organisation: index % 5 === 4 ? 'other' : 'main',
  metadata: {
    actor: index % 3 === 0 ? 'ann' : 'bob',
    $correlationId: `correlation-${Math.floor(index / 4)}`,
    ...(index % 4 === 0 ? {} : { $causationId: `cause-${index - 1}` }),
    ...(index % 7 === 6 ? { recordedAt: instantOf(index - 10) } : {}),
  },
}))
const events = recorded(story).filter((event) => event.metadata.organisation === 'main')

function instantOf(index: number): string {
  return new Date(Date.UTC(2026, 0, 1) + index * 1000).toISOString()
}

// One for all tests of this file: they only read.
const { query } = await filledDatabase(t, story)

t.test(
  'events are found by everything that they say of themselves, in both directions',
  async (t) => {
    const search = async (filter: EventFilter, direction: 'forwards' | 'backwards') => {
      const found = await allPages((cursor) =>
        query((db) => searchEvents(db, filter, { limit: 50, cursor, direction })),
      )
      return found.map((row) => row.event_id)
    }
    const holds = async (filter: EventFilter, keeps: (event: FoldedEvent) => boolean) => {
      const expected = events.filter(keeps).map((event) => event.id)
      const name = JSON.stringify(filter)
      t.same(await search(filter, 'forwards'), expected, name)
      t.same(await search(filter, 'backwards'), expected.toReversed(), `${name} backwards`)
      t.equal(await query((db) => countEvents(db, filter)), String(expected.length))
      t.ok(expected.length > 0, 'the filter finds something')
    }
    const one = events[40] as FoldedEvent
    const { actor, commandId, $correlationId, recordedAt } = one.metadata
    await holds({}, () => true)
    await holds({ stream: one.stream }, (event) => event.stream === one.stream)
    await holds({ category: 'creditNote' }, (event) => event.stream.startsWith('creditNote-'))
    const types = ['SaleRecorded', 'SaleCancelled'] as const
    await holds({ types }, (event) => (types as readonly string[]).includes(event.type))
    await holds({ actor }, (event) => event.metadata.actor === actor)
    await holds(
      { correlationId: $correlationId },
      (event) => event.metadata.$correlationId === $correlationId,
    )
    const caused = events.find((event) => event.metadata.$causationId !== undefined)
    const causationId = caused?.metadata.$causationId
    await holds({ causationId }, (event) => event.metadata.$causationId === causationId)
    await holds({ commandId }, (event) => event.metadata.commandId === commandId)
    await holds(
      { recordedFrom: recordedAt, recordedBefore: instantOf(200) },
      (event) =>
        event.metadata.recordedAt >= recordedAt && event.metadata.recordedAt < instantOf(200),
    )
    await holds(
      { occurredFrom: '2026-01-10', occurredTo: '2026-01-20' },
      ({ metadata: { occurredOn = '' } }) =>
        occurredOn >= '2026-01-10' && occurredOn <= '2026-01-20',
    )
    await holds(
      { ordinalFrom: '30', ordinalTo: '60', actor: 'bob' },
      (event) =>
        event.organisationOrdinal >= 30 &&
        event.organisationOrdinal <= 60 &&
        event.metadata.actor === 'bob',
    )
  },
)

t.test('one event is found by its id, within the organisation only', async (t) => {
  const one = events[17] as FoldedEvent
  t.match(await query((db) => findEvent(db, one.id)), {
    ordinal: String(one.ordinal),
    organisation_ordinal: String(one.organisationOrdinal),
    event_id: one.id,
    stream: one.stream,
    category: one.stream.split('-')[0],
    revision: one.revision,
    type: one.type,
    recorded_at: one.metadata.recordedAt,
  })
  t.equal(await query((db) => findEvent(db, one.id), 'other'), undefined)
  t.equal(await query((db) => findEvent(db, 'not a uuid')), undefined)
})

t.test('an instant is known by the running maximum of what writers stamped', async (t) => {
  for (const index of [-1, 0, 5, 6, 13, 14, 100, 101, 102, 103, 104, 105, 10_000]) {
    const instant = instantOf(index)
    let maximum = ''
    let expected = 0
    for (const event of events) {
      if (event.metadata.recordedAt > maximum) maximum = event.metadata.recordedAt
      if (maximum <= instant) expected = event.organisationOrdinal
    }
    t.equal(await query((db) => ordinalKnownAt(db, instant)), String(expected), instant)
  }
  t.equal(await query((db) => ordinalKnownAt(db, instantOf(0)), 'nobody'), '0')
})
