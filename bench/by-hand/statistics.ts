import type pg from 'pg'
import { schemaOf } from './connect.ts'
import { copyAll } from './copy-out.ts'
import type { LogEvent } from './log.ts'

interface Day {
  turnover: bigint
  commissions: bigint
  sales: number
  credited: bigint
  creditNotes: number
}

/** `finance_statistics.daily`. */
export class Statistics {
  readonly #days = new Map<string, Day>()

  fold(event: LogEvent): void {
    const { type, data } = event
    switch (type) {
      case 'SaleRecorded': {
        const day = this.#dayOf(event)
        day.turnover += BigInt(data.net)
        day.sales += 1
        return
      }
      case 'CommissionAccrued':
        this.#dayOf(event).commissions += BigInt(data.net)
        return
      case 'CreditNoteIssued': {
        const day = this.#dayOf(event)
        day.credited += BigInt(data.net)
        day.creditNotes += 1
        return
      }
      default:
    }
  }

  async finish(client: pg.Client): Promise<void> {
    const lines = this.#days
      .entries()
      .map(
        ([key, { turnover, commissions, sales, credited, creditNotes }]) =>
          `${key}\t${turnover}\t${commissions}\t${sales}\t${credited}\t${creditNotes}\t0\t0\t0\n`,
      )
    await copyAll(client, `${schemaOf('finance_statistics')}.daily`, lines)
  }

  #dayOf({ data, metadata }: LogEvent): Day {
    const key = `${metadata.organisation}\t${data.agent}\t${data.occurredOn}\t${data.currency}`
    let day = this.#days.get(key)
    if (day === undefined) {
      day = { turnover: 0n, commissions: 0n, sales: 0, credited: 0n, creditNotes: 0 }
      this.#days.set(key, day)
    }
    return day
  }
}
