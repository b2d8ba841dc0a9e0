import type { ReadonlyKysely } from 'kysely/readonly'
import { z } from 'zod'
import type { Limits } from '#config'
import {
  type StatisticsFigure,
  type StatisticsFilter,
  statistics,
  statisticsFigures,
} from '#projections/finance/statistics-queries.ts'
import type { ReadModels } from '#projections/read-models.ts'
import type { App } from '../app-type.ts'
import { answer, problems } from '../envelope.ts'
import { currencyIn, dayIn, idIn } from '../fields.ts'
import { mayOnRecord } from '../permissions.ts'
import { listMeta, type Read } from '../reads.ts'
import { explainFields, explanationAnswer, explanationOut, withEvents } from './explanation.ts'
import { type FigureEntry, templateOf } from './figures.ts'
import { explainUserFigure } from './user-figures.ts'

const path = '/api/explain/finance/stats/:field'

/** The figures of statistics as the API names them. */
const fields = {
  totalRevenue: 'turnover',
  totalCommissions: 'commissions',
  totalSales: 'sales',
  credited: 'credited',
  creditNotes: 'credit_notes',
  cancelledRevenue: 'cancelled_turnover',
  cancelledCommissions: 'cancelled_commissions',
  cancelledSales: 'cancelled_sales',
} as const satisfies Readonly<Record<string, StatisticsFigure>>

export const statisticsEntries: readonly FigureEntry[] = Object.keys(fields).map((field) => ({
  name: field,
  href: templateOf(path, field, ['currency']),
  shownAs: [`Statistics.${field}`, `PeriodStatistics.${field}`],
}))

/** A figure of the financial statistics, of any agent and days: its years, months, days and events. */
export function addStatisticsExplanation(
  app: App,
  { read, limits }: { readonly read: Read; readonly limits: Limits },
): void {
  app.get(
    path,
    {
      ...mayOnRecord('read', 'explain'),
      schema: {
        tags: ['statistics'],
        summary: 'What a figure of the statistics is the sum of, level by level down to events',
        params: z.strictObject({ field: z.enum(Object.keys(fields) as (keyof typeof fields)[]) }),
        querystring: z.strictObject({
          agent: idIn.optional(),
          currency: currencyIn,
          from: dayIn.optional(),
          to: dayIn.optional(),
          ...explainFields(limits),
        }),
        response: { 200: answer(explanationOut, listMeta), ...problems },
      },
    },
    async (request, reply) => {
      const { field } = request.params
      const { agent, currency, from, to, limit, cursor, compare } = request.query
      const { of, shows } = statisticsFigures[fields[field]]
      const found = await read(request, 'analytics', async (db, known) => {
        const days = { currency, from, to, knownAt: known?.ordinal }
        const value = await shown(db, fields[field], { agent, ...days })
        const question = { of: [of], shows, user: agent, ...days }
        const { knownAt } = days
        const figure = { name: field, value, question, userName: 'agent', path, knownAt } as const
        return withEvents(db, await explainUserFigure(db, figure, { limit, cursor, compare }))
      })
      return explanationAnswer(request, reply, found, limit)
    },
  )
}

/** What the statistics themselves say. */
async function shown(
  db: ReadonlyKysely<ReadModels>,
  figure: StatisticsFigure,
  filter: StatisticsFilter,
): Promise<string> {
  const { totals } = await statistics(db, 'month', filter)
  return totals[0]?.[figure] ?? '0'
}
