import t from 'tap'
import { addDays, dayAfterFact, dayOfFact, isTimeZone, todayIn } from '#domain/dates.ts'
import { refusalOf } from './given-when-then.ts'

t.test('today is the day in the zone of the organisation', async (t) => {
  t.equal(todayIn('Asia/Riyadh', '2026-11-20T21:30:00Z'), '2026-11-21')
  t.equal(todayIn('America/New_York', '2026-11-21T04:59:59.999Z'), '2026-11-20')
  t.equal(todayIn('UTC', '2026-11-21T00:00:00Z'), '2026-11-21')
  t.equal(todayIn('Africa/Lusaka', '2026-12-31T22:00:00Z'), '2027-01-01')
})

t.test('days are counted by the calendar', async (t) => {
  t.equal(addDays('2026-01-31', 30), '2026-03-02')
  t.equal(addDays('2028-02-28', 1), '2028-02-29')
  t.equal(addDays('2026-03-01', -1), '2026-02-28')
})

t.test('a zone is known by its name', async (t) => {
  t.ok(isTimeZone('Asia/Tehran'))
  t.ok(isTimeZone('UTC'))
  for (const name of ['Mars/Olympus', '', '+03:00', 'Asia']) t.notOk(isTimeZone(name), name)
})

t.test('a fact may lie far back, and ahead by one day', async (t) => {
  t.equal(dayOfFact('1999-12-31', '2026-11-21'), '1999-12-31')
  t.equal(dayOfFact('2026-11-22', '2026-11-21'), '2026-11-22')
  t.strictSame(
    refusalOf(() => dayOfFact('2026-11-23', '2026-11-21')),
    {
      code: 'DATE_IN_FUTURE',
      facts: { date: '2026-11-23', today: '2026-11-21' },
      field: 'occurredOn',
    },
  )
})

t.test('a day that the calendar does not have is refused', async (t) => {
  for (const value of ['2026-02-30', '2025-02-29', '2026-13-01', '2026-1-1', '20261121', '']) {
    t.strictSame(
      refusalOf(() => dayOfFact(value, '2026-11-21')),
      { code: 'DATE_INVALID', facts: { value }, field: 'occurredOn' },
      value,
    )
  }
})

t.test('what follows a fact is not before it', async (t) => {
  t.equal(dayAfterFact('2026-05-01', '2026-11-21', '2026-05-01'), '2026-05-01')
  t.strictSame(
    refusalOf(() => dayAfterFact('2026-04-30', '2026-11-21', '2026-05-01')),
    {
      code: 'DATE_TOO_EARLY',
      facts: { date: '2026-04-30', earliest: '2026-05-01' },
      field: 'occurredOn',
    },
  )
})
