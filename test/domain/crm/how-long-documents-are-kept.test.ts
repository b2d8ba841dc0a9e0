import fc from 'fast-check'
import t from 'tap'
import {
  defaultRetention,
  type KindOfDocuments,
  keptOn,
  retainedKinds,
  termOf,
} from '#domain/crm/retention.ts'
import { addDays } from '#domain/dates.ts'

const sales: KindOfDocuments = { kind: 'sale', documents: 3, latest: '2026-02-28' }
const notes: KindOfDocuments = { kind: 'creditNote', documents: 1, latest: '2027-01-01' }

t.test('a document is kept to the end of the year in which its term ends', async (t) => {
  const kept = [{ ...sales, years: 10, until: '2036-12-31' }]
  t.strictSame(keptOn('2026-11-21', [sales], defaultRetention), kept)
  t.strictSame(keptOn('2036-12-31', [sales], defaultRetention), kept, 'its last day')
  t.strictSame(keptOn('2037-01-01', [sales], defaultRetention), [])
})

t.test('a kind that need not be kept is not, and the longest term counts', async (t) => {
  const years = { ...defaultRetention, sale: 0 }
  t.strictSame(keptOn('2026-02-28', [sales], years), [], 'not even in its own year')
  t.equal(termOf([]), undefined)
  t.equal(termOf(keptOn('2026-11-21', [notes, sales], defaultRetention)), '2037-12-31')
})

const year = fc.integer({ min: 1, max: 9999 }).map((n) => String(n).padStart(4, '0'))
const day = fc.tuple(year, fc.integer({ min: 10, max: 12 })).map(([y, m]) => `${y}-${m}-15`)
const years = fc.integer({ min: 0, max: 100 })
const kinds = fc.uniqueArray(
  fc.record({ kind: fc.constantFrom(...retainedKinds), documents: fc.nat(), latest: day }),
  { selector: ({ kind }) => kind },
)

t.test('on the day after the term nothing is kept, and on its last day something', (t) => {
  fc.assert(
    fc.property(
      kinds,
      fc.array(years, { minLength: 5, maxLength: 5 }),
      day,
      (found, some, today) => {
        const terms = Object.fromEntries(retainedKinds.map((kind, i) => [kind, some[i]]))
        const rules = terms as typeof defaultRetention
        const until = termOf(keptOn(today, found, rules))
        if (until === undefined) return true
        if (until < today || keptOn(until, found, rules).length === 0) return false
        return until === '9999-12-31' || keptOn(addDays(until, 1), found, rules).length === 0
      },
    ),
  )
  t.end()
})
