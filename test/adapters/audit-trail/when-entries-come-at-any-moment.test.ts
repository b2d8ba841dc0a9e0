import t from 'tap'
import { createPostgresAuditTrail } from '#adapters/audit-trail/postgres-audit-trail.ts'
import type { Refused } from '#commands/audit-trail.ts'
import { eventually } from '#test/support/server.ts'

const entry: Refused = {
  at: '2026-11-21T10:00:00.000Z',
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
}

/** Turns of the queue of promises within which a writer ends. */
const TURNS = 30

t.test('an entry is written whenever it comes, also just when the last one was', async (t) => {
  const trails = Array.from({ length: TURNS }, (_, turns) => {
    let written = 0
    const pool = {
      async query({ values }: { readonly values?: readonly [string] }): Promise<void> {
        if (values === undefined) return
        const first = written === 0
        written += (JSON.parse(values[0]) as readonly unknown[]).length
        if (first) void addLater()
      },
    }
    const trail = createPostgresAuditTrail({ pool: pool as never, warn: (why) => t.fail(why) })
    const addLater = async (): Promise<void> => {
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve()
      trail.refused(entry)
    }
    trail.refused(entry)
    return { turns, trail, isDone: () => written === 2 }
  })
  t.teardown(() => Promise.all(trails.map(({ trail }) => trail.close())))
  const all = async (): Promise<boolean> => trails.every(({ isDone }) => isDone())
  await eventually('every entry is written', all, 5000).catch(() => undefined)
  const lost = trails.filter(({ isDone }) => !isDone()).map(({ turns }) => turns)
  t.same(lost, [])
})
