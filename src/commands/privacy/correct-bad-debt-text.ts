import { unreachable } from '#domain/decider.ts'
import {
  type BadDebtEvent,
  type BadDebtTextPlace,
  badDebt,
  type CorrectBadDebtText,
} from '#domain/finance/bad-debt.ts'
import type { Correction } from '#domain/privacy/correction.ts'
import { Rejection } from '#domain/rejection.ts'
import type { CommandContext, CommandOutcome, HandleOptions } from '../handler.ts'
import type { OperationDeps } from '../operation.ts'
import { type Corrector, EVENTS_OF_DOCUMENT, refuseUnseen } from './refuse-unseen.ts'

/**
 * As `correctSaleText`, of a bad debt: of the document itself, or of a reversal or recovery of it.
 *
 * @throws Rejection BAD_DEBT_UNKNOWN, TEXT_UNKNOWN, CUSTOMER_ERASED, CUSTOMER_RESTRICTED
 */
export async function correctBadDebtText(
  deps: Pick<OperationDeps, 'handler'>,
  input: BadDebtTextPlace & Correction,
  corrector: Corrector,
  context: CommandContext,
  options?: HandleOptions,
): Promise<CommandOutcome<BadDebtEvent>> {
  const { handler } = deps
  const { badDebtId } = input
  const repeated = await handler.replay(badDebt, badDebtId, context)
  if (repeated !== undefined) return repeated
  const { organisation } = context
  const events = await handler.history(badDebt, organisation, badDebtId, EVENTS_OF_DOCUMENT)
  const [first] = events
  if (first === undefined) throw new Rejection('BAD_DEBT_UNKNOWN', { badDebtId })
  const { customerId } = first.data
  await refuseUnseen(deps, context, customerId, corrector)
  // A reversal that stands alone is the document.
  const whole = partOf(first)
  const of = (partId: string | undefined) => (partId === whole ? undefined : partId)
  const partId = of(input.partId)
  const before = events
    .filter((event) => of(partOf(event)) === partId)
    .map(({ type, data }) => (type === 'BadDebtTextCorrected' ? data.text : data.reason))
    .findLast((text) => text !== undefined)
  const place = { ...input, customerId, partId }
  const command: CorrectBadDebtText = { ...place, type: 'CorrectBadDebtText', before }
  return handler.handle(badDebt, badDebtId, command, context, {
    ...options,
    mayChangeNothing: true,
  })
}

function partOf(event: BadDebtEvent): string | undefined {
  switch (event.type) {
    case 'BadDebtWrittenOff':
      return undefined
    case 'BadDebtWriteOffReversed':
      return event.data.reversalId
    case 'BadDebtRecovered':
      return event.data.recoveryId
    case 'BadDebtTextCorrected':
      return event.data.partId
    default:
      return unreachable(event)
  }
}
