import fc from 'fast-check'
import t from 'tap'
import {
  BEGINNING,
  comparePositions,
  toPosition,
  toReadPosition,
} from '#adapters/event-store/eventstoredb/position.ts'

const offset = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
const place = fc.record({ commit: offset, prepare: offset })

t.test('positions are ordered by commit, then prepare, beyond what a number holds', async () => {
  fc.assert(
    fc.property(place, place, (a, b) => {
      const expected = a.commit === b.commit ? a.prepare - b.prepare : a.commit - b.commit
      const order = comparePositions(toPosition(a), toPosition(b))
      return Math.sign(order) === (expected === 0n ? 0 : expected < 0n ? -1 : 1)
    }),
  )
})

t.test('a position is read again as what it was', async () => {
  fc.assert(
    fc.property(place, ({ commit, prepare }) => {
      const read = toReadPosition(toPosition({ commit, prepare }))
      return typeof read !== 'string' && read.commit === commit && read.prepare === prepare
    }),
  )
})

t.test('the beginning is before every position and reads from the start', async (t) => {
  t.ok(comparePositions(BEGINNING, toPosition({ commit: 0n, prepare: 0n })) < 0)
  t.equal(toReadPosition(BEGINNING), 'start')
})

t.test('what PostgreSQL calls a position is none', async (t) => {
  for (const text of ['17', '', '1:', ':1', '1:2:3', '1.5:2']) {
    const position = text as typeof BEGINNING
    t.throws(() => comparePositions(position, position), RangeError, text)
    t.throws(() => toReadPosition(position), RangeError, text)
  }
})
