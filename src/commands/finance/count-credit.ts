import type { DaybookEvent, EventOf, EventType } from '#domain/events.ts'
import {
  customerCredit,
  type ReceiveCustomerCredit,
  type WithdrawCustomerCredit,
} from '#domain/finance/customer-credit.ts'
import type { RecordedEvent } from '#log/recorded-event.ts'
import { reactionId } from '../command-id.ts'
import type { CommandContext, CommandHandler } from '../handler.ts'
import type { OperationDeps } from '../operation.ts'

type CountCommand = ReceiveCustomerCredit | WithdrawCustomerCredit
type Origin = CountCommand['origin']

type Movements = { readonly [Type in EventType]?: (data: EventOf<Type>['data']) => Movement }
type Movement = CountCommand | undefined

/** What events mean for the credit of their customer: as the books post it, accounting.md, section 3. */
const movements: Movements = {
  SalePaymentReceived: (data) =>
    movement('ReceiveCustomerCredit', data, { kind: 'payment', id: data.paymentId }),
  SalePaymentReversed: (data) =>
    movement('WithdrawCustomerCredit', data, { kind: 'payment_reversal', id: data.paymentId }),
  SaleCancelled: (data) =>
    movement('ReceiveCustomerCredit', data, { kind: 'cancellation', id: data.saleId }),
  CommissionTakenBack: (data) => {
    const { creditNoteId, saleId } = data
    const origin: Origin =
      creditNoteId === undefined
        ? { kind: 'cancellation', id: saleId }
        : { kind: 'credit_note', id: creditNoteId }
    return movement('ReceiveCustomerCredit', data, origin)
  },
  CreditNoteIssued: ({ creditNoteId, customerId, currency, gross, basis }) => {
    // Of a brokered sale the price never came to us; what we owe back is commission taken back.
    const toCredit = basis === 'agent' ? '0' : gross
    const origin = { kind: 'credit_note', id: creditNoteId } as const
    return movement('ReceiveCustomerCredit', { customerId, currency, toCredit }, origin)
  },
}

/** The types of events that can give or take credit. */
export const CREDIT_EVENTS = Object.keys(movements) as readonly EventType[]

export function creditMovement(event: DaybookEvent): Movement {
  const movementOf = movements[event.type] as ((data: object) => Movement) | undefined
  return movementOf?.(event.data)
}

interface Credited {
  readonly customerId?: string | undefined
  readonly currency: string
  readonly toCredit: string
}

function movement(
  type: CountCommand['type'],
  { customerId, currency, toCredit }: Credited,
  origin: Origin,
): Movement {
  if (customerId === undefined || toCredit === '0') return undefined
  return { type, customerId, amount: { amount: BigInt(toCredit), currency }, origin }
}

/** Name of the process that does the same for whatever was missed here. */
export const CREDIT_PROCESS = 'credit_follows_documents'

/** Counts the credit that the event gave or took, once for ever. */
export async function countCreditOf(
  handler: CommandHandler,
  event: RecordedEvent,
  context: CommandContext,
): Promise<void> {
  const command = creditMovement(event)
  if (command === undefined) return
  await handler.handle(customerCredit, command.customerId, command, {
    ...context,
    commandId: reactionId(CREDIT_PROCESS, event.id),
    bodyHash: event.id,
    causationId: event.id,
  })
}

/**
 * Counts the credit of a command's events before it is answered, so that it can be spent at once.
 * Should that fail, the process that follows the log counts it: both use the same command.
 */
export async function countCredit(
  { handler }: Pick<OperationDeps, 'handler'>,
  events: readonly RecordedEvent[],
  context: CommandContext,
): Promise<void> {
  for (const event of events) await countCreditOf(handler, event, context).catch(() => {})
}
