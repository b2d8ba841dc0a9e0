import process from 'node:process'
import autocannon from 'autocannon'
import { report } from '../support/compare.ts'
import { CONNECTIONS, measured } from '../support/debits.ts'
import { seconds } from '../support/settings.ts'
import { headers, startWalletServer } from '../support/wallet-server.ts'

/**
 * Customers over HTTP, of 64 callers that wait for their last: BENCH_LOAD=create registers them,
 * BENCH_LOAD=list reads the first page of two thousand.
 */
const LISTED = 2000
const server = await startWalletServer()
let made = 0

function registration(request: autocannon.Request): autocannon.Request {
  made += 1
  const phone = `+44 20 ${String(made).padStart(8, '0')}`
  const body = { name: `Customer Number ${made}`, phone, email: `customer-${made}@example.com` }
  const own = { ...headers, 'idempotency-key': `${process.pid}-${made}` }
  return {
    ...request,
    method: 'POST',
    path: '/api/crm/customers',
    headers: own,
    body: JSON.stringify(body),
  }
}

async function filledList(): Promise<autocannon.Request> {
  const requests = [{ setupRequest: registration }]
  await autocannon({ url: server.url, connections: CONNECTIONS, amount: LISTED, requests })
  const last = registration({})
  const response = await fetch(`${server.url}${last.path}`, last as RequestInit)
  const path = '/api/crm/customers?limit=50'
  const seen = `&min_position=${response.headers.get('daybook-position')}`
  await fetch(`${server.url}${path}${seen}`, { headers })
  return { method: 'GET', path, headers }
}

const load =
  process.env['BENCH_LOAD'] === 'list' ? await filledList() : { setupRequest: registration }
const result = await measured(
  { url: server.url, connections: CONNECTIONS, requests: [load] },
  seconds,
)
await server.stop()
const { p50, p99 } = result.latency
report({ rate: result['2xx'] / result.duration, unit: 'requests/s', p50, p99 })
