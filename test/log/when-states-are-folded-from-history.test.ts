import { globSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { aggregates } from '#domain/aggregates.ts'
import { changedFields } from '#log/changed-fields.ts'

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

/** Fields may stand in another order, and -0 is 0 as JSON. */
function sameButOrder(a: unknown, b: unknown): boolean {
  const text = (value: unknown) => JSON.stringify(value).split('').toSorted().join('')
  return text(a) === text(b)
}
