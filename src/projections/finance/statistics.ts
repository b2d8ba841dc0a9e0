import type { EventOf } from '#domain/events.ts'
import { minus, plus } from '#domain/money/money.ts'
import { type Projection, table } from '../engine/projection.ts'

/**
 * What an agent did on a day, per currency. Turnover, commissions and sales are of sales not cancelled,
 * paid or not, on either basis: a cancellation takes its sale's figures off the day of the sale and
 * shows them beside. Credit notes stand beside too, never netted in. accounting.md, section 2.
 */
export type DailyRow = {
  readonly agent: string
  readonly day: string
  readonly currency: string
  /** Net prices. */
  readonly turnover: string
  /** Net commissions as accrued. */
  readonly commissions: string
  readonly sales: number
  /** Net of the credit notes of that day. */
  readonly credited: string
  readonly credit_notes: number
  readonly cancelled_turnover: string
  readonly cancelled_commissions: string
  readonly cancelled_sales: number
}

type Key = Pick<DailyRow, 'agent' | 'day' | 'currency'>
type OfDay = EventOf<'SaleRecorded' | 'CommissionAccrued' | 'CreditNoteIssued'>

const byDay = ({ data }: OfDay): readonly Key[] => [
  { agent: data.agent, day: data.occurredOn, currency: data.currency },
]
const byDayOfSale = ({ data }: EventOf<'SaleCancelled'>): readonly Key[] => [
  { agent: data.agent, day: data.recordedOn, currency: data.currency },
]

function none(key: Key): DailyRow {
  return {
    agent: key.agent,
    day: key.day,
    currency: key.currency,
    turnover: '0',
    commissions: '0',
    sales: 0,
    credited: '0',
    credit_notes: 0,
    cancelled_turnover: '0',
    cancelled_commissions: '0',
    cancelled_sales: 0,
  }
}

const daily = table<DailyRow>({
  name: 'daily',
  columns: {
    agent: { type: 'text' },
    day: { type: 'date' },
    currency: { type: 'text' },
    turnover: { type: 'numeric' },
    commissions: { type: 'numeric' },
    sales: { type: 'integer' },
    credited: { type: 'numeric' },
    credit_notes: { type: 'integer' },
    cancelled_turnover: { type: 'numeric' },
    cancelled_commissions: { type: 'numeric' },
    cancelled_sales: { type: 'integer' },
  },
  key: ['agent', 'day', 'currency'],
  indexes: [['day']],
  on: {
    SaleRecorded: {
      keys: byDay,
      fold: (row, { data }, _, key) => {
        const before = row ?? none(key as Key)
        return {
          ...before,
          turnover: plus(before.turnover, data.net),
          sales: before.sales + 1,
        }
      },
    },
    CommissionAccrued: {
      keys: byDay,
      fold: (row, { data }, _, key) => {
        const before = row ?? none(key as Key)
        return { ...before, commissions: plus(before.commissions, data.net) }
      },
    },
    CreditNoteIssued: {
      keys: byDay,
      fold: (row, { data }, _, key) => {
        const before = row ?? none(key as Key)
        return {
          ...before,
          credited: plus(before.credited, data.net),
          credit_notes: before.credit_notes + 1,
        }
      },
    },
    SaleCancelled: {
      keys: byDayOfSale,
      fold: (row, { data }, _, key) => {
        const before = row ?? none(key as Key)
        return {
          ...before,
          turnover: minus(before.turnover, data.recordedNet),
          commissions: minus(before.commissions, data.recordedCommission),
          sales: before.sales - 1,
          cancelled_turnover: plus(before.cancelled_turnover, data.recordedNet),
          cancelled_commissions: plus(before.cancelled_commissions, data.recordedCommission),
          cancelled_sales: before.cancelled_sales + 1,
        }
      },
    },
  },
})

/** Financial statistics per agent and day. Sums over days, months or agents are queries. */
export const financeStatistics: Projection = {
  name: 'finance_statistics',
  version: 1,
  tables: [daily],
}
