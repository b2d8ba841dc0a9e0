import process from 'node:process'
import { TestServer } from '#test/support/server.ts'
import { follower, runsAll, takenOver, ways } from '#test/support/take-over.ts'
import { report } from '../support/compare.ts'

/** One take-over, with an API process and two projectors, each in a process of its own. */
const way = ways.find((one) => one === process.env['BENCH_WAY'])
if (way === undefined) throw new Error(`BENCH_WAY must be one of ${ways.join(', ')}`)
const environment = {
  DATABASE_URL: process.env['BENCH_DATABASE_URL'] ?? '',
  DAYBOOK_MASTER_KEY: process.env['DAYBOOK_MASTER_KEY'] ?? '',
  DAYBOOK_WAIT_DEADLINE_MS: '60000',
}
const api = new TestServer({ ...environment, DAYBOOK_ROLE: 'api' })
const [owner, other] = [
  await follower(environment, 'projector'),
  await follower(environment, 'projector'),
]
try {
  await api.start()
  await owner.server.start()
  await runsAll(api, owner)
  await other.server.start()
  const { visibleMs } = await takenOver(api, owner, way)
  await owner.server.stop('SIGKILL')
  report({ rate: visibleMs, unit: 'ms' })
} finally {
  for (const one of [owner, other]) await one.remove()
  await api.remove()
}
