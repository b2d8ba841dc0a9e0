import { randomUUID } from 'node:crypto'
import type autocannon from 'autocannon'
import type { Load } from './in-turns.ts'
import { headers, type WalletServer } from './wallet-server.ts'

/** Callers of single debits. */
export const CONNECTIONS = 64

const debit = { amount: '1.25', description: 'vm-17', reference: 'usage' }

/** Debits with a key each, going round the wallets of a server. */
export class Debits {
  readonly #wallets: readonly string[]
  readonly #run = randomUUID().slice(0, 8)
  #sent = 0

  constructor({ wallets }: Pick<WalletServer, 'wallets'>) {
    this.#wallets = wallets
  }

  next() {
    const wallet = this.#wallets[this.#sent % this.#wallets.length]
    const idempotencyKey = `${this.#run}-${this.#sent++}`
    return { method: 'POST', path: `/api/wallets/${wallet}/debits`, idempotencyKey, body: debit }
  }
}

/** A request each, of 64 callers that wait for their last. */
export function singleDebits(server: WalletServer): Load {
  const debits = new Debits(server)
  const setupRequest = (request: autocannon.Request): autocannon.Request => {
    const { path, idempotencyKey, body } = debits.next()
    const own = { ...headers, 'idempotency-key': idempotencyKey }
    return { ...request, method: 'POST', path, headers: own, body: JSON.stringify(body) }
  }
  return { connections: CONNECTIONS, requests: [{ setupRequest }] }
}

/** In a bulk. */
export const BULK_COMMANDS = 1000

/** In bulks, of two callers that wait for their last. */
export function bulkDebits(server: WalletServer): Load {
  const debits = new Debits(server)
  const setupRequest = (request: autocannon.Request): autocannon.Request => {
    const commands = Array.from({ length: BULK_COMMANDS }, () => debits.next())
    const body = JSON.stringify({ commands })
    return { ...request, method: 'POST', path: '/api/bulk', headers, body }
  }
  const done = `"meta":{"commands":${BULK_COMMANDS},"accepted":${BULK_COMMANDS},"replayed":0,`
  const verifyBody = (body: unknown): boolean => String(body).includes(done)
  return { connections: 2, requests: [{ setupRequest }], verifyBody, timeout: 60 }
}
