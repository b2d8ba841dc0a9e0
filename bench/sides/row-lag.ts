import { Agent, type IncomingMessage, request } from 'node:http'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { connectionConfig } from '#adapters/database/connection.ts'
import { report } from '../support/compare.ts'
import { CONNECTIONS, Debits } from '../support/debits.ts'
import { seconds } from '../support/settings.ts'
import { headers, startWalletServer } from '../support/wallet-server.ts'

/**
 * How long after its answer a debit stands in the rows of wallets, at BENCH_RATE debits a second, sent
 * evenly, by a server that has caught up and is warm. Rows and their checkpoint are committed together, so
 * the checkpoint is looked at, every other millisecond: without a pause, looking takes a core by itself.
 */
const server = await startWalletServer()
const database = new pg.Client(
  connectionConfig(process.env['BENCH_DATABASE_URL'] ?? '', { name: 'bench lag' }),
)
await database.connect()
const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
const debits = new Debits(server)

/** Debits that were answered, by position; those seen in the rows leave. */
let waiting: { readonly position: number; readonly at: number }[] = []
let lags: number[] = []
const phase = { running: true }

const WARM_UP_SECONDS = 4
await caughtUp()
const watched = watch()
await send(WARM_UP_SECONDS)
lags = []
const started = performance.now()
const sent = await send(seconds)
const rate = sent / ((performance.now() - started) / 1000)
phase.running = false
await watched
agent.destroy()
await database.end()
await server.stop()
lags.sort((a, b) => a - b)
const quantile = (q: number): number => lags[Math.floor(lags.length * q)] ?? Number.NaN
report({ rate, unit: 'debits/s', p50: quantile(0.5), p99: quantile(0.99) })

/** At the asked rate for so long; answers how many, once all are answered. */
async function send(forSeconds: number): Promise<number> {
  const perMs = Number(process.env['BENCH_RATE']) / 1000
  const begun = performance.now()
  const answers: Promise<void>[] = []
  while (performance.now() - begun < forSeconds * 1000) {
    const due = Math.floor((performance.now() - begun) * perMs)
    while (answers.length < due) answers.push(debit())
    await sleep(1)
  }
  await Promise.all(answers)
  return answers.length
}

async function debit(): Promise<void> {
  const { method, path, idempotencyKey, body } = debits.next()
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const own = { ...headers, 'idempotency-key': idempotencyKey }
    request(`${server.url}${path}`, { agent, method, headers: own }, resolve)
      .on('error', reject)
      .end(JSON.stringify(body))
  })
  const position = Number(answer.headers['daybook-position'])
  if (answer.statusCode !== 201) throw new Error(`A debit was refused: ${answer.statusCode}`)
  for await (const _ of answer) continue
  waiting.push({ position, at: performance.now() })
}

async function reachedByRows(): Promise<number> {
  const { rows } = await database.query<{ position: string | null }>({
    name: 'reached',
    text: `select position from daybook.projection where schema_name = 'wallets'`,
  })
  return Number(rows[0]?.position ?? 0)
}

/** Until what stood in the log before stands in the rows. */
async function caughtUp(): Promise<void> {
  const { rows } = await database.query<{ head: string }>(
    'select max(position) as head from log.events',
  )
  while ((await reachedByRows()) < Number(rows[0]?.head)) await sleep(50)
}

/** Until all that was answered is seen. */
async function watch(): Promise<void> {
  while (phase.running || waiting.length > 0) {
    await sleep(1)
    const reached = await reachedByRows()
    const now = performance.now()
    const seen = waiting.filter(({ position }) => position <= reached)
    waiting = waiting.filter(({ position }) => position > reached)
    for (const { at } of seen) lags.push(Math.max(now - at, 0))
  }
}
