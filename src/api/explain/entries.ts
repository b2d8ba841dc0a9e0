import { z } from 'zod'
import { type EntryDetail, findEntry } from '#projections/accounting/entry-queries.ts'
import type { App } from '../app-type.ts'
import { answer, problems } from '../envelope.ts'
import { ApiError } from '../errors.ts'
import { idIn } from '../fields.ts'
import { mayOnRecord } from '../permissions.ts'
import { listMeta } from '../reads.ts'
import type { ExplainDeps } from './explain.ts'
import {
  definedOf,
  type Explained,
  explainFields,
  explanationAnswer,
  explanationOut,
  type Part,
  withEvents,
} from './explanation.ts'
import { type FigureEntry, templateOf } from './figures.ts'

export const entryPath = '/api/explain/entries/:entry/amount'

export const entryFigures: readonly FigureEntry[] = [
  {
    name: 'entry.amount',
    href: templateOf(entryPath, ''),
    shownAs: ['Entry.amount', 'EntryDetail.amount'],
  },
]

/** An entry: the postings to its debit side, all made by one event. */
export function addEntryExplanation(app: App, { read, limits }: ExplainDeps): void {
  app.get(
    entryPath,
    {
      ...mayOnRecord('readLedger', 'explain'),
      schema: {
        tags: ['explain'],
        summary: 'What the amount of an entry is made of: its debits, and the event behind them',
        params: z.strictObject({ entry: idIn }),
        querystring: z.strictObject(explainFields(limits)),
        response: { 200: answer(explanationOut, listMeta), ...problems },
      },
    },
    async (request, reply) => {
      const { entry } = request.params
      const { compare, limit } = request.query
      const page = await read(request, 'ledger', async (db, known) => {
        const found = await findEntry(db, entry, known?.ordinal)
        if (found === undefined) throw new ApiError('ENTRY_UNKNOWN', { entry })
        return withEvents(db, explainEntry(found, compare))
      })
      return explanationAnswer(request, reply, page, limit)
    },
  )
}

function explainEntry(entry: EntryDetail, compare: boolean): Explained {
  const { number, currency, amount } = entry
  const debits = entry.postings.filter((posting) => BigInt(posting.amount) > 0n)
  const parts = debits.map(
    ({ line, account, party, amount }): Part => ({
      name: 'posting',
      of: definedOf({ entry: number, line: String(line), account, party: party || undefined }),
      value: { amount, currency },
      ordinal: number,
    }),
  )
  const sum = debits.reduce((total, posting) => total + BigInt(posting.amount), 0n)
  return {
    figure: { name: 'entry.amount', of: { entry: number }, value: { amount, currency } },
    parts: { items: parts, next: undefined },
    partsTotal: compare ? { amount: String(sum), currency } : undefined,
  }
}
