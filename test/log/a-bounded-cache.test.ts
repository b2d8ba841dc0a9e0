import t from 'tap'
import { BoundedCache } from '#log/bounded-cache.ts'

t.test('what was not used for a whole generation goes, what was used stays', async (t) => {
  const cache = new BoundedCache<number>(4)
  for (const [i, key] of ['a', 'b', 'c'].entries()) cache.set(key, i)
  t.equal(cache.get('a'), 0)
  for (const key of ['d', 'e', 'f']) cache.set(key, 9)
  t.equal(cache.get('a'), 0, 'was used')
  t.equal(cache.get('b'), undefined, 'was not')
  t.equal(cache.get('f'), 9, 'the newest stays')
})

t.test('a value that is set again is never answered as it was before', async (t) => {
  const cache = new BoundedCache<number>(2)
  for (const key of ['a', 'b', 'c', 'd']) {
    cache.set('x', 1)
    cache.set(key, 0)
    cache.set('x', 2)
    t.equal(cache.get('x'), 2)
  }
  cache.delete('x')
  t.equal(cache.get('x'), undefined)
})

t.test('what is in use stays, even beyond the limit', async (t) => {
  const inUse = new Set([1, 2])
  const cache = new BoundedCache<number>(2, (value) => !inUse.has(value))
  for (let value = 1; value <= 20; value++) cache.set(String(value), value)
  t.same([cache.get('1'), cache.get('2')], [1, 2])
  inUse.clear()
  for (let value = 21; value <= 30; value++) cache.set(String(value), value)
  t.equal(cache.get('1'), undefined)
})

t.test('many entries stay within the limit, whatever is used', async (t) => {
  const cache = new BoundedCache<number>(100)
  let largest = 0
  for (let i = 0; i < 10_000; i++) {
    cache.set(`${i}`, i)
    cache.get(`${i - (i % 7)}`)
    largest = Math.max(largest, cache.size)
  }
  t.ok(largest <= 102, `${largest} at the most`)
  t.equal([...cache.values()].length, cache.size)
})
