import { type BadDebtEvent, badDebt, type RecordBadDebtReversal } from '#domain/finance/bad-debt.ts'
import { createdBy, documentIdOf } from '../command-id.ts'
import type { CommandContext, CommandOutcome } from '../handler.ts'
import { wasRecorded } from '../crm/note-document.ts'
import {
  knownCustomer,
  type OperationDeps,
  type Optional,
  organisationFacts,
} from '../operation.ts'
import { noteBadDebt } from './note-bad-debt.ts'
import { bringDocument, DOCUMENT_FIELDS } from './bring-document.ts'

type Made = 'type' | 'badDebtId' | 'reversalId' | 'today' | 'occurredOn'
export type NewBadDebtReversal = Omit<RecordBadDebtReversal, Made> &
  Optional<Pick<RecordBadDebtReversal, 'occurredOn'>>

const COMPARED = { BadDebtWriteOffReversed: DOCUMENT_FIELDS }

/**
 * A reversal that names no write-off: a document of its own, today unless said.
 *
 * @throws Rejection CUSTOMER_UNKNOWN, DOCUMENT_DIFFERS, and what the bad debt refuses.
 */
export async function recordBadDebtReversal(
  deps: OperationDeps,
  input: NewBadDebtReversal,
  context: CommandContext,
): Promise<CommandOutcome<BadDebtEvent> & { readonly badDebtId: string }> {
  const { handler } = deps
  const { source, customerId } = input
  const { commandId, organisation } = context
  const badDebtId =
    source === undefined
      ? createdBy(commandId, 'bad debt')
      : documentIdOf({ organisation, kind: 'bad debt', source })
  const repeated = await handler.replay(badDebt, badDebtId, context)
  if (repeated !== undefined) return { badDebtId, ...repeated }

  if (customerId !== undefined) await knownCustomer(deps, organisation, customerId)
  const { today } = await organisationFacts(deps, context)
  const command: RecordBadDebtReversal = {
    ...input,
    type: 'RecordBadDebtReversal',
    badDebtId,
    reversalId: badDebtId,
    occurredOn: input.occurredOn ?? today,
    today,
  }
  const prepare = (): Promise<void> => noteBadDebt(deps, command, customerId, context)
  const brought = { id: badDebtId, source, command, compared: COMPARED, prepare }
  const outcome = await bringDocument(deps, badDebt, brought, context)
  wasRecorded(deps, context, customerId, badDebtId)
  return { badDebtId, ...outcome }
}
