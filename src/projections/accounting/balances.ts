import { concerning, type FoldedEvent, type MadeBy, table } from '../engine/projection.ts'
import { type Account, chartOfAccounts } from './chart-of-accounts.ts'
import { dataOf, entryLines, onPosted } from './entry-lines.ts'

export type AccountBalanceRow = {
  readonly account: string
  readonly currency: string
  /** Sums of either side; the balance is debit less credit. */
  readonly debit: string
  readonly credit: string
}

export type PartyBalanceRow = AccountBalanceRow & { readonly party: string }

export const accountBalance = table<AccountBalanceRow>({
  name: 'account_balance',
  columns: {
    account: { type: 'text' },
    currency: { type: 'text' },
    debit: { type: 'numeric' },
    credit: { type: 'numeric' },
  },
  key: ['account', 'currency'],
  on: onPosted<AccountBalanceRow>({
    keys: (event) => {
      const { currency } = dataOf(event)
      return entryLines(event).map(({ account }) => ({ account, currency }))
    },
    fold: (row, event, _, { account = '', currency = '' }) => {
      const { debit, credit } = sidesAfter(row, event, account)
      return { account, currency, debit, credit }
    },
  }),
})

export const partyBalance = table<PartyBalanceRow>({
  name: 'party_balance',
  columns: {
    account: { type: 'text' },
    party: { type: 'text' },
    currency: { type: 'text' },
    debit: { type: 'numeric' },
    credit: { type: 'numeric' },
  },
  key: ['account', 'party', 'currency'],
  indexes: [['party', 'account']],
  madeBy: ({ account, party }) => eventsOfParty(account, party),
  on: onPosted<PartyBalanceRow>({
    keys: (event) => {
      const { currency } = dataOf(event)
      return entryLines(event)
        .filter((line) => line.control)
        .map(({ account, party }) => ({ account, party, currency }))
    },
    fold: (row, event, _, { account = '', party = '', currency = '' }) => {
      const { debit, credit } = sidesAfter(row, event, account)
      return { account, party, currency, debit, credit }
    },
  }),
})

/** Both sides of a balance after an event's line on its account. */
function sidesAfter(
  before: { readonly debit: string; readonly credit: string } | undefined,
  event: FoldedEvent,
  account: string,
) {
  const { debit, credit } = before ?? { debit: '0', credit: '0' }
  const amount = entryLines(event).find((line) => line.account === account)?.amount ?? 0n
  return amount > 0n
    ? { debit: String(BigInt(debit) + amount), credit }
    : { debit, credit: String(BigInt(credit) - amount) }
}

const partyKinds = { customer: 'customer', agent: 'user', wallet: 'wallet' } as const

/** Over the counter nobody is named: any event may have posted there. */
function eventsOfParty(code: string | undefined, party: string | undefined): MadeBy | undefined {
  const accounts: readonly Account[] = Object.values(chartOfAccounts)
  const kept = accounts.find((account) => account.code === code)?.party
  return kept === undefined || party === '' ? undefined : concerning(partyKinds[kept], party)
}
