import { globSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { aggregates } from '#domain/aggregates.ts'
import { changeOf, type HistorySource, historyOf } from '#log/aggregate-history.ts'
import { changedFields } from '#log/changed-fields.ts'
import type { StoredEvent } from '#log/event-store.ts'
import type { RecordedEvent } from '#log/recorded-event.ts'

t.test('every aggregate of the domain has a history', async (t) => {
  const categories: string[] = []
  for (const file of globSync('src/domain/**/*.ts')) {
    const exports: unknown = await import(`../../${file}`)
    for (const value of Object.values(exports as Record<string, unknown>)) {
      if (typeof value !== 'object' || value === null) continue
      if ('decide' in value && 'category' in value) categories.push(String(value.category))
    }
  }
  t.strictSame([...aggregates.keys()].toSorted(), categories.toSorted())
})

t.test('the changed fields are those that differ, and lead to them', async (t) => {
  t.strictSame(changedFields({ a: 1, b: { c: [1] } }, { a: 1, b: { c: [2] }, 'd/e': null }), [
    { field: '/b/c', before: [1], after: [2] },
    { field: '/d~1e', after: null },
  ])
  t.strictSame(changedFields({ a: {} }, { a: [] }), [{ field: '/a', before: {}, after: [] }])
  t.strictSame(changedFields({ constructor: 1 }, {}), [{ field: '/constructor', before: 1 }])
  const property = fc.property(fc.jsonValue(), fc.jsonValue(), (before, after) => {
    const same = JSON.stringify(before) === JSON.stringify(after)
    return (
      changedFields(before, before).length === 0 &&
      (same || changedFields(before, after).length > 0 || sameButOrder(before, after))
    )
  })
  t.doesNotThrow(() => fc.assert(property))
})

t.test(
  'what was left as it was is not gone into, and what differs is gone into once',
  async (t) => {
    let looks = 0
    const leaf = (value: number) => ({
      get value() {
        looks += 1
        return value
      },
    })
    const deep = (inmost: object) =>
      Array.from({ length: 50 }).reduce<object>((inside) => ({ inside }), inmost)
    const left = leaf(0)
    const path = '/inside'.repeat(50)
    t.strictSame(changedFields({ left, ...deep(leaf(1)) }, { left, ...deep(leaf(2)) }), [
      { field: `${path}/value`, before: 1, after: 2 },
    ])
    t.equal(looks, 2)
  },
)

t.test('others have their turn while a long history is read', async (t) => {
  const events = walletOfRefunds(3000)
  const source: HistorySource = {
    log: { readStream: () => onePage(events as never) },
    codec: { decode: async () => events },
  }
  let isReading = true
  let turns = 0
  const others = (): void => {
    turns += 1
    if (isReading) setImmediate(others)
  }
  setImmediate(others)
  let changes = 0
  for await (const step of historyOf(source, 'wallet-main.w')) {
    changes += changeOf(step).changes.length
  }
  isReading = false
  t.ok(changes > events.length)
  t.ok(turns > 1, `others had ${turns} turns`)
})

async function* onePage(events: readonly StoredEvent[]) {
  yield events
}

/** A wallet whose state grows with each of its events: many debits were given back. */
function walletOfRefunds(count: number): readonly RecordedEvent[] {
  const money = { currency: 'SAR', net: '1', tax: '0', gross: '1' }
  const opened = { walletId: 'w', customerId: 'c', currency: 'SAR', creditLimit: '0' }
  const refunded = Array.from({ length: count }, (_, i) => ({
    type: 'WalletDebitRefunded',
    data: { ...money, movement: `${i + 1}`, debit: `d${i}` },
  }))
  const events = [{ type: 'WalletOpened', data: opened }, ...refunded]
  return events.map((event, revision) => ({ ...event, revision })) as unknown as RecordedEvent[]
}

/** Fields may stand in another order, and -0 is 0 as JSON. */
function sameButOrder(a: unknown, b: unknown): boolean {
  const text = (value: unknown) => JSON.stringify(value).split('').toSorted().join('')
  return text(a) === text(b)
}
