import type { CorrectSaleText, SaleTextPlace } from '#domain/finance/sale/correct.ts'
import { type SaleEvent, sale } from '#domain/finance/sale.ts'
import type { Correction } from '#domain/privacy/correction.ts'
import { Rejection } from '#domain/rejection.ts'
import type { CommandContext, CommandOutcome, HandleOptions } from '../handler.ts'
import type { OperationDeps } from '../operation.ts'
import { type Corrector, EVENTS_OF_DOCUMENT, refuseUnseen } from './refuse-unseen.ts'

/**
 * What was written of a sale is set right. Its state knows no texts: how it reads so far, the log says.
 *
 * @throws Rejection SALE_UNKNOWN, TEXT_UNKNOWN, CUSTOMER_ERASED, CUSTOMER_RESTRICTED
 */
export async function correctSaleText(
  deps: Pick<OperationDeps, 'handler'>,
  input: SaleTextPlace & Correction,
  corrector: Corrector,
  context: CommandContext,
  options?: HandleOptions,
): Promise<CommandOutcome<SaleEvent>> {
  const { handler } = deps
  const { saleId } = input
  const repeated = await handler.replay(sale, saleId, context)
  if (repeated !== undefined) return repeated
  const { organisation } = context
  const events = await handler.history(sale, organisation, saleId, EVENTS_OF_DOCUMENT)
  const [recorded] = events
  if (recorded === undefined) throw new Rejection('SALE_UNKNOWN', { saleId })
  await refuseUnseen(deps, context, recorded.data.customerId, corrector)
  const before = events.map((event) => textAt(input, event)).findLast((text) => text !== undefined)
  const command: CorrectSaleText = { ...input, type: 'CorrectSaleText', before }
  return handler.handle(sale, saleId, command, context, { ...options, mayChangeNothing: true })
}

/** What an event writes in that place. */
function textAt(
  { field, paymentId }: SaleTextPlace,
  { type, data }: SaleEvent,
): string | undefined {
  if (type === 'SalePaymentReceived') {
    return field === 'reference' && data.paymentId === paymentId ? data.reference : undefined
  }
  if (type === 'SaleCancelled') return field === 'reason' ? data.reason : undefined
  if (type !== 'SaleTextCorrected') return undefined
  return data.field === field && data.paymentId === paymentId ? data.text : undefined
}
