import { setTimeout as sleep } from 'node:timers/promises'
import { type Answer, pick, type TestServer } from '#test/support/server.ts'

/** A command that had its answer. */
export interface Answered {
  readonly path: string
  readonly key: string
  /** 201, or what a rule refused it with. */
  readonly status: number
  readonly amount: bigint
  readonly answer: Answer
  /** The body. */
  readonly sent: object
}

const CALLERS = 8
/** Between an answer and the next command, so that processes can start meanwhile. */
const PAUSE_MS = 5
const WALLETS = 4
/** Of one attempt, and of all: a machine that runs other things too is given time. */
const ATTEMPT_MS = 30_000
const ANSWER_DEADLINE_MS = 180_000

/**
 * Callers who send each command, under its key, to one server or another until they have an answer:
 * registrations, sales, payments, and top-ups and debits of a few wallets that never hold enough.
 */
export class DiligentCallers {
  readonly answered: Answered[] = []
  /** Requests without an answer, or with one that asks to come back. */
  repeats = 0
  readonly wallets: string[] = []
  readonly customers: string[] = []
  readonly #sales: string[] = []
  readonly #servers: readonly TestServer[]
  readonly #running: Promise<void>[] = []
  #sent = 0
  #isOver = false

  constructor(servers: readonly TestServer[]) {
    this.#servers = servers
  }

  async begin(): Promise<void> {
    for (let n = 0; n < WALLETS; n++) {
      const customerId = await this.#register()
      const wallet = await this.#insist('/api/wallets', { customerId })
      this.wallets.push(pick(wallet, 'data', 'id'))
    }
    for (let n = 0; n < CALLERS; n++) {
      const caller = this.#call()
      // Heard at the end, whenever it was.
      caller.catch(() => undefined)
      this.#running.push(caller)
    }
  }

  /** Every command that was sent has had its answer. */
  async end(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#running)
  }

  async #call(): Promise<void> {
    while (!this.#isOver) {
      await this.#command(this.#sent++)
      await sleep(PAUSE_MS)
    }
  }

  async #command(n: number): Promise<void> {
    const amount = BigInt(1 + ((n * 7919) % 300))
    const wallet = this.wallets[n % WALLETS]
    const kind = n % 10
    if (kind < 3) await this.#insist(`/api/wallets/${wallet}/debits`, {}, amount)
    else if (kind < 5) await this.#insist(`/api/wallets/${wallet}/topups`, bank, amount)
    else if (kind < 6) await this.#register()
    else if (kind < 8) await this.#sell(amount)
    else await this.#pay(n, amount)
  }

  async #register(): Promise<string> {
    const answer = await this.#insist('/api/crm/customers', { name: 'Somebody' })
    const id = pick(answer, 'data', 'id')
    this.customers.push(id)
    return id
  }

  async #sell(amount: bigint): Promise<void> {
    const customerId = this.customers.at(-1)
    const sale = await this.#insist('/api/finance/sales', { customerId }, amount, 'saleAmount')
    this.#sales.push(pick(sale, 'data', 'id'))
  }

  async #pay(n: number, amount: bigint): Promise<void> {
    const sale = this.#sales[(n * 31) % this.#sales.length]
    if (sale !== undefined) await this.#insist(`/api/finance/sales/${sale}/payments`, bank, amount)
  }

  async #insist(path: string, body: object, amount = 0n, field = 'amount'): Promise<Answer> {
    const key = `command-${this.answered.length}-${Math.random().toString(36).slice(2)}`
    const sent = amount === 0n ? body : { ...body, [field]: decimal(amount) }
    const end = performance.now() + ANSWER_DEADLINE_MS
    let told = ''
    for (let n = 0; ; n++) {
      const server = this.#servers[Math.floor(Math.random() * this.#servers.length)] as TestServer
      const signal = AbortSignal.timeout(ATTEMPT_MS)
      const answer = await server
        .call('POST', path, { body: sent, key, signal })
        .catch((error: unknown) => void (told = String(error)))
      if (answer !== undefined) told = `${answer.status} ${JSON.stringify(answer.body)}`
      if (answer !== undefined && !mustComeBack(answer)) {
        this.answered.push({ path, key, status: answer.status, amount, answer, sent })
        if (answer.status === 201 || answer.status === 422) return answer
        throw new Error(`${path}: ${told}`)
      }
      if (performance.now() > end) throw new Error(`${path}: no answer; the last: ${told}`)
      this.repeats += 1
      await sleep(Math.min(500, 20 * 2 ** n) * Math.random())
    }
  }
}

const bank = { method: 'bank' }

function mustComeBack({ status, body }: Answer): boolean {
  const { code } = body as { readonly code?: string }
  return status === 503 || code === 'IDEMPOTENCY_IN_FLIGHT'
}

function decimal(amount: bigint): string {
  return `${amount / 100n}.${String(amount % 100n).padStart(2, '0')}`
}
