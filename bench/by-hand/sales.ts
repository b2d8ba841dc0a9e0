import type pg from 'pg'
import { schemaOf } from './connect.ts'
import { type CopyOut, copyAll, field } from './copy-out.ts'
import type { Data, LogEvent } from './log.ts'

interface Sale {
  readonly recorded: LogEvent
  paid: bigint
  owed: bigint
  commission: Data | undefined
  status: 'pending' | 'completed'
  revision: string
}

interface Credit {
  received: bigint
  revision: string
}

/** The tables of `finance_sales`, as far as the invented year has facts for them. */
export class Sales {
  readonly #lines: CopyOut
  readonly #sales = new Map<string, Sale>()
  readonly #payments: LogEvent[] = []
  readonly #creditNotes: LogEvent[] = []
  readonly #credits = new Map<string, Credit>()

  constructor(lines: CopyOut) {
    this.#lines = lines
  }

  fold(event: LogEvent): void {
    const { type, data, revision } = event
    const { organisation } = event.metadata
    switch (type) {
      case 'SaleRecorded':
        this.#sales.set(`${organisation}\t${data.saleId}`, recorded(event))
        return this.#documentLines(event, data.saleId)
      case 'CreditNoteIssued':
        this.#creditNotes.push(event)
        return this.#documentLines(event, data.creditNoteId)
      case 'CustomerCreditReceived':
        return this.#credit(`${organisation}\t${data.customerId}\t${data.currency}`, event)
      default:
    }
    const sale = this.#sales.get(`${organisation}\t${data.saleId}`)
    if (type === 'SalePaymentReceived') this.#payments.push(event)
    if (sale === undefined) return
    if (type === 'CommissionAccrued') sale.commission = data
    else if (type === 'SaleCompleted') sale.status = 'completed'
    else if (type === 'SalePaymentReceived') {
      sale.paid += BigInt(data.amount)
      sale.owed -= BigInt(data['toReceivable'] as string)
    } else return
    sale.revision = revision
  }

  #documentLines({ data, number, metadata }: LogEvent, id: string): void {
    if (data['lines'] === undefined) return
    const lines = field(JSON.stringify(data['lines']))
    const taxes = field(JSON.stringify(data['taxes']))
    this.#lines.add(`${metadata.organisation}\t${id}\t${lines}\t${taxes}\t\\N\t${number}\n`)
  }

  #credit(key: string, { data, revision }: LogEvent): void {
    const credit = this.#credits.get(key)
    const amount = BigInt(data.amount)
    if (credit === undefined) this.#credits.set(key, { received: amount, revision })
    else {
      credit.received += amount
      credit.revision = revision
    }
  }

  /** The lines have been ended. */
  async finish(client: pg.Client): Promise<void> {
    const schema = schemaOf('finance_sales')
    await copyAll(client, `${schema}.sale`, this.#saleLines())
    await copyAll(client, `${schema}.payment`, this.#payments.values().map(paymentLine))
    await copyAll(client, `${schema}.credit_note`, this.#creditNotes.values().map(creditNoteLine))
    await copyAll(
      client,
      `${schema}.customer_credit`,
      this.#credits
        .entries()
        .map(
          ([key, { received, revision }]) =>
            `${key}\t${received}\t0\t0\t0\t${received}\t${revision}\n`,
        ),
    )
  }

  *#saleLines(): Generator<string> {
    for (const [key, sale] of this.#sales) {
      const { recorded, paid, owed, commission, status, revision } = sale
      const { data, metadata, number } = recorded
      const amount = commission?.gross ?? '0'
      yield `${key}\t\\N\t\\N\t${data.customerId}\t${data.agent}\t${data.basis}\t${data.currency}\t${data.net}\t${data.tax}\t${data.gross}\t${paid}\t0\t0\t0\t0\t0\t${owed}\t0\t${field(commission?.['tier'])}\t${field(commission?.['rate'])}\t${amount}\t${amount}\t0\t0\t${field(commission?.['dueOn'])}\t${status}\t${data.occurredOn}\t${field(data['dueOn'])}\t\\N\t\\N\t\\N\t\\N\t${metadata.recordedAt}\t${revision}\t${number}\t${data.saleId}\n`
    }
  }
}

function recorded(event: LogEvent): Sale {
  const { data, revision } = event
  const owed = BigInt(data.gross)
  return { recorded: event, paid: 0n, owed, commission: undefined, status: 'pending', revision }
}

function paymentLine({ data, metadata, number }: LogEvent): string {
  return `${metadata.organisation}\t${data.saleId}\t${data.paymentId}\t${data.customerId}\t${data.agent}\t${data.basis}\t${data.currency}\t${field(data['purpose'])}\t${field(data['route'])}\t${field(data['method'])}\t${data.amount}\t${field(data['toReceivable'])}\t${field(data['toCredit'])}\t${field(data['toClientMoney'])}\t\\N\t${data.occurredOn}\t${metadata.recordedAt}\t\\N\t\\N\t${number}\n`
}

function creditNoteLine({ data, metadata, number, revision }: LogEvent): string {
  return `${metadata.organisation}\t${data.creditNoteId}\t\\N\t\\N\t${data.customerId}\t\\N\t${data.agent}\t${data.basis}\t${data.currency}\t${data.net}\t${data.tax}\t${data.gross}\t\\N\t${data.occurredOn}\t${metadata.recordedAt}\t${revision}\t${number}\n`
}
