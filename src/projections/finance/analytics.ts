import { minus } from '#domain/money/money.ts'
import type { Analytics, Delta, Measure } from '../analytics/measure.ts'

type OfAgent = { readonly agent: string; readonly currency: string }

function delta({ agent, currency }: OfAgent, day: string, count: number, amount: string): Delta {
  return { user: agent, day, count, money: { amount, currency } }
}

/** Sales not cancelled, paid or not, and their net prices: the turnover, on either basis. */
export const sales: Measure = {
  name: 'sales',
  on: {
    SaleRecorded: ({ data }) => [delta(data, data.occurredOn, 1, data.net)],
    SaleCancelled: ({ data }) => [delta(data, data.recordedOn, -1, minus('0', data.recordedNet))],
  },
}

/** Net commissions of sales not cancelled, as accrued. */
export const commissions: Measure = {
  name: 'commissions',
  on: {
    CommissionAccrued: ({ data }) => [delta(data, data.occurredOn, 1, data.net)],
    SaleCancelled: ({ data }) =>
      data.recordedCommission === '0'
        ? []
        : [delta(data, data.recordedOn, -1, minus('0', data.recordedCommission))],
  },
}

/** Net of credit notes, by their own day: beside the sales, never netted in. */
export const creditNotes: Measure = {
  name: 'credit_notes',
  on: { CreditNoteIssued: ({ data }) => [delta(data, data.occurredOn, 1, data.net)] },
}

/** What cancellations took off, by the day of the sale. */
export const cancelledSales: Measure = {
  name: 'cancelled_sales',
  on: { SaleCancelled: ({ data }) => [delta(data, data.recordedOn, 1, data.recordedNet)] },
}

export const cancelledCommissions: Measure = {
  name: 'cancelled_commissions',
  on: {
    SaleCancelled: ({ data }) =>
      data.recordedCommission === '0'
        ? []
        : [delta(data, data.recordedOn, 1, data.recordedCommission)],
  },
}

/**
 * The user of a sale is its agent, who sold. Everything counts on the day on which the sale happened,
 * also what is recorded later: a late sale or a cancellation restates that day and all after it.
 * accounting.md, section 2.
 */
export const financeAnalytics: Analytics = {
  version: 1,
  measures: [sales, commissions, creditNotes, cancelledSales, cancelledCommissions],
  fields: {
    totalSales: {
      of: [sales],
      shows: 'count',
      span: 'total',
      description: 'Sales not cancelled, paid or not, up to the end of the day.',
    },
    totalRevenue: {
      of: [sales],
      shows: 'amount',
      span: 'total',
      description: 'Their turnover: net prices, per currency.',
    },
    totalCommissions: {
      of: [commissions],
      shows: 'amount',
      span: 'total',
      description: 'Their net commissions, per currency.',
    },
    todaySales: {
      of: [sales],
      shows: 'count',
      span: 'today',
      description: 'Sales of that day.',
    },
    todayRevenue: {
      of: [sales],
      shows: 'amount',
      span: 'today',
      description: 'Turnover of that day, per currency.',
    },
  },
}
