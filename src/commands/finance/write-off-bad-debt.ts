import { type BadDebtEvent, badDebt, type WriteOffBadDebt } from '#domain/finance/bad-debt.ts'
import type { WriteOffSaleDebt } from '#domain/finance/sale/write-off.ts'
import { type SaleEvent, sale } from '#domain/finance/sale.ts'
import type { Money } from '#domain/money/money.ts'
import { Rejection } from '#domain/rejection.ts'
import type { RecordedEvent } from '#log/recorded-event.ts'
import { createdBy, documentIdOf } from '../command-id.ts'
import type { CommandContext, CommandOutcome } from '../handler.ts'
import { wasRecorded } from '../crm/note-document.ts'
import {
  knownCustomer,
  knownSale,
  type OperationDeps,
  type Optional,
  organisationFacts,
} from '../operation.ts'
import { noteBadDebt } from './note-bad-debt.ts'
import { bringDocument, DOCUMENT_FIELDS } from './bring-document.ts'

type Given = 'customerId' | 'saleId' | 'source' | 'reason'

/**
 * Of a sale: default all that it owes; its customer is the sale's. Else the amount must be given, and
 * without a customer it goes against the allowance for doubtful debts.
 */
export type NewBadDebt = Pick<WriteOffBadDebt, Given> &
  Optional<Pick<WriteOffBadDebt, 'amount' | 'occurredOn'>>

export type WrittenOffBadDebt = CommandOutcome<BadDebtEvent> & { readonly badDebtId: string }

const COMPARED = { BadDebtWrittenOff: DOCUMENT_FIELDS }

/**
 * Noted on the sale, where it names one, which says customer and amount; then written off. A crash in
 * between is completed by a repeat.
 *
 * @throws Rejection CUSTOMER_UNKNOWN, SALE_UNKNOWN, SALE_OF_OTHER_CUSTOMER, DOCUMENT_EMPTY,
 *   DOCUMENT_DIFFERS, and what sale and bad debt refuse.
 */
export async function writeOffBadDebt(
  deps: OperationDeps,
  input: NewBadDebt,
  context: CommandContext,
): Promise<WrittenOffBadDebt> {
  const { handler } = deps
  const { source } = input
  const { commandId, organisation } = context
  const badDebtId =
    source === undefined
      ? createdBy(commandId, 'bad debt')
      : documentIdOf({ organisation, kind: 'bad debt', source })
  const repeated = await handler.replay(badDebt, badDebtId, context)
  if (repeated !== undefined) return { badDebtId, ...repeated }

  const { today } = await organisationFacts(deps, context)
  const stated = { badDebtId, ...input, occurredOn: input.occurredOn ?? today, today }
  const owed =
    input.saleId === undefined
      ? await standingAlone(deps, input, context)
      : await noteOnSale(deps, { ...stated, saleId: input.saleId }, context)
  const command: WriteOffBadDebt = { ...stated, ...owed, type: 'WriteOffBadDebt' }
  const alone = input.saleId === undefined ? command.customerId : undefined
  const prepare = (): Promise<void> => noteBadDebt(deps, command, alone, context)
  const brought = { id: badDebtId, source, command, compared: COMPARED, prepare }
  const outcome = await bringDocument(deps, badDebt, brought, context)
  wasRecorded(deps, context, alone, badDebtId)
  return { badDebtId, ...outcome }
}

interface Owed {
  readonly customerId: string | undefined
  readonly amount: Money
}

async function standingAlone(
  deps: OperationDeps,
  { customerId, amount }: NewBadDebt,
  context: CommandContext,
): Promise<Owed> {
  if (amount === undefined) throw new Rejection('DOCUMENT_EMPTY', {}, 'amount')
  if (customerId !== undefined) await knownCustomer(deps, context.organisation, customerId)
  return { customerId, amount }
}

type Note = Omit<WriteOffSaleDebt, 'type'> & Pick<NewBadDebt, 'customerId'>

async function noteOnSale(
  deps: OperationDeps,
  { customerId, ...note }: Note,
  context: CommandContext,
): Promise<Owed> {
  const { saleId, badDebtId } = note
  const debtor = await knownSale(deps, context.organisation, saleId)
  if (customerId !== undefined && customerId !== debtor.customerId) {
    throw new Rejection('SALE_OF_OTHER_CUSTOMER', { saleId }, 'customerId')
  }
  const command: WriteOffSaleDebt = { ...note, type: 'WriteOffSaleDebt' }
  const { events } = await deps.handler.handle(sale, saleId, command, context)
  const noted = writtenOffBy(events, badDebtId) ?? (await notedBefore(deps, note, context))
  const { currency } = debtor
  if (noted === undefined) throw new Rejection('SALE_NOTHING_OWED', { saleId })
  return { customerId: debtor.customerId, amount: { amount: BigInt(noted), currency } }
}

/** Before a crash, by a command that brought the same document. */
async function notedBefore(
  { handler }: OperationDeps,
  { saleId, badDebtId }: Omit<Note, 'customerId'>,
  { organisation }: CommandContext,
): Promise<string | undefined> {
  return writtenOffBy(await handler.history(sale, organisation, saleId, 10_000), badDebtId)
}

function writtenOffBy(
  events: readonly RecordedEvent<SaleEvent>[],
  badDebtId: string,
): string | undefined {
  for (const { type, data } of events) {
    if (type === 'SaleDebtWrittenOff' && data.badDebtId === badDebtId) return data.amount
  }
  return undefined
}
