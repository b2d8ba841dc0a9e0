import type pg from 'pg'
import { schemaOf } from './connect.ts'
import { type CopyOut, copyAll } from './copy-out.ts'
import type { Data, LogEvent } from './log.ts'

interface Sums {
  debit: bigint
  credit: bigint
}

type Line = readonly [account: string, party: string, amount: bigint]

const methodAccount: Readonly<Record<string, string>> = { cash: '1000', bank: '1010' }

/** The ledger as code written for nothing else folds it: entries and postings leave at once, balances are kept. */
export class Ledger {
  readonly #entries: CopyOut
  readonly #postings: CopyOut
  readonly #accounts = new Map<string, Sums>()
  readonly #parties = new Map<string, Sums>()

  constructor(entries: CopyOut, postings: CopyOut) {
    this.#entries = entries
    this.#postings = postings
  }

  fold(event: LogEvent): void {
    const { type, data } = event
    switch (type) {
      case 'SaleRecorded':
        return this.#post(event, 'sale', data.saleId, '\\N', [
          ['1100', data.customerId, BigInt(data.gross)],
          ['4000', '', -BigInt(data.net)],
        ])
      case 'CommissionAccrued':
        return this.#post(event, 'sale', data.saleId, '\\N', [
          ['5000', '', BigInt(data.gross)],
          ['2400', data.agent, -BigInt(data.gross)],
        ])
      case 'SalePaymentReceived':
        return this.#post(event, 'sale', data.saleId, data.paymentId, [
          [accountOf(data), '', BigInt(data.amount)],
          ['1100', data.customerId, -BigInt(data.amount)],
        ])
      case 'CreditNoteIssued':
        return this.#post(event, 'credit_note', data.creditNoteId, '\\N', [
          ['4090', '', BigInt(data.net)],
          ['2200', data.customerId, -BigInt(data.gross)],
        ])
      default:
    }
  }

  /** Entries and postings have been ended. */
  async finish(client: pg.Client): Promise<void> {
    const schema = schemaOf('ledger')
    await copyAll(client, `${schema}.account_balance`, balances(this.#accounts))
    await copyAll(client, `${schema}.party_balance`, balances(this.#parties))
  }

  #post(
    { number, ordinal, id, type, data, metadata }: LogEvent,
    kind: string,
    document: string,
    reference: string,
    lines: readonly Line[],
  ): void {
    const { organisation, recordedAt } = metadata
    const { currency, occurredOn: day } = data
    let debits = 0n
    let line = 0
    for (const [account, party, amount] of lines) {
      line += 1
      if (amount > 0n) debits += amount
      this.#postings.add(
        `${organisation}\t${number}\t${line}\t${account}\t${party}\t${currency}\t${amount}\t${day}\t${day}\n`,
      )
      add(this.#accounts, `${organisation}\t${account}\t${currency}`, amount)
      if (party !== '') {
        add(this.#parties, `${organisation}\t${account}\t${party}\t${currency}`, amount)
      }
    }
    this.#entries.add(
      `${organisation}\t${number}\t${ordinal}\t${id}\t${type}\t${kind}\t${document}\t${reference}\t\\N\t${currency}\t${debits}\t${day}\t${day}\tf\t${recordedAt}\n`,
    )
  }
}

function accountOf({ method }: Data): string {
  return methodAccount[method as string] ?? ''
}

function add(sums: Map<string, Sums>, key: string, amount: bigint): void {
  let sum = sums.get(key)
  if (sum === undefined) sums.set(key, (sum = { debit: 0n, credit: 0n }))
  if (amount > 0n) sum.debit += amount
  else sum.credit -= amount
}

function* balances(sums: ReadonlyMap<string, Sums>): Generator<string> {
  for (const [key, { debit, credit }] of sums) yield `${key}\t${debit}\t${credit}\n`
}
