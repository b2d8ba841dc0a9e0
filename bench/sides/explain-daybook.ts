import process from 'node:process'
import { buildApp } from '#api/app.ts'
import { closedLoop } from '../support/closed-loop.ts'
import { ORGANISATION } from '../support/invented-year.ts'
import { openBenchDaybook } from '../support/open-store.ts'

/** One caller who asks one address again and again, of the application as it stands behind its socket. */
const daybook = await openBenchDaybook()
const { config } = daybook
const caller = {
  kind: 'person',
  organisation: ORGANISATION,
  actor: 'bench',
  role: 'auditor',
} as const
const app = await buildApp({
  ...daybook,
  authenticate: () => caller,
  limits: config.limits,
  role: 'all',
})
const url = process.env['BENCH_ADDRESS'] ?? '/'
await closedLoop(1, 'answers/s', () => async () => {
  const answer = await app.inject({ method: 'GET', url })
  if (answer.statusCode !== 200 || answer.body.includes('"equal":false')) {
    throw new Error(`${url}: ${answer.statusCode} ${answer.body.slice(0, 500)}`)
  }
})
await app.close()
await daybook.close()
