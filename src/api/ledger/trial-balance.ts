import { z } from 'zod'
import { trialBalance } from '#projections/accounting/trial-balance.ts'
import type { App } from '../app-type.ts'
import { answer, problems } from '../envelope.ts'
import { currencyIn, dayIn } from '../fields.ts'
import { knownAtQuery } from '../known-at.ts'
import { accountNameOf } from '../messages/index.ts'
import { may } from '../permissions.ts'
import { freshnessQuery, readMeta } from '../reads.ts'
import { languageOf } from '../request-language.ts'
import { accountOf, balanceOut, balanceView, type LedgerReadDeps } from './accounts.ts'

const trialBalanceOut = z
  .strictObject({
    asOf: z.string().nullable(),
    knownAt: z.string().nullable().describe('The ordinal up to which the log was known.'),
    accounts: z.array(
      z.strictObject({ account: z.string(), name: z.string(), type: z.string(), ...balanceOut }),
    ),
    totals: z
      .array(z.strictObject(balanceOut))
      .describe('Per currency; each balance is zero, or the books are broken.'),
  })
  .meta({ id: 'TrialBalance' })

/** Both sides of every account, as of a day of the books, as known at a point of the log. */
export function addTrialBalance(app: App, { read, handler }: LedgerReadDeps): void {
  app.get(
    '/api/ledger/trial-balance',
    {
      ...may('readLedger'),
      schema: {
        tags: ['ledger'],
        summary: 'The trial balance, as of a day and as known at an ordinal or instant',
        querystring: z.strictObject({
          as_of: dayIn.optional(),
          currency: currencyIn.optional(),
          ...knownAtQuery,
          ...freshnessQuery,
        }),
        response: { 200: answer(trialBalanceOut, readMeta), ...problems },
      },
    },
    async (request) => {
      const { as_of: asOf, currency } = request.query
      const { found, meta } = await read(request, 'ledger', async (db, known) => {
        const knownAt = known?.ordinal
        return { knownAt, ...(await trialBalance(db, { asOf, knownAt, currency })) }
      })
      const language = await languageOf(request, handler)
      const accounts = found.accounts.map((row) => {
        const { code, name, type } = accountOf(row.account)
        return { account: code, name: accountNameOf(language, name), type, ...balanceView(row) }
      })
      const data = {
        asOf: asOf ?? null,
        knownAt: found.knownAt ?? null,
        accounts,
        totals: found.totals.map(balanceView),
      }
      return { success: true as const, data, meta }
    },
  )
}
