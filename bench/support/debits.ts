import { randomUUID } from 'node:crypto'
import autocannon from 'autocannon'
import { headers, type WalletServer } from './wallet-server.ts'

/** Callers of single debits. */
export const CONNECTIONS = 64
/** As many pass before it is measured. */
export const WARM_UP_SECONDS = 2

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

  /** The next as a request of its own. */
  readonly single = (request: autocannon.Request): autocannon.Request => {
    const { path, idempotencyKey, body } = this.next()
    const own = { ...headers, 'idempotency-key': idempotencyKey }
    return { ...request, method: 'POST', path, headers: own, body: JSON.stringify(body) }
  }

  /** So many of the next in a bulk. */
  bulk(request: autocannon.Request, count: number): autocannon.Request {
    const commands = Array.from({ length: count }, () => this.next())
    const body = JSON.stringify({ commands })
    return { ...request, method: 'POST', path: '/api/bulk', headers, body }
  }
}

/** The load for a while, after a warm-up; fails when anything was not done. */
export async function measured(
  load: autocannon.Options,
  seconds: number,
): Promise<autocannon.Result> {
  await autocannon({ ...load, duration: WARM_UP_SECONDS })
  const result = await autocannon({ ...load, duration: seconds })
  const failed = result.non2xx + result.errors + result.mismatches
  if (failed > 0 || result['2xx'] === 0)
    throw new Error(`${failed} failed, ${result['2xx']} passed`)
  return result
}
