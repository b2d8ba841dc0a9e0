import type { ReadonlyKysely } from 'kysely/readonly'
import { z } from 'zod'
import {
  type BalanceFigure,
  keptBalance,
  type PostingFilter,
  postingSum,
  postingsByPeriod,
  postingsOneByOne,
} from '#projections/accounting/posting-queries.ts'
import { trialBalance } from '#projections/accounting/trial-balance.ts'
import { decodeCursor, type PageRequest, pageOf } from '#projections/page.ts'
import { isDay } from '#projections/period.ts'
import type { ReadModels } from '#projections/read-models.ts'
import type { App } from '../app-type.ts'
import { answer, problems } from '../envelope.ts'
import { currencyIn, dayIn, idIn } from '../fields.ts'
import { accountOf } from '../ledger/accounts.ts'
import { mayOnRecord } from '../permissions.ts'
import { listMeta } from '../reads.ts'
import { refuseUnheard } from '../validation.ts'
import { entryPath } from './entries.ts'
import type { ExplainDeps } from './explain.ts'
import {
  definedOf,
  type Explained,
  explainFields,
  explainHref,
  explanationAnswer,
  explanationOut,
  type Part,
  withEvents,
} from './explanation.ts'
import { type FigureEntry, templateOf } from './figures.ts'
import { periodIn } from './period-in.ts'

const figures = ['debit', 'credit', 'balance'] as const satisfies readonly BalanceFigure[]
const accountPath = '/api/explain/accounts/:account/:figure'
const trialPath = '/api/explain/trial-balance/:figure'

export const accountFigures: readonly FigureEntry[] = figures.flatMap(
  (figure): readonly FigureEntry[] => [
    {
      name: `account.${figure}`,
      href: templateOf(accountPath, figure, ['currency']),
      shownAs: [`Account.balances.${figure}`, `TrialBalance.accounts.${figure}`],
    },
    {
      name: `party.${figure}`,
      href: templateOf(accountPath, figure, ['currency', 'party']),
      shownAs: [`PartyBalance.${figure}`],
    },
    {
      name: `trial_balance.${figure}`,
      href: templateOf(trialPath, figure, ['currency']),
      shownAs: [`TrialBalance.totals.${figure}`],
    },
  ],
)

type Db = ReadonlyKysely<ReadModels>
type Asked = PageRequest & { readonly compare: boolean }

/** Balances: of all accounts, of one, of one party of it, of a month, of a day, down to entries. */
export function addAccountExplanations(app: App, deps: ExplainDeps): void {
  addAccount(app, deps)
  addTrialBalance(app, deps)
}

function addAccount(app: App, { read, limits }: ExplainDeps): void {
  app.get(
    accountPath,
    {
      ...mayOnRecord('readLedger', 'explain'),
      schema: {
        tags: ['explain'],
        summary: 'What a balance of an account is made of: months, days, postings, entries',
        params: z.strictObject({ account: idIn, figure: z.enum(figures) }),
        querystring: z.strictObject({
          currency: currencyIn,
          party: z
            .string()
            .max(64)
            .optional()
            .describe('Of an account that is kept per party. Empty: over the counter.'),
          period: periodIn.optional(),
          as_of: dayIn.optional(),
          ...explainFields(limits),
        }),
        response: { 200: answer(explanationOut, listMeta), ...problems },
      },
    },
    async (request, reply) => {
      const { code: account, party: kept } = accountOf(request.params.account)
      refuseUnheard(request.query, kept === undefined ? ['party'] : [])
      const { figure } = request.params
      const { currency, party, period, as_of: asOf, limit } = request.query
      const page = await read(request, 'ledger', async (db, known) => {
        const filter = { account, currency, party, period, asOf, knownAt: known?.ordinal }
        return withEvents(db, await explainAccount(db, figure, filter, request.query))
      })
      return explanationAnswer(request, reply, page, limit)
    },
  )
}

async function explainAccount(
  db: Db,
  figure: BalanceFigure,
  filter: PostingFilter,
  page: Asked,
): Promise<Explained> {
  const { account, currency, party, period, asOf, knownAt } = filter
  const isKept = period === undefined && asOf === undefined && knownAt === undefined
  const sum = isKept && !page.compare ? undefined : await postingSum(db, figure, filter)
  const kept = isKept ? ((await keptBalance(db, figure, filter)) ?? '0') : (sum ?? '0')
  const of = definedOf({ account, currency, party, period, as_of: asOf })
  const money = (amount: string) => ({ amount, currency })
  const name = `${party === undefined ? 'account' : 'party'}.${figure}`
  return {
    figure: { name, of, value: money(kept) },
    parts: isDay(period)
      ? await partsOfDay(db, figure, filter, page)
      : await partsByPeriod(db, figure, filter, page),
    partsTotal: page.compare && sum !== undefined ? money(sum) : undefined,
  }
}

async function partsByPeriod(db: Db, figure: BalanceFigure, filter: PostingFilter, page: Asked) {
  const { account, currency, party, asOf, knownAt } = filter
  const { items, next } = await postingsByPeriod(db, figure, filter, page)
  const parts = items.map(({ period, amount }): Part => {
    const of = { account, currency, party, period, as_of: asOf }
    const explain = explainHref(accountPath, { ...of, figure, known_at: knownAt })
    return { name: 'period', of: definedOf(of), value: { amount, currency }, explain }
  })
  return { items: parts, next }
}

async function partsOfDay(db: Db, figure: BalanceFigure, filter: PostingFilter, page: Asked) {
  const { account, currency } = filter
  const { items, next } = await postingsOneByOne(db, figure, filter, page)
  const parts = items.map(
    ({ entry, line, party, amount }): Part => ({
      name: 'posting',
      of: definedOf({
        entry,
        line: String(line),
        account,
        party: party === '' ? undefined : party,
      }),
      value: { amount, currency },
      explain: explainHref(entryPath, { entry }),
      ordinal: entry,
    }),
  )
  return { items: parts, next }
}

function addTrialBalance(app: App, { read, limits }: ExplainDeps): void {
  app.get(
    trialPath,
    {
      ...mayOnRecord('readLedger', 'explain'),
      schema: {
        tags: ['explain'],
        summary: 'What a total of the trial balance is made of: the accounts',
        params: z.strictObject({ figure: z.enum(figures) }),
        querystring: z.strictObject({
          currency: currencyIn,
          as_of: dayIn.optional(),
          ...explainFields(limits),
        }),
        response: { 200: answer(explanationOut, listMeta), ...problems },
      },
    },
    async (request, reply) => {
      const { figure } = request.params
      const { currency, as_of: asOf, limit } = request.query
      const page = await read(request, 'ledger', async (db, known) => {
        const asked = { asOf, currency, knownAt: known?.ordinal }
        return withEvents(db, await explainTrialBalance(db, figure, asked, request.query))
      })
      return explanationAnswer(request, reply, page, limit)
    },
  )
}

async function explainTrialBalance(
  db: Db,
  figure: BalanceFigure,
  asked: Pick<PostingFilter, 'currency' | 'asOf' | 'knownAt'>,
  { limit, cursor, compare }: Asked,
): Promise<Explained> {
  const { currency, asOf, knownAt } = asked
  const { accounts, totals } = await trialBalance(db, asked)
  const after = cursor === undefined ? '' : decodeCursor(cursor, ['text'])[0]
  const rest = accounts.filter(({ account }) => account > after).slice(0, limit + 1)
  const { items, next } = pageOf(rest, limit, ({ account }) => [account])
  const parts = items.map((row): Part => {
    const of = { account: row.account, currency, as_of: asOf }
    const explain = explainHref(accountPath, { ...of, figure, known_at: knownAt })
    const value = { amount: row[figure], currency }
    return { name: `account.${figure}`, of: definedOf(of), value, explain }
  })
  const sum = accounts.reduce((total, row) => total + BigInt(row[figure]), 0n)
  const value = { amount: totals[0]?.[figure] ?? '0', currency }
  return {
    figure: {
      name: `trial_balance.${figure}`,
      of: definedOf({ currency, as_of: asOf }),
      value,
    },
    parts: { items: parts, next },
    partsTotal: compare ? { amount: String(sum), currency } : undefined,
  }
}
