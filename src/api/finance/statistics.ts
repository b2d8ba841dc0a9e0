import { z } from 'zod'
import { type Statistics, statistics } from '#projections/finance/statistics-queries.ts'
import type { App } from '../app-type.ts'
import { answer, problems } from '../envelope.ts'
import { currencyIn, dayIn, idIn } from '../fields.ts'
import { knownAtQuery } from '../known-at.ts'
import { money, moneyOut } from '../money.ts'
import { may } from '../permissions.ts'
import { freshnessQuery, type Read, readMeta } from '../reads.ts'

const figures = {
  currency: z.string(),
  totalRevenue: moneyOut.describe('Turnover: net prices of sales not cancelled, paid or not.'),
  totalCommissions: moneyOut,
  totalSales: z.int(),
  credited: moneyOut.describe('Net of credit notes; beside, never netted in.'),
  creditNotes: z.int(),
  cancelledRevenue: moneyOut,
  cancelledCommissions: moneyOut,
  cancelledSales: z.int(),
}
const statisticsOut = z.strictObject({
  totals: z.array(z.strictObject(figures).meta({ id: 'Statistics' })).describe('Per currency.'),
  periods: z.array(
    z
      .strictObject({
        period: z.string().describe('YYYY-MM-DD, or YYYY-MM by month.'),
        agent: z.string(),
        ...figures,
      })
      .meta({ id: 'PeriodStatistics' }),
  ),
})

function figuresView(row: Statistics) {
  const { currency } = row
  return {
    currency,
    totalRevenue: money(row.turnover, currency),
    totalCommissions: money(row.commissions, currency),
    totalSales: Number(row.sales),
    credited: money(row.credited, currency),
    creditNotes: Number(row.credit_notes),
    cancelledRevenue: money(row.cancelled_turnover, currency),
    cancelledCommissions: money(row.cancelled_commissions, currency),
    cancelledSales: Number(row.cancelled_sales),
  }
}

/**
 * Financial statistics by agent and day or month, by the day on which things happened, as known at any
 * point of the log.
 */
export function addStatistics(app: App, { read }: { readonly read: Read }): void {
  app.get(
    '/api/finance/stats',
    {
      ...may('read'),
      schema: {
        tags: ['statistics'],
        summary: 'Turnover, commissions and sales per agent and day or month',
        querystring: z.strictObject({
          group: z.enum(['day', 'month']).default('day'),
          agent: idIn.optional(),
          currency: currencyIn.optional(),
          from: dayIn.optional(),
          to: dayIn.optional(),
          ...knownAtQuery,
          ...freshnessQuery,
        }),
        response: { 200: answer(statisticsOut, readMeta), ...problems },
      },
    },
    async (request) => {
      const { group, min_position: _, known_at: _known, ...days } = request.query
      const { found, meta } = await read(request, 'analytics', (db, known) =>
        statistics(db, group, { ...days, knownAt: known?.ordinal }),
      )
      const data = {
        totals: found.totals.map(figuresView),
        periods: found.periods.map((row) => ({
          period: row.period,
          agent: row.agent,
          ...figuresView(row),
        })),
      }
      return { success: true as const, data, meta }
    },
  )
}
