import {
  badDebt,
  type RecordBadDebtReversal,
  type WriteOffBadDebt,
} from '#domain/finance/bad-debt.ts'
import { noteDocument } from '../crm/note-document.ts'
import type { CommandContext } from '../handler.ts'
import type { OperationDeps } from '../operation.ts'

/** On its customer, where it has one and names no sale, once nothing in it is refused. */
export async function noteBadDebt(
  deps: OperationDeps,
  command: WriteOffBadDebt | RecordBadDebtReversal,
  customerId: string | undefined,
  context: CommandContext,
): Promise<void> {
  if (customerId === undefined) return
  badDebt.decide(command, badDebt.initial)
  await noteDocument(deps, customerId, { kind: 'bad_debt', id: command.badDebtId }, context)
}
