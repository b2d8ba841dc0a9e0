import { sameJson } from '#domain/fields.ts'
import {
  type CreditNoteEvent,
  creditNote,
  type IssueCreditNote,
} from '#domain/finance/credit-note.ts'
import type { CreditSale } from '#domain/finance/sale/credit.ts'
import { withRatesOf } from '#domain/finance/sale/uncredited.ts'
import { sale } from '#domain/finance/sale.ts'
import { Rejection } from '#domain/rejection.ts'
import { createdBy, documentIdOf } from '../command-id.ts'
import { noteDocument, wasRecorded } from '../crm/note-document.ts'
import type { CommandContext, CommandOutcome } from '../handler.ts'
import {
  knownCustomer,
  knownSale,
  type OperationDeps,
  type Optional,
  organisationFacts,
} from '../operation.ts'
import { bringDocument, DOCUMENT_FIELDS } from './bring-document.ts'
import { countCredit } from './count-credit.ts'
import { recoveredOf } from './recovered-debts.ts'

type Given = 'customerId' | 'saleId' | 'document' | 'refundMethod'

/**
 * Where it names a sale, customer, agent, currency and tax rates are the sale's. Default: by the
 * caller, today.
 */
export type NewCreditNote = Pick<IssueCreditNote, Given> &
  Optional<Pick<IssueCreditNote, 'agent' | 'currency' | 'occurredOn'>>

export type IssuedCreditNote = CommandOutcome<CreditNoteEvent> & { readonly creditNoteId: string }

const COMPARED = { CreditNoteIssued: DOCUMENT_FIELDS }

/**
 * Noted on the sale, where it names one, so that never more is credited than was sold; then issued.
 * A crash in between is completed by a repeat.
 *
 * @throws Rejection CUSTOMER_UNKNOWN, SALE_UNKNOWN, SALE_OF_OTHER_CUSTOMER, DOCUMENT_DIFFERS, and what
 *   sale and credit note refuse.
 */
export async function issueCreditNote(
  deps: OperationDeps,
  input: NewCreditNote,
  context: CommandContext,
): Promise<IssuedCreditNote> {
  const { handler } = deps
  const { commandId, organisation } = context
  const { source } = input.document
  const creditNoteId =
    source === undefined
      ? createdBy(commandId, 'credit note')
      : documentIdOf({ organisation, kind: 'credit note', source })
  const repeated = await handler.replay(creditNote, creditNoteId, context)
  if (repeated !== undefined) return { creditNoteId, ...repeated }

  const command = await issueCommand(deps, creditNoteId, input, context)
  const outcome = await bringDocument(
    deps,
    creditNote,
    {
      id: creditNoteId,
      source,
      command,
      compared: COMPARED,
      prepare: () => noteElsewhere(deps, command, context),
    },
    context,
  )
  if (command.saleId === undefined) {
    wasRecorded(deps, context, command.customerId, creditNoteId)
  }
  if (!outcome.replayed) await countCredit(deps, outcome.events, context)
  return { creditNoteId, ...outcome }
}

async function issueCommand(
  deps: OperationDeps,
  creditNoteId: string,
  input: NewCreditNote,
  context: CommandContext,
): Promise<IssueCreditNote> {
  const { organisation } = context
  const { settings, today } = await organisationFacts(deps, context)
  const { saleId, customerId, document, refundMethod, occurredOn = today } = input
  const own = { refundMethod, occurredOn, today }
  if (saleId !== undefined) {
    const credited = await knownSale(deps, organisation, saleId)
    if (customerId !== undefined && customerId !== credited.customerId) {
      throw new Rejection('SALE_OF_OTHER_CUSTOMER', { saleId }, 'customerId')
    }
    const { agent, basis } = credited
    const currency = input.currency ?? credited.currency
    const ofSale = { saleId, customerId: credited.customerId, agent, basis, currency }
    const taxed = withRatesOf(credited, document)
    return { type: 'IssueCreditNote', creditNoteId, ...ofSale, document: taxed, ...own }
  }
  if (customerId !== undefined) await knownCustomer(deps, organisation, customerId)
  const { agent = context.actor, currency = settings.baseCurrency } = input
  const alone = { customerId, agent, currency, basis: 'principal' } as const
  return { type: 'IssueCreditNote', creditNoteId, ...alone, document, ...own }
}

/** On the sale that it names, else on the customer. */
async function noteElsewhere(
  deps: OperationDeps,
  command: IssueCreditNote,
  context: CommandContext,
): Promise<void> {
  const { saleId, customerId, creditNoteId } = command
  if (saleId !== undefined) return noteOnSale(deps, { ...command, saleId }, context)
  if (customerId === undefined) return
  creditNote.decide(command, creditNote.initial)
  await noteDocument(deps, customerId, { kind: 'credit_note', id: creditNoteId }, context)
}

/** The sale may have noted it before a crash: then it must have been the same document. */
async function noteOnSale(
  deps: OperationDeps,
  command: IssueCreditNote & { readonly saleId: string },
  context: CommandContext,
): Promise<void> {
  const { saleId, creditNoteId, currency, document, refundMethod, occurredOn, today } = command
  const { handler } = deps
  const credited = await knownSale(deps, context.organisation, saleId)
  const recovered = await recoveredOf(deps, context.organisation, credited)
  const noted = { saleId, creditNoteId, currency, document, refundMethod, occurredOn, today }
  const note: CreditSale = { type: 'CreditSale', ...noted, recovered }
  const { events } = await handler.handle(sale, saleId, note, context)
  const { source } = document
  if (events.length > 0 || source === undefined) return
  const [issued] = creditNote.decide(command, creditNote.initial)
  const before = await handler.history(sale, context.organisation, saleId, 10_000)
  const same = before.some(
    ({ type, data }) =>
      type === 'SaleCredited' &&
      data.creditNoteId === creditNoteId &&
      data.gross === issued?.data.gross &&
      sameJson(data.taxes, issued.data.taxes),
  )
  if (!same) throw new Rejection('DOCUMENT_DIFFERS', { ...source })
}
