import t, { type Test } from 'tap'
import { dig, eventually, type TestServer } from '#test/support/server.ts'
import {
  type Follower,
  follower,
  runsAll,
  takenOver,
  type Way,
  ways,
} from '#test/support/take-over.ts'
import { bothLogs } from './support/logs.ts'
import { sharedLog } from './support/two-servers.ts'

/** What is promised; machines that run tests are busy with other things, and are given more time. */
const PROMISED_MS = 5000
const BOUND_MS = 30_000
t.setTimeout(900_000)

for (const log of bothLogs) {
  t.test(`another takes over within seconds, the log in ${log.name}`, async (t) => {
    const shared = await sharedLog(t, log, { DAYBOOK_WAIT_DEADLINE_MS: '60000' })
    if (shared === undefined) return
    const api = shared.server()
    await api.start('--role', 'api')
    await takeTurns(t, api, shared.environment, 'projector', ways)
    await takeTurns(t, api, shared.environment, 'all', ['killed', 'asked to end'])
  })
}

/** Two processes, each of which takes over from the other in turn. */
async function takeTurns(
  t: Test,
  api: TestServer,
  environment: Readonly<Record<string, string>>,
  role: 'projector' | 'all',
  by: readonly Way[],
): Promise<void> {
  const both = await Promise.all([follower(environment, role), follower(environment, role)])
  let [owner, other] = both
  try {
    for (const { server } of both) {
      await server.start()
      await runsAll(api, both[0])
    }
    for (const way of by) {
      const { visibleMs, reactedMs, bringBack } = await takenOver(api, owner, way)
      const told = `role ${role}, ${way}: visible after ${Math.round(visibleMs)} ms, reacted to after ${Math.round(reactedMs)} ms`
      t.comment(`${told} (promised: ${PROMISED_MS} ms)`)
      t.ok(visibleMs < BOUND_MS, told)
      await runsAll(api, other)
      await bringBack()
      await backAgain(owner)
      ;[owner, other] = [other, owner]
    }
    for (const name of await projections(api)) {
      const verified = await api.post(`/api/projections/${name}/verify`, undefined)
      t.match(verified, { status: 200, body: { data: { equal: true } } }, name)
    }
  } finally {
    for (const one of both) await one.remove()
  }
}

/** It works as if nothing had been, and knows that the other runs everything. */
async function backAgain({ server }: Follower): Promise<void> {
  await eventually(
    'ready again',
    async () => {
      const answer = await server.get('/ready').catch(() => undefined)
      return answer?.status === 200 && dig(answer, 'data', 'status') === 'ready'
    },
    90_000,
  )
}

async function projections(api: TestServer): Promise<readonly string[]> {
  const rows = dig(await api.get('/api/projections'), 'data') as readonly {
    readonly name: string
  }[]
  return rows.map(({ name }) => name)
}
