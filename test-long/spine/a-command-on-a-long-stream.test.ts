import { spawn } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'
import t, { type Test } from 'tap'
import { type Answer, dig, pick, type TestServer } from '#test/support/server.ts'
import { bothLogs } from './support/logs.ts'
import { settled } from './support/settled.ts'
import { sharedLog } from './support/two-servers.ts'

const EVENTS = 20_000
const RESTARTS = 5
/** Commands sent after the first of each restart. */
const FOLLOWING = 20
const PROGRAM = new URL('./programs/change-a-customer-often.ts', import.meta.url).pathname

for (const log of bothLogs) {
  t.test(
    `a command on 20,000 events costs what it costs on ten, the log in ${log.name}`,
    async (t) => {
      const shared = await sharedLog(t, log)
      if (shared === undefined) return
      const server = shared.server()
      await server.start()
      const register = async (name: string) =>
        pick(await server.post('/api/crm/customers', { name }), 'data', 'id')
      const [long, short, other] = [
        await register('Long'),
        await register('Short'),
        await register('O'),
      ]
      const early = await change(server, long, 'of-the-beginning')
      t.equal(early.status, 200)

      const started = performance.now()
      await changeOften(t, shared.environment, long, EVENTS)
      const seconds = (performance.now() - started) / 1000
      await changeOften(t, shared.environment, short, 9)
      t.comment(`${EVENTS} commands on one stream in ${seconds.toFixed(1)} s`)
      await settled(server)
      t.same([await revision(server, long), await revision(server, short)], [EVENTS + 1, 9])

      const first: Timings = { long: [], short: [] }
      const following: Timings = { long: [], short: [] }
      for (let restart = 0; restart < RESTARTS; restart++) {
        await server.stop('SIGKILL')
        await server.start()
        // What a process does for the first time is slow on any stream.
        for (let i = 0; i < FOLLOWING; i++) await timed(server, other)
        const names =
          restart % 2 === 0 ? (['long', 'short'] as const) : (['short', 'long'] as const)
        const ids = { long, short }
        for (const name of names) first[name].push(await timed(server, ids[name]))
        for (let i = 0; i < FOLLOWING; i++) {
          for (const name of names) following[name].push(await timed(server, ids[name]))
        }
      }
      t.comment(`first command after a restart: ${described(first)}`)
      t.comment(`following commands: ${described(following)}`)
      t.ok(costsNoMore(first), described(first))
      t.ok(costsNoMore(following), described(following))

      const events = await revision(server, long)
      await server.stop('SIGKILL')
      await server.start()
      const askedAt = performance.now()
      const replayed = await change(server, long, 'of-the-beginning')
      t.comment(`a command of the very beginning, again: ${ms(performance.now() - askedAt)}`)
      t.equal(replayed.headers.get('idempotency-replayed'), 'true')
      t.same(dig(replayed, 'data'), dig(early, 'data'))
      t.equal(await revision(server, long), events, 'nothing was appended')
    },
  )
}

interface Timings {
  readonly long: number[]
  readonly short: number[]
}

/** Generous, for machines that do other things too. */
function costsNoMore({ long, short }: Timings): boolean {
  return median(long) <= 3 * median(short) + 20
}

function described({ long, short }: Timings): string {
  const told = (times: number[]) =>
    `${ms(median(times))} (${ms(Math.min(...times))} to ${ms(Math.max(...times))})`
  return `long ${told(long)}, short ${told(short)}`
}

const ms = (time: number): string => `${time.toFixed(1)} ms`

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

let keys = 0

function change(server: TestServer, id: string, key: string): Promise<Answer> {
  const body = { phone: '+44 20 7946 0000', source: key }
  return server.call('PATCH', `/api/crm/customers/${id}`, { body, key })
}

/** Milliseconds of one command with a key. */
async function timed(server: TestServer, id: string): Promise<number> {
  const started = performance.now()
  const { status } = await change(server, id, `key-${keys++}`)
  if (status !== 200) throw new Error(`Answered ${status}`)
  return performance.now() - started
}

async function revision(server: TestServer, id: string): Promise<number> {
  const stream = `/api/streams/customer-main.${id}?direction=backwards&limit=1`
  return Number(pick(await server.get(stream), 'data', 0, 'revision'))
}

/** In a process of its own, which ends as by kill -9. */
async function changeOften(
  t: Test,
  environment: Readonly<Record<string, string>>,
  id: string,
  times: number,
): Promise<void> {
  const env = { ...process.env, ...environment }
  const child = spawn(process.execPath, [PROGRAM, id, String(times)], { env, stdio: 'inherit' })
  const [code, signal] = await once(child, 'exit')
  t.same([code, signal], [null, 'SIGKILL'], 'it died when it was done')
}
