import fc from 'fast-check'
import t from 'tap'
import { createPostgresAuditTrail } from '#adapters/audit-trail/postgres-audit-trail.ts'
import { DatabaseUnavailable } from '#adapters/database/errors.ts'
import type { Refused, TrailEntry } from '#commands/audit-trail.ts'
import { TrailBuffer } from '#commands/trail-buffer.ts'
import { testDatabase } from '#test/support/database.ts'
import { eventually } from '#test/support/server.ts'

const AT = '2026-11-21T10:00:00.000Z'

function refused(more: Partial<Refused> = {}): Refused {
  return {
    at: AT,
    organisation: 'main',
    actor: 'olga',
    role: 'owner',
    method: 'POST',
    route: '/api/wallets',
    status: 422,
    request_id: null,
    code: 'AMOUNT_ZERO',
    command_id: null,
    key_hash: null,
    facts: null,
    fields: null,
    ...more,
  }
}

t.test('whatever comes, memory is bounded and every entry is counted once', async (t) => {
  const limits = { perMinute: 5, waiting: 12, kinds: 3 }
  const entries = fc.array(
    fc.record({
      organisation: fc.constantFrom('main', 'other', ''),
      actor: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      step: fc.constantFrom(0, 0, 0, 0, 20_000, 70_000),
      take: fc.constantFrom(0, 0, 0, 0, 0, 4),
    }),
    { maxLength: 200 },
  )
  const property = fc.property(entries, (story) => {
    let now = 0
    const kindOf = (entry: TrailEntry): TrailEntry => ({ ...entry, request_id: null })
    const buffer = new TrailBuffer(kindOf, limits, () => now)
    const sums = new Map<string, number>()
    const minutes = new Map<string, number>()
    const took = (found: ReturnType<typeof buffer.take>): void => {
      for (const { organisation, count, at } of found) {
        sums.set(organisation, (sums.get(organisation) ?? 0) + count)
        const minute = `${organisation} ${at}`
        minutes.set(minute, (minutes.get(minute) ?? 0) + 1)
      }
    }
    for (const { organisation, actor, step, take } of story) {
      now += step
      const at = String(Math.floor(now / 60_000))
      buffer.add({ ...refused({ organisation, actor }), at, request_id: String(now) })
      took(buffer.take(take))
    }
    for (let left = 100; !buffer.isEmpty && left > 0; left -= 1) took(buffer.take(50, true))
    // Of a minute, what is kept one by one, each kind that is counted, and all the others.
    const most = limits.perMinute + limits.kinds + 3
    const told = Map.groupBy(story, ({ organisation }) => organisation)
    return (
      buffer.isEmpty &&
      [...told].every(([organisation, { length }]) => sums.get(organisation) === length) &&
      [...minutes.values()].every((rows) => rows <= most)
    )
  })
  t.doesNotThrow(() => fc.assert(property))
})

t.test('a flood of one organisation leaves few rows, and their number is right', async (t) => {
  const { database, login } = await testDatabase(t)
  const trail = createPostgresAuditTrail({ pool: database.writer, warn: () => undefined })
  for (let i = 0; i < 5000; i += 1) trail.refused(refused({ code: i % 2 === 0 ? 'A' : 'B' }))
  trail.refused(refused({ organisation: 'other' }))
  await trail.close()
  const { rows } = await login.query<{ organisation: string; rows: string; sum: string }>(
    `select organisation, count(*) as rows, sum(count) as sum from daybook.refusal group by 1 order by 1`,
  )
  // A minute may turn while they come.
  t.ok(Number(rows[0]?.rows) <= 2 * 602, `${rows[0]?.rows} rows`)
  t.equal(rows[0]?.sum, '5000')
  t.strictSame(rows[1], { organisation: 'other', rows: '1', sum: '1' }, 'others are kept apart')
})

t.test(
  'while the database is away entries wait; one that cannot be written is counted',
  async (t) => {
    const { database, login } = await testDatabase(t)
    let failures: Error[] = [new DatabaseUnavailable('away')]
    const warnings: string[] = []
    const pool = Object.create(database.writer, {
      query: {
        value: (...query: [never]) => {
          const failure = failures.shift()
          return failure === undefined ? database.writer.query(...query) : Promise.reject(failure)
        },
      },
    })
    const trail = createPostgresAuditTrail({ pool, warn: (message) => warnings.push(message) })
    trail.refused(refused({ code: 'WHILE_AWAY' }))
    const kept = async (code: string): Promise<readonly unknown[]> =>
      (await login.query('select * from daybook.refusal where code = $1', [code])).rows
    await eventually('written once it is back', async () => (await kept('WHILE_AWAY')).length === 1)
    t.strictSame(warnings, [])

    failures = [new Error('never')]
    trail.refused(refused({ code: 'POISON', facts: { limit: 5 } }))
    await eventually('it was tried', async () => failures.length === 0)
    trail.refused(refused({ code: 'NEXT', facts: { text: 'a\0b\ud800' } }))
    await eventually('the next is written', async () => (await kept('NEXT')).length === 1)
    await trail.close()
    t.match(await kept('POISON'), [{ count: '1', facts: null }])
    t.equal(warnings.length, 1)
  },
)

t.test('what is kept is bounded: the oldest go', async (t) => {
  const { database, login } = await testDatabase(t)
  const old = new Date(Date.now() - 401 * 864e5).toISOString()
  const trail = createPostgresAuditTrail({ pool: database.writer, warn: () => undefined })
  trail.refused(refused({ at: old, code: 'OLD' }))
  trail.refused(refused({ at: new Date().toISOString(), code: 'NEW' }))
  await trail.close()
  const { rows } = await login.query<{ code: string }>('select code from daybook.refusal')
  t.strictSame(rows, [{ code: 'NEW' }])
})
