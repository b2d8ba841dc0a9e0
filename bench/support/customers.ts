import process from 'node:process'
import autocannon from 'autocannon'
import { CONNECTIONS } from './debits.ts'
import type { Load } from './in-turns.ts'
import { headers, type WalletServer } from './wallet-server.ts'

const LISTED = 2000

/** Customers registered with a key each, all with telephone and e-mail. */
export function registrations(): Load {
  return { connections: CONNECTIONS, requests: [{ setupRequest: registration() }] }
}

function registration(): (request: autocannon.Request) => autocannon.Request {
  let made = 0
  return (request) => {
    made += 1
    const phone = `+44 20 ${String(made).padStart(8, '0')}`
    const body = { name: `Customer Number ${made}`, phone, email: `customer-${made}@example.com` }
    const own = { ...headers, 'idempotency-key': `${process.pid}-${made}` }
    const path = '/api/crm/customers'
    return { ...request, method: 'POST', path, headers: own, body: JSON.stringify(body) }
  }
}

/** The first page of two thousand customers, which this registers. */
export async function pageOfCustomers({ url }: WalletServer): Promise<Load> {
  const setupRequest = registration()
  await autocannon({ url, connections: CONNECTIONS, amount: LISTED, requests: [{ setupRequest }] })
  const last = setupRequest({})
  const response = await fetch(`${url}${last.path}`, last as RequestInit)
  const path = '/api/crm/customers?limit=50'
  const seen = `&min_position=${response.headers.get('daybook-position')}`
  await fetch(`${url}${path}${seen}`, { headers })
  return { connections: CONNECTIONS, requests: [{ method: 'GET', path, headers }] }
}
