import t from 'tap'
import { Rejection } from '#domain/rejection.ts'
import { decodeCursor, encodeCursor, pageOf } from '#projections/page.ts'

const parts = ['date', 'number', 'text'] as const

t.test('a cursor brings back what it was made of', (t) => {
  const values = ['2026-02-28', '-17', 'قیمت “x”']
  const cursor = encodeCursor(values)
  t.match(cursor, /^[\w-]+$/, 'it can stand in an address')
  t.same(decodeCursor(cursor, parts), values)
  t.end()
})

t.test('a cursor that is not ours is refused', (t) => {
  const bad = [
    '',
    'not base64!',
    Buffer.from('{"a":1}').toString('base64url'),
    encodeCursor(['2026-02-28', '17']),
    encodeCursor(['2026-02-30', '17', 'x']),
    encodeCursor(['2026-02-28', '1e3', 'x']),
    encodeCursor(['2026-02-28', '17', 'nul \u0000']),
    encodeCursor(['2026-02-28', '17', 'x'.repeat(5000)]),
    Buffer.from('["2026-02-28", 17, "x"]').toString('base64url'),
  ]
  for (const cursor of bad) {
    t.throws(() => decodeCursor(cursor, parts), new Rejection('CURSOR_INVALID', {}, 'cursor'))
  }
  t.end()
})

t.test('a page knows whether there is a next', (t) => {
  t.same(
    pageOf(['a', 'b'], 2, (row) => [row]),
    { items: ['a', 'b'], next: undefined },
  )
  t.same(
    pageOf(['a', 'b', 'c'], 2, (row) => [row]),
    {
      items: ['a', 'b'],
      next: encodeCursor(['b']),
    },
  )
  t.same(
    pageOf([], 2, (row: string) => [row]),
    { items: [], next: undefined },
  )
  t.end()
})
