import type { EventType } from '#domain/events.ts'
import type { Fold, FoldedEvent, Row } from '../engine/projection.ts'
import { type Account, chartOfAccounts } from './chart-of-accounts.ts'
import { type AmountField, type DocumentKind, type Posting, postingRules } from './posting-rules.ts'

/** What every event that is posted says of itself. */
export interface PostedData {
  readonly occurredOn: string
  readonly currency: string
  readonly customerId?: string | undefined
  readonly agent?: string | undefined
  readonly walletId?: string | undefined
}

export interface EntryLine {
  /** Code of the account. */
  readonly account: string
  /** The customer, agent or wallet of a control account; empty over the counter and on other accounts. */
  readonly party: string
  /** True when the account is kept per party. */
  readonly control: boolean
  /** Minor units, debit positive, never zero. */
  readonly amount: bigint
}

/** The types that the books know: all but memos. */
const postedTypes = (Object.keys(postingRules) as EventType[]).filter(
  (type) => postingRules[type] !== undefined,
)

/** The same fold for each event type that is posted. */
export function onPosted<R extends Row>(fold: Fold<R, FoldedEvent>) {
  return Object.fromEntries(postedTypes.map((type) => [type, fold]))
}

export function dataOf(event: FoldedEvent): PostedData {
  return event.data as unknown as PostedData
}

/** The rules of any posted type; only its own events may be given to them. */
type AnyPosting = Posting<Record<string, string> & PostedData>
const posting = (type: string): AnyPosting | undefined =>
  (postingRules as unknown as Readonly<Record<string, AnyPosting | undefined>>)[type]

// The lines of an event are asked for once per table and key, one event after the other.
let last: { readonly event: object; readonly lines: readonly EntryLine[] } | undefined

/** The lines of the entry that an event makes: one per account, none for a memo. They sum to zero. */
export function entryLines(event: FoldedEvent): readonly EntryLine[] {
  if (last?.event !== event) last = { event, lines: linesOf(event) }
  return last.lines
}

function linesOf(event: FoldedEvent): readonly EntryLine[] {
  const rules = posting(event.type)?.rules ?? []
  const data = event.data as unknown as Record<string, string> & PostedData
  const sums = new Map<Account, bigint>()
  const add = (account: Account, amount: bigint): void => {
    sums.set(account, (sums.get(account) ?? 0n) + amount)
  }
  for (const [when, debit, credit, field] of rules) {
    const amount = BigInt(data[field satisfies AmountField] ?? '0')
    if (amount === 0n || !when(data)) continue
    add(chartOfAccounts[typeof debit === 'string' ? debit : debit(data)], amount)
    add(chartOfAccounts[typeof credit === 'string' ? credit : credit(data)], -amount)
  }
  const lines: EntryLine[] = []
  for (const [account, amount] of sums) {
    if (amount === 0n) continue
    lines.push({
      account: account.code,
      party: partyOf(account, data),
      control: account.party !== undefined,
      amount,
    })
  }
  return lines
}

const partyField = { customer: 'customerId', agent: 'agent', wallet: 'walletId' } as const

function partyOf(account: Account, data: PostedData): string {
  if (account.party === undefined) return ''
  return data[partyField[account.party]] ?? ''
}

export interface EntrySubject {
  readonly kind: DocumentKind
  readonly id: string
  readonly reference: string | null
  readonly mirrors: string | null
}

const idField: Readonly<Record<DocumentKind, string>> = {
  sale: 'saleId',
  credit_note: 'creditNoteId',
  bad_debt: 'badDebtId',
  customer_credit: 'customerId',
  wallet: 'walletId',
}

/** The document that an entry belongs to, and what of it the entry is about. */
export function entrySubject(event: FoldedEvent): EntrySubject {
  const { document: kind, reference, mirrors } = posting(event.type) as AnyPosting
  const data = event.data as unknown as Readonly<Record<string, string | undefined>>
  return {
    kind,
    id: data[idField[kind]] ?? '',
    reference: reference === undefined ? null : (data[reference] ?? null),
    mirrors: mirrors === undefined ? null : (data[mirrors] ?? null),
  }
}
