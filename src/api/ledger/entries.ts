import { z } from 'zod'
import {
  accountRegister,
  type Entry,
  findEntry,
  listEntries,
  type RegisterLine,
} from '#projections/accounting/entry-queries.ts'
import { entriesNamedAsOf, namedAsOf } from '#projections/accounting/party-names.ts'
import type { App } from '../app-type.ts'
import { answer, problems } from '../envelope.ts'
import { ApiError } from '../errors.ts'
import { booleanIn, currencyIn, dayIn, eventTypeIn, idIn, listFields } from '../fields.ts'
import { knownAtQuery } from '../known-at.ts'
import { money, moneyOut } from '../money.ts'
import { may } from '../permissions.ts'
import { freshnessQuery, listAnswer, listMeta, readMeta } from '../reads.ts'
import { accountOf, type LedgerReadDeps } from './accounts.ts'

const entryFields = {
  entry: z.string().describe('The organisation’s ordinal of the event.'),
  eventId: z.string(),
  type: z.string(),
  document: z.strictObject({ kind: z.string(), id: z.string(), reference: z.string().nullable() }),
  amount: moneyOut.describe('The sum of the debits, which is that of the credits.'),
  occurredOn: z.string(),
  postedOn: z.string(),
  late: z.boolean(),
  recordedAt: z.string(),
  postings: z.array(
    z.strictObject({
      line: z.int(),
      account: z.string(),
      party: z.string().nullable(),
      name: z.string().nullable(),
      amount: moneyOut.describe('Debit positive.'),
    }),
  ),
}
const entryOut = z.strictObject(entryFields).meta({ id: 'Entry' })
const entryDetailOut = z
  .strictObject({
    ...entryFields,
    mirrors: z.array(z.string()).describe('Entries that this one undoes.'),
    mirroredBy: z.array(z.string()).describe('Entries that undo this one.'),
  })
  .meta({ id: 'EntryDetail' })
const registerOut = z
  .strictObject({
    entry: z.string(),
    line: z.int(),
    type: z.string(),
    document: z.strictObject({ kind: z.string(), id: z.string() }),
    party: z.string().nullable(),
    name: z.string().nullable(),
    amount: moneyOut,
    occurredOn: z.string(),
    postedOn: z.string(),
    late: z.boolean(),
  })
  .meta({ id: 'RegisterLine' })

/** The journal: its entries, one of them, and the register of an account. */
export function addEntryReads(app: App, deps: LedgerReadDeps): void {
  const { read, limits, sourceFor } = deps
  const filters = {
    type: eventTypeIn.optional(),
    document: idIn.optional().describe('Id of a sale, credit note or other document.'),
    account: idIn.optional().describe('Code or key.'),
    party: idIn.optional(),
    currency: currencyIn.optional(),
    from: dayIn.optional().describe('Day in the books.'),
    to: dayIn.optional(),
    late: booleanIn.optional(),
    ...knownAtQuery,
  }
  app.get(
    '/api/ledger/entries',
    {
      ...may('readLedger'),
      schema: {
        tags: ['ledger'],
        summary: 'Journal entries, latest in the log first',
        querystring: z.strictObject({ ...filters, ...listFields(limits) }),
        response: { 200: answer(z.array(entryOut), listMeta), ...problems },
      },
    },
    async (request, reply) => {
      const {
        limit,
        cursor,
        min_position: _,
        known_at: _known,
        document,
        account,
        ...filter
      } = request.query
      const code = account === undefined ? undefined : accountOf(account).code
      const page = await read(request, 'ledger', async (db, known) => {
        const asked = { account: code, documentId: document, knownAt: known?.ordinal }
        const found = await listEntries(db, { ...filter, ...asked }, { limit, cursor })
        if (known === undefined) return found
        const items = await entriesNamedAsOf(sourceFor(request), db, found.items, known.ordinal)
        return { ...found, items }
      })
      return listAnswer(request, reply, page, limit, entryView)
    },
  )
  addEntry(app, deps)
  addRegister(app, deps)
}

function addEntry(app: App, { read, sourceFor }: LedgerReadDeps): void {
  app.get(
    '/api/ledger/entries/:entry',
    {
      ...may('readLedger'),
      schema: {
        tags: ['ledger'],
        summary: 'One entry with what it undoes and what undoes it',
        params: z.strictObject({ entry: idIn }),
        querystring: z.strictObject({ ...knownAtQuery, ...freshnessQuery }),
        response: { 200: answer(entryDetailOut, readMeta), ...problems },
      },
    },
    async (request) => {
      const { entry } = request.params
      const { found, meta } = await read(request, 'ledger', async (db, known) => {
        const one = await findEntry(db, entry, known?.ordinal)
        if (known === undefined || one === undefined) return one
        return (await entriesNamedAsOf(sourceFor(request), db, [one], known.ordinal))[0]
      })
      if (found === undefined) throw new ApiError('ENTRY_UNKNOWN', { entry })
      const { mirrored, mirrored_by } = found
      const links = { mirrors: [...mirrored], mirroredBy: [...mirrored_by] }
      return { success: true as const, data: { ...entryView(found), ...links }, meta }
    },
  )
}

function addRegister(app: App, { read, limits, sourceFor }: LedgerReadDeps): void {
  app.get(
    '/api/ledger/accounts/:account/register',
    {
      ...may('readLedger'),
      schema: {
        tags: ['ledger'],
        summary: 'What was posted to an account, in the order of the books',
        params: z.strictObject({ account: idIn }),
        querystring: z.strictObject({
          party: idIn.optional(),
          currency: currencyIn.optional(),
          from: dayIn.optional(),
          to: dayIn.optional(),
          ...knownAtQuery,
          ...listFields(limits),
        }),
        response: { 200: answer(z.array(registerOut), listMeta), ...problems },
      },
    },
    async (request, reply) => {
      const account = accountOf(request.params.account).code
      const { limit, cursor, min_position: _, known_at: _known, ...filter } = request.query
      const page = await read(request, 'ledger', async (db, known) => {
        const asked = { ...filter, account, knownAt: known?.ordinal }
        const found = await accountRegister(db, asked, { limit, cursor })
        const { items, next } = found
        return { items: await namedAsOf(sourceFor(request), db, items, known?.ordinal), next }
      })
      return listAnswer(request, reply, page, limit, registerView)
    },
  )
}

function entryView(row: Entry): z.output<typeof entryOut> {
  return {
    entry: row.number,
    eventId: row.event_id,
    type: row.type,
    document: { kind: row.document_kind, id: row.document_id, reference: row.reference },
    amount: money(row.amount, row.currency),
    occurredOn: row.occurred_on,
    postedOn: row.posted_on,
    late: row.late,
    recordedAt: row.recorded_at,
    postings: row.postings.map(({ line, account, party, name, amount, currency }) => ({
      line,
      account,
      party: party === '' ? null : party,
      name,
      amount: money(amount, currency),
    })),
  }
}

function registerView(row: RegisterLine): z.output<typeof registerOut> {
  return {
    entry: row.entry,
    line: row.line,
    type: row.type,
    document: { kind: row.document_kind, id: row.document_id },
    party: row.party === '' ? null : row.party,
    name: row.name,
    amount: money(row.amount, row.currency),
    occurredOn: row.occurred_on,
    postedOn: row.posted_on,
    late: row.late,
  }
}
