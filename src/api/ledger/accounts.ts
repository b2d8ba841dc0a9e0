import { z } from 'zod'
import type { CommandHandler } from '#commands/handler.ts'
import type { Limits } from '#config'
import { Rejection } from '#domain/rejection.ts'
import {
  type AccountWithBalances,
  type Balance,
  listAccounts,
  listPartyBalances,
  type PartyBalance,
} from '#projections/accounting/account-queries.ts'
import { type Account, chartOfAccounts } from '#projections/accounting/chart-of-accounts.ts'
import { namedAsOf } from '#projections/accounting/party-names.ts'
import type { App } from '../app-type.ts'
import { answer, problems } from '../envelope.ts'
import { booleanIn, currencyIn, idIn, listFields } from '../fields.ts'
import { knownAtQuery } from '../known-at.ts'
import type { Language } from '../languages.ts'
import { accountNameOf } from '../messages/index.ts'
import { money, moneyOut } from '../money.ts'
import { may } from '../permissions.ts'
import { freshnessQuery, listAnswer, listMeta, type Read, readMeta } from '../reads.ts'
import { languageOf } from '../request-language.ts'
import type { SourceFor } from '../sight.ts'
import { refuseUnheard } from '../validation.ts'

export interface LedgerReadDeps {
  readonly read: Read
  readonly limits: Limits
  readonly handler: Pick<CommandHandler, 'load'>
  readonly sourceFor: SourceFor
}

export const balanceOut = {
  currency: z.string(),
  debit: moneyOut,
  credit: moneyOut,
  balance: moneyOut.describe('Debit less credit.'),
}
const accountOut = z
  .strictObject({
    code: z.string(),
    key: z.string(),
    name: z.string().describe('In the caller’s language.'),
    type: z.string(),
    party: z
      .enum(['customer', 'agent', 'wallet'])
      .nullable()
      .describe('Whom a control account is kept per.'),
    balances: z.array(z.strictObject(balanceOut)),
  })
  .meta({ id: 'Account' })
const partyBalanceOut = z
  .strictObject({
    account: z.string(),
    party: z.string().nullable().describe('Null: over the counter.'),
    name: z.string().nullable(),
    ...balanceOut,
  })
  .meta({ id: 'PartyBalance' })

export function balanceView({ currency, debit, credit, balance }: Balance) {
  return {
    currency,
    debit: money(debit, currency),
    credit: money(credit, currency),
    balance: money(balance, currency),
  }
}

/** The accounts with their balances, and control accounts by customer or agent. */
export function addAccountReads(app: App, deps: LedgerReadDeps): void {
  const { read, handler } = deps
  app.get(
    '/api/ledger/accounts',
    {
      ...may('readLedger'),
      schema: {
        tags: ['ledger'],
        summary: 'The chart of accounts with its balances',
        querystring: z.strictObject({ ...knownAtQuery, ...freshnessQuery }),
        response: { 200: answer(z.array(accountOut), readMeta), ...problems },
      },
    },
    async (request) => {
      const { found, meta } = await read(request, 'ledger', (db, known) =>
        listAccounts(db, known?.ordinal),
      )
      const language = await languageOf(request, handler)
      const data = found.map((account) => accountView(account, language))
      return { success: true as const, data, meta }
    },
  )
  addPartyBalances(app, deps)
}

function addPartyBalances(app: App, { read, limits, sourceFor }: LedgerReadDeps): void {
  app.get(
    '/api/ledger/accounts/:account/balances',
    {
      ...may('readLedger'),
      schema: {
        tags: ['ledger'],
        summary: 'A control account by customer or agent, the largest balances first',
        params: z.strictObject({ account: idIn }),
        querystring: z.strictObject({
          party: idIn.optional(),
          currency: currencyIn.optional(),
          search: z.string().max(200).optional().describe('By names of today: not with known_at.'),
          settled: booleanIn.optional().describe('true: parties with nothing left are shown too.'),
          ...knownAtQuery,
          ...listFields(limits),
        }),
        response: { 200: answer(z.array(partyBalanceOut), listMeta), ...problems },
      },
    },
    async (request, reply) => {
      const account = accountOf(request.params.account).code
      const { limit, cursor, min_position: _, known_at, ...filter } = request.query
      refuseUnheard(filter, known_at === undefined ? [] : ['search'])
      const page = await read(request, 'ledger', async (db, known) => {
        const asked = { ...filter, account, knownAt: known?.ordinal }
        const found = await listPartyBalances(db, asked, { limit, cursor })
        const { items, next } = found
        return { items: await namedAsOf(sourceFor(request), db, items, known?.ordinal), next }
      })
      return listAnswer(request, reply, page, limit, partyBalanceView)
    },
  )
}

/** An account by its code or key. @throws Rejection ACCOUNT_UNKNOWN */
export function accountOf(text: string): Account {
  const accounts: readonly Account[] = Object.values(chartOfAccounts)
  const found = accounts.find(({ code, name }) => code === text || name === text)
  if (found === undefined) throw new Rejection('ACCOUNT_UNKNOWN', { account: text })
  return found
}

function accountView(
  account: AccountWithBalances,
  language: Language,
): z.output<typeof accountOut> {
  return {
    code: account.code,
    key: account.name,
    name: accountNameOf(language, account.name),
    type: account.type,
    party: account.party ?? null,
    balances: account.balances.map(balanceView),
  }
}

function partyBalanceView(row: PartyBalance): z.output<typeof partyBalanceOut> {
  const party = row.party === '' ? null : row.party
  return { account: row.account, party, name: row.name, ...balanceView(row) }
}
