import type { CopyOut } from './copy-out.ts'
import type { LogEvent } from './log.ts'

/** `analytics.delta`: every row leaves as it comes. */
export class Analytics {
  readonly #deltas: CopyOut

  constructor(deltas: CopyOut) {
    this.#deltas = deltas
  }

  fold(event: LogEvent): void {
    const { currency, net } = event.data
    switch (event.type) {
      case 'CustomerRegistered':
        return this.#delta(event, 'customers', '', '0')
      case 'SaleRecorded':
        return this.#delta(event, 'sales', currency, net)
      case 'CommissionAccrued':
        return this.#delta(event, 'commissions', currency, net)
      case 'CreditNoteIssued':
        return this.#delta(event, 'credit_notes', currency, net)
      default:
    }
  }

  #delta(event: LogEvent, measure: string, currency: string, amount: string): void {
    const { id, number, data, metadata } = event
    this.#deltas.add(
      `${metadata.organisation}\t${data.agent}\t${data.occurredOn}\t${measure}\t${number}\t${id}\t1\t${currency}\t${amount}\n`,
    )
  }
}
