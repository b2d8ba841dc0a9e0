import { decimal } from './answers.ts'
import type { Load } from './load.ts'

/** Customers who buy, pay and send back, and what the books must say of what was acknowledged. */
export class Trade {
  readonly #load: Load
  #customers: readonly string[] = []
  readonly #sales: string[] = []
  commands = 0
  sales = 0
  turnover = 0n
  credited = 0n
  cash = 0n
  bank = 0n
  receivable = 0n
  creditOfPayments = 0n

  constructor(load: Load) {
    this.#load = load
  }

  async begin(customers: number): Promise<void> {
    const names = Array.from({ length: customers }, (_, i) => `Customer ${i}`)
    this.#customers = await Promise.all(
      names.map(async (name) =>
        idOf(await this.#load.call('POST', '/api/crm/customers', { name })),
      ),
    )
  }

  /** The next of a mix of ten: five sales on account, two over the counter, two payments, a credit note. */
  async command(n: number): Promise<void> {
    const kind = n % 10
    const amount = 100n + BigInt((n * 7919) % 50_000)
    const customerId = this.#customers[(n * 31) % this.#customers.length]
    if (kind < 5) await this.#sell(amount, { customerId })
    else if (kind < 7) await this.#sell(amount, { paymentMethod: 'cash' })
    else if (kind < 9) await this.#pay(this.#sales[(n * 13) % this.#sales.length], amount)
    else await this.#credit(amount, customerId)
    this.commands += 1
  }

  async #sell(amount: bigint, more: object): Promise<void> {
    const body = { saleAmount: decimal(amount), ...more }
    const sale = await this.#load.call('POST', '/api/finance/sales', body)
    this.sales += 1
    this.turnover += amount
    if ('paymentMethod' in more) this.cash += amount
    else {
      this.receivable += amount
      this.#sales.push(idOf(sale))
    }
  }

  /** Some are paid for more than is owed: the rest becomes the customer's credit. */
  async #pay(saleId: string | undefined, amount: bigint): Promise<void> {
    if (saleId === undefined) return
    const body = { amount: decimal(amount), method: 'bank' }
    const paid = await this.#load.call('POST', `/api/finance/sales/${saleId}/payments`, body)
    const { toReceivable, toCredit } = paid as Readonly<Record<string, { amount: string }>>
    this.bank += amount
    this.receivable -= minorOf(toReceivable)
    this.creditOfPayments += minorOf(toCredit)
  }

  async #credit(amount: bigint, customerId: string | undefined): Promise<void> {
    const body = { amount: decimal(amount), customerId }
    await this.#load.call('POST', '/api/finance/credit-notes', body)
    this.credited += amount
  }

  /** The balance of every account that this moved, by its key. */
  balances(): Readonly<Record<string, string>> {
    return {
      cash: decimal(this.cash),
      bank: decimal(this.bank),
      receivable: decimal(this.receivable),
      customer_credit: decimal(-this.credited - this.creditOfPayments),
      sales_revenue: decimal(-this.turnover),
      sales_returns: decimal(this.credited),
    }
  }
}

function idOf(data: unknown): string {
  return (data as { readonly id: string }).id
}

function minorOf(money: { readonly amount: string } | undefined): bigint {
  return BigInt((money?.amount ?? 'nothing').replace('.', ''))
}
