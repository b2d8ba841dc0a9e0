import type { ReadonlyKysely } from 'kysely/readonly'
import { z } from 'zod'
import type { Limits } from '#config'
import { addDays, DAYS_IN_ALL, FIRST_DAY } from '#domain/dates.ts'
import { snapshotFields } from '#projections/analytics/contexts.ts'
import { dailySnapshots } from '#projections/analytics/snapshot-queries.ts'
import type { ReadModels } from '#projections/read-models.ts'
import type { App } from '../app-type.ts'
import { answer, problems } from '../envelope.ts'
import { ApiError } from '../errors.ts'
import { currencyIn, dayIn, idIn } from '../fields.ts'
import { mayOnRecord } from '../permissions.ts'
import { listMeta, type Read } from '../reads.ts'
import { explainFields, explanationAnswer, explanationOut, withEvents } from './explanation.ts'
import { type FigureEntry, templateOf } from './figures.ts'
import { currencyOf, explainUserFigure } from './user-figures.ts'

const path = '/api/explain/analytics/snapshots/:field'

export const snapshotEntries: readonly FigureEntry[] = [...snapshotFields.keys()].map((field) => ({
  name: field,
  href: templateOf(path, field, ['user', 'to']),
  shownAs: [`AnalyticsSnapshot.${field}`],
}))

interface FigureOf {
  readonly field: string
  readonly user: string
  readonly currency: string | undefined
  /** Absent: from the beginning. */
  readonly from: string | undefined
  readonly to: string
  readonly knownAt: string | undefined
}

/** A field of a user's snapshot: its years, months, days and events. */
export function addSnapshotExplanation(
  app: App,
  { read, limits }: { readonly read: Read; readonly limits: Limits },
): void {
  app.get(
    path,
    {
      ...mayOnRecord('read', 'explain'),
      schema: {
        tags: ['statistics'],
        summary: 'What a field of a daily snapshot is the sum of, level by level down to events',
        params: z.strictObject({ field: z.enum([...snapshotFields.keys()]) }),
        querystring: z.strictObject({
          user: idIn,
          to: dayIn.describe('The day of the snapshot.'),
          from: dayIn.optional().describe('What the field grew by from this day on.'),
          currency: currencyIn.optional().describe('Needed where the field is of money.'),
          ...explainFields(limits),
        }),
        response: { 200: answer(explanationOut, listMeta), ...problems },
      },
    },
    async (request, reply) => {
      const { field } = request.params
      const { user, to, limit, cursor, compare } = request.query
      const { of = [], shows = 'count', span } = snapshotFields.get(field) ?? {}
      const currency = currencyOf(shows, request.query.currency)
      const from = span === 'today' ? to : request.query.from
      refuseBackwards(request.query.from, to)
      const found = await read(request, 'analytics', async (db, known) => {
        const knownAt = known?.ordinal
        const value = await grown(db, { field, user, currency, from, to, knownAt }, span)
        const question = { of, shows, user, currency, from, to, knownAt }
        const figure = { name: field, value, question, userName: 'user', path, knownAt } as const
        return withEvents(db, await explainUserFigure(db, figure, { limit, cursor, compare }))
      })
      return explanationAnswer(request, reply, found, limit)
    },
  )
}

/** @throws ApiError RANGE_INVALID: nothing grows from a day to one before it. */
function refuseBackwards(from: string | undefined, to: string): void {
  if (from === undefined || from <= to) return
  const facts = { field: 'from', from, to, limit: DAYS_IN_ALL }
  const fields = [{ in: 'query', pointer: '/from', code: 'RANGE_INVALID', facts }] as const
  throw new ApiError('RANGE_INVALID', facts, fields)
}

/** What the snapshots say that a field is, or grew by over some days. */
async function grown(
  db: ReadonlyKysely<ReadModels>,
  { from, ...of }: FigureOf,
  span: 'total' | 'today' | undefined,
): Promise<string> {
  const value = await shownOn(db, of)
  // Nothing stands before the first day that there is.
  if (span === 'today' || from === undefined || from === FIRST_DAY) return String(value)
  return String(value - (await shownOn(db, { ...of, to: addDays(from, -1) })))
}

async function shownOn(
  db: ReadonlyKysely<ReadModels>,
  { field, user, currency, to, knownAt }: Omit<FigureOf, 'from'>,
): Promise<bigint> {
  const asked = { user, currency, from: to, to, knownAt }
  const { items } = await dailySnapshots(db, asked, { limit: 1 })
  const figure = items[0]?.figures.get(field) ?? 0
  if (typeof figure === 'number') return BigInt(figure)
  return figure.get(currency ?? '') ?? 0n
}
