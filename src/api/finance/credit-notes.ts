import { z } from 'zod'
import type { Limits } from '#config'
import { Rejection } from '#domain/rejection.ts'
import { findCreditNote, listCreditNotes } from '#projections/finance/document-queries.ts'
import { findCreditNoteAsOf } from '#projections/finance/past-documents.ts'
import type { App } from '../app-type.ts'
import { answer, problems } from '../envelope.ts'
import { idIn, listFields } from '../fields.ts'
import { knownAtQuery } from '../known-at.ts'
import { may } from '../permissions.ts'
import { nameless, oneWithoutRestricted } from '../privacy/restricted.ts'
import { freshnessQuery, listAnswer, listMeta, type Read, readMeta } from '../reads.ts'
import { etagOf } from '../revisions.ts'
import type { SourceFor } from '../sight.ts'
import {
  creditNoteDetailOut,
  creditNoteDetailView,
  creditNoteOut,
  creditNoteView,
} from './credit-note-view.ts'
import { documentFilters } from './document-filters.ts'

export interface CreditNoteReadDeps {
  readonly read: Read
  readonly sourceFor: SourceFor
  readonly limits: Limits
}

/** The credit notes of the organisation: the list and one of them. */
export function addCreditNoteReads(
  app: App,
  { read, limits, sourceFor }: CreditNoteReadDeps,
): void {
  app.get(
    '/api/finance/credit-notes',
    {
      ...may('read'),
      schema: {
        tags: ['credit notes'],
        summary: 'Credit notes, latest first',
        querystring: z.strictObject({ ...documentFilters, ...listFields(limits) }),
        response: { 200: answer(z.array(creditNoteOut), listMeta), ...problems },
      },
    },
    async (request, reply) => {
      const { limit, cursor, min_position: _, ...filter } = request.query
      const page = await read(request, 'finance_sales', (db) =>
        listCreditNotes(db, filter, { limit, cursor }),
      )
      return listAnswer(request, reply, page, limit, creditNoteView)
    },
  )
  app.get(
    '/api/finance/credit-notes/:id',
    {
      ...may('read'),
      schema: {
        tags: ['credit notes'],
        summary: 'One credit note with its lines',
        params: z.strictObject({ id: idIn }),
        querystring: z.strictObject({ ...knownAtQuery, ...freshnessQuery }),
        response: { 200: answer(creditNoteDetailOut, readMeta), ...problems },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { found, meta } = await read(request, 'finance_sales', async (db, known) => {
        if (known === undefined) return findCreditNote(db, id)
        const then = await findCreditNoteAsOf(sourceFor(request), db, id, known.ordinal)
        return oneWithoutRestricted(request, db, then, nameless)
      })
      if (found === undefined) throw new Rejection('CREDIT_NOTE_UNKNOWN', { creditNoteId: id })
      reply.header('etag', etagOf(found.revision))
      return { success: true as const, data: creditNoteDetailView(found), meta }
    },
  )
}
