import t from 'tap'
import { testDatabase } from '#test/support/database.ts'
import { logs, outcomesKnown, type Program, program } from '#test/support/program.ts'
import { contextOf, tally } from '#test/support/tally.ts'

const LONG = 100_000
const SHORT = 10
const RESTARTS = 15

for (const [log, openLog] of Object.entries(logs)) {
  t.test(`${log}: after a restart it costs no more than on a short one`, async (t) => {
    const { database } = await testDatabase(t)
    const open = await openLog(t, database)
    const before = program(t, database, open())
    const fill = async (id: string, events: number) => {
      for (let i = 0; i < events; i += 500) {
        const what = { amount: 1n, times: Math.min(500, events - i) }
        await before.handler.handle(tally, id, what, contextOf(`${id} ${i}`))
      }
    }
    await fill('long', LONG)
    for (let i = 0; i < RESTARTS; i++) await fill(`short ${i}`.replace(' ', '-'), SHORT)
    // The program dies: what it would have kept at its end is not kept.
    await before.engine.start()
    await outcomesKnown(before)

    const times = { long: [] as number[], short: [] as number[], repeat: [] as number[] }
    for (let i = 0; i < RESTARTS; i++) {
      const measure = async (id: string, key: string): Promise<number> => {
        const restarted = program(t, database, before.store)
        const start = performance.now()
        await restarted.handler.handle(tally, id, { amount: 1n }, contextOf(key))
        return performance.now() - start
      }
      times.long.push(await measure('long', `long, restart ${i}`))
      times.short.push(await measure(`short-${i}`, `short, restart ${i}`))
      times.repeat.push(await measure('long', 'long 500'))
      await outcomesKnown(before)
    }
    const [long, short, repeat] = [times.long, times.short, times.repeat].map(median)
    t.comment(
      `${log}: first command after a restart, median of ${RESTARTS}: ${long?.toFixed(2)} ms on ` +
        `${LONG} events, ${short?.toFixed(2)} ms on ${SHORT}; a repeat of an old one ${repeat?.toFixed(2)} ms`,
    )
    t.ok((long ?? 0) < 3 * (short ?? 0) + 20, 'the same but for noise')
    t.ok(await isKnown(before), 'an old command is found')
  })
}

async function isKnown({ handler }: Program): Promise<boolean> {
  const { replayed } = await handler.handle(tally, 'long', { amount: 1n }, contextOf('long 500'))
  return replayed
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
