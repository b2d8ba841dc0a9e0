import { postedOn } from '../engine/organisation-context.ts'
import { madeAt, table } from '../engine/projection.ts'
import { dataOf, entryLines, onPosted } from './entry-lines.ts'

/** A line of an entry. */
export type PostingRow = {
  readonly entry: string
  readonly line: number
  /** Code of the account. */
  readonly account: string
  /** Customer, agent or wallet of a control account; empty over the counter and on other accounts. */
  readonly party: string
  readonly currency: string
  /** Debit positive. */
  readonly amount: string
  readonly occurred_on: string
  readonly posted_on: string
}

export const posting = table<PostingRow>({
  name: 'posting',
  columns: {
    entry: { type: 'bigint' },
    line: { type: 'integer' },
    account: { type: 'text' },
    party: { type: 'text' },
    currency: { type: 'text' },
    amount: { type: 'bigint' },
    occurred_on: { type: 'date' },
    posted_on: { type: 'date' },
  },
  key: ['entry', 'line'],
  insertOnly: true,
  indexes: [
    ['account', 'posted_on', 'entry'],
    ['party', 'account', 'posted_on', 'entry'],
  ],
  madeBy: ({ entry }) => madeAt(entry),
  on: onPosted<PostingRow>({
    keys: (event) => {
      const number = String(event.organisationOrdinal)
      return entryLines(event).map((_, index) => ({ entry: number, line: index + 1 }))
    },
    fold: (_, event, context, key) => {
      const line = entryLines(event)[(key.line ?? 0) - 1]
      if (line === undefined) return undefined
      const { occurredOn, currency } = dataOf(event)
      return {
        entry: String(event.organisationOrdinal),
        line: key.line ?? 0,
        account: line.account,
        party: line.party,
        currency,
        amount: String(line.amount),
        occurred_on: occurredOn,
        posted_on: postedOn(context, occurredOn),
      }
    },
  }),
})
