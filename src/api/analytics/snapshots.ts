import { z } from 'zod'
import type { CommandHandler } from '#commands/handler.ts'
import { SETTINGS_ID } from '#commands/operation.ts'
import type { Limits } from '#config'
import { addDays, todayIn } from '#domain/dates.ts'
import { settings } from '#domain/organisation/settings.ts'
import { snapshotFields } from '#projections/analytics/contexts.ts'
import type { Figure, Snapshot } from '#projections/analytics/snapshot.ts'
import { dailySnapshots } from '#projections/analytics/snapshot-queries.ts'
import type { App } from '../app-type.ts'
import { callerOf } from '../authentication.ts'
import { answer, problems } from '../envelope.ts'
import { ApiError } from '../errors.ts'
import { currencyIn, dayIn, idIn, listFields } from '../fields.ts'
import { knownAtQuery } from '../known-at.ts'
import { type MoneyOut, money, moneyOut } from '../money.ts'
import { may } from '../permissions.ts'
import { refuseBackwards } from '../ranges.ts'
import { listAnswer, listMeta, type Read } from '../reads.ts'

/** The most days that one question may span: a leap year. */
const MOST_DAYS = 366

const fieldsOut = Object.fromEntries(
  [...snapshotFields].map(([name, { shows, description }]) => [
    name,
    (shows === 'count' ? z.int() : z.array(moneyOut)).describe(description),
  ]),
)
const snapshotOut = z
  .strictObject({
    userId: z.string(),
    snapshotDate: z.string().describe('The organisation’s day, YYYY-MM-DD.'),
    ...fieldsOut,
  })
  .meta({ id: 'AnalyticsSnapshot' })

export interface SnapshotDeps {
  readonly read: Read
  readonly limits: Limits
  readonly handler: Pick<CommandHandler, 'load'>
  /** UTC instant. */
  readonly clock: () => string
}

/** The daily figures of users, restated by late facts, as known at any point of the log. */
export function addSnapshots(app: App, { read, limits, handler, clock }: SnapshotDeps): void {
  app.get(
    '/api/analytics/snapshots',
    {
      ...may('read'),
      schema: {
        tags: ['statistics'],
        summary: 'One snapshot per user and day, the latest days first',
        querystring: z.strictObject({
          user: idIn.optional().describe('Default: everybody who has a figure by then.'),
          from: dayIn.optional().describe(`Default: \`to\`. At most ${MOST_DAYS} days in all.`),
          to: dayIn.optional().describe('Default: the organisation’s today.'),
          currency: currencyIn.optional().describe('Sales, revenue, commissions of it alone.'),
          ...knownAtQuery,
          ...listFields(limits),
        }),
        response: { 200: answer(z.array(snapshotOut), listMeta), ...problems },
      },
    },
    async (request, reply) => {
      const { user, currency, limit, cursor } = request.query
      const { organisation } = callerOf(request)
      const { state } = await handler.load(settings, organisation, SETTINGS_ID)
      const days = daysOf(request.query, todayIn(state.timeZone, clock()))
      const page = await read(request, 'analytics', (db, known) => {
        const question = { user, currency, knownAt: known?.ordinal, ...days }
        return dailySnapshots(db, question, { limit, cursor })
      })
      return listAnswer(request, reply, page, limit, snapshotView)
    },
  )
}

interface Days {
  readonly from: string
  readonly to: string
}

/** @throws ApiError RANGE_INVALID, RANGE_TOO_LONG */
function daysOf(
  asked: { readonly [Name in keyof Days]?: string | undefined },
  today: string,
): Days {
  const to = asked.to ?? today
  const from = asked.from ?? to
  refuseBackwards('from', from, to)
  if (from > addDays(to, -MOST_DAYS)) return { from, to }
  const facts = { field: 'from', from, to, limit: MOST_DAYS }
  const fields = [{ in: 'query', pointer: '/from', code: 'RANGE_TOO_LONG', facts }] as const
  throw new ApiError('RANGE_TOO_LONG', facts, fields)
}

function snapshotView({ user, day, figures }: Snapshot) {
  const shown = [...figures].map(([name, figure]) => [name, figureView(figure)])
  return { userId: user, snapshotDate: day, ...Object.fromEntries(shown) }
}

function figureView(figure: Figure): number | MoneyOut[] {
  if (typeof figure === 'number') return figure
  return [...figure].map(([currency, amount]) => money(amount, currency))
}
