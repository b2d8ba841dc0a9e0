import t from 'tap'
import { testDatabase } from '#test/support/database.ts'
import { logs, outcomesKnown, program } from '#test/support/program.ts'
import { contextOf, tally } from '#test/support/tally.ts'

for (const [log, openLog] of Object.entries(logs)) {
  t.test(`${log}: after a restart and 10,000 later events, the first answer`, async (t) => {
    const { database } = await testDatabase(t)
    const open = await openLog(t, database)
    const first = program(t, database, open())
    const context = contextOf('one')
    const answer = await first.handler.handle(tally, 'c1', { amount: 5n }, context)
    const later = (i: number) => {
      const what = { amount: 1n, times: 500 }
      return first.handler.handle(tally, 'c1', what, contextOf(`later ${i}`))
    }
    for (let i = 0; i < 10; i++) await later(i)
    await first.engine.start()
    await outcomesKnown(first)
    // What comes after is known to nobody but the log.
    await first.engine.stop()
    for (let i = 10; i < 20; i++) await later(i)

    const restarted = program(t, database, open())
    const again = (key: string, body?: string) =>
      restarted.handler.handle(tally, 'c1', { amount: 5n }, contextOf(key, body))
    t.same(await again('one'), { ...answer, replayed: true }, 'known to the table')
    t.match(await again('later 15', 'body'), { replayed: true, revision: 8000 }, 'in the tail')
    await t.rejects(again('one', 'other body'), { code: 'IDEMPOTENCY_KEY_REUSED' })
    t.match(await again('new'), { replayed: false, revision: 10_001 })
    const { state } = await program(t, database, open()).handler.load(tally, 'main', 'c1')
    t.same(state, { sum: '10010', count: 10_002 })
  })

  t.test(`${log}: two programs on one stream, every command sent to both`, async (t) => {
    const { database } = await testDatabase(t)
    const open = await openLog(t, database)
    const programs = [program(t, database, open()), program(t, database, open())]
    const keys = Array.from({ length: 150 }, (_, i) => `key ${i}`)
    const answers = await Promise.all(
      programs.flatMap(({ handler }, i) =>
        (i === 0 ? keys : keys.toReversed()).map(async (key) => {
          const what = { amount: 1n, limit: 100n }
          const outcome = await handler
            .handle(tally, 'c1', what, contextOf(key))
            .catch((error: { code?: string }) => error.code)
          return [key, outcome] as const
        }),
      ),
    )
    const ids = new Map<string, Set<unknown>>()
    let refused = 0
    for (const [key, outcome] of answers) {
      if (typeof outcome !== 'object') {
        t.equal(outcome, 'AMOUNT_ABOVE_OWED')
        refused += 1
      } else ids.set(key, (ids.get(key) ?? new Set()).add(outcome.events[0]?.id))
    }
    t.equal(ids.size, 100, 'the limit holds')
    t.ok(
      [...ids.values()].every(({ size }) => size === 1),
      'both were told of the same event',
    )
    t.equal(refused, 300 - 2 * 100)
    const stored = []
    for await (const page of open().readStream('customerCredit-main.c1')) stored.push(...page)
    t.equal(stored.length, 100)
  })
}
