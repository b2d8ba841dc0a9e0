import fc from 'fast-check'
import t from 'tap'
import { type Caused, correlationTrees, eventChain } from '#projections/log/causation.ts'
import { longStory } from '#test/projections/company.ts'
import { filledDatabase } from '#test/projections/filled-database.ts'
import { recorded, type Told } from '#test/projections/fold-runner.ts'

const EVENTS = 120
const GROUP = 12
const plain = recorded(longStory(4).slice(0, EVENTS))

// Groups of one correlation, whose events are caused by any earlier one of it, or by none; and one that
// says that it was caused by a later one.
const causes = fc.sample(fc.integer({ min: -2, max: GROUP }), { numRuns: EVENTS, seed: 7 })
const causeOf = (index: number): string | undefined => {
  if (index === 24) return plain[30]?.id
  const within = index % GROUP
  const cause = Math.min(causes[index] ?? -1, within - 1)
  return cause < 0 ? undefined : plain[index - within + cause]?.id
}
const story: readonly Told[] = longStory(4)
  .slice(0, EVENTS)
  .map((told, index) => {
    const cause = causeOf(index)
    return {
      ...told,
      metadata: {
        $correlationId: `correlation-${Math.floor(index / GROUP)}`,
        ...(cause === undefined ? {} : { $causationId: cause }),
      },
    }
  })
const ids = plain.map(({ id }) => id)
const { query } = await filledDatabase(t, story)
const limits = { events: 1000, depth: 50 }

const idsIn = (trees: readonly Caused[]): string[] =>
  trees.flatMap(({ event, caused }) => [event.event_id, ...idsIn(caused)])

t.test(
  'every event of a correlation is reached from its roots, once, under its cause',
  async (t) => {
    for (let group = 0; group < EVENTS / GROUP; group += 1) {
      const { trees, truncated } = await query((db) =>
        correlationTrees(db, `correlation-${group}`, 1000),
      )
      t.equal(truncated, false)
      const expected = ids.slice(group * GROUP, (group + 1) * GROUP)
      t.strictSame(idsIn(trees).toSorted(), expected.toSorted())
      const isUnderCause = ({ event, caused }: Caused): boolean =>
        caused.every((one) => one.event.causation_id === event.event_id && isUnderCause(one))
      t.ok(trees.every(isUnderCause))
    }
    t.strictSame(await query((db) => correlationTrees(db, 'unknown', 10)), {
      trees: [],
      truncated: false,
    })
  },
)

t.test('what an event came from and what came of it are each other’s reverse', async (t) => {
  const chains = new Map<string, { above: string[]; below: string[] }>()
  for (const id of ids) {
    const chain = await query((db) => eventChain(db, id, limits))
    if (chain === undefined) throw new Error(`${id} is unknown`)
    t.equal(chain.truncated, false)
    const above = chain.cameFrom.map(({ event_id }) => event_id)
    chains.set(id, { above, below: idsIn(chain.tree.caused) })
  }
  for (const [index, id] of ids.entries()) {
    // A cause that is not before its consequence is shown as said, and not followed downwards.
    if (index === 24) continue
    const { above = [], below = [] } = chains.get(id) ?? {}
    for (const other of above) {
      if (ids.indexOf(other) > 24 && other === ids[30]) continue
      t.ok(chains.get(other)?.below.includes(id) || above.includes(ids[24] ?? ''))
    }
    for (const other of below) t.ok(chains.get(other)?.above.includes(id))
  }
  t.strictSame(chains.get(ids[24] ?? '')?.above.at(-1), ids[30], 'shown as it says')
  t.notOk(chains.get(ids[30] ?? '')?.below.includes(ids[24] ?? ''))
})

t.test('limits are kept, and it is said that there is more', async (t) => {
  const roots = await query((db) => correlationTrees(db, 'correlation-1', 1000))
  const largest = roots.trees.toSorted((a, b) => idsIn([b]).length - idsIn([a]).length)[0]
  const id = largest?.event.event_id ?? ''
  const all = idsIn(largest?.caused ?? [])
  t.ok(all.length > 3, 'there is something to cut')
  const few = await query((db) => eventChain(db, id, { events: 2, depth: 50 }))
  t.equal(few?.truncated, true)
  t.equal(idsIn(few?.tree.caused ?? []).length, 2)
  const shallow = await query((db) => eventChain(db, id, { events: 1000, depth: 1 }))
  t.strictSame(
    idsIn(shallow?.tree.caused ?? []),
    (largest?.caused ?? []).map(({ event }) => event.event_id),
  )
  t.equal(
    shallow?.truncated,
    (largest?.caused ?? []).some(({ caused }) => caused.length > 0),
  )
  const cut = await query((db) => correlationTrees(db, 'correlation-1', 5))
  t.equal(cut.truncated, true)
  t.equal(idsIn(cut.trees).length, 5)
  t.equal(await query((db) => eventChain(db, id, limits), 'other'), undefined)
})
