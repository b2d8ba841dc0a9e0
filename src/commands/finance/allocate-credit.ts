import {
  availableCredit,
  customerCredit,
  type ReleaseCustomerCredit,
} from '#domain/finance/customer-credit.ts'
import type { AllocateCustomerCredit } from '#domain/finance/sale/pay.ts'
import { type RecordedSale, type SaleEvent, sale } from '#domain/finance/sale.ts'
import type { Money } from '#domain/money/money.ts'
import { Rejection } from '#domain/rejection.ts'
import { createdBy, stepOf } from '../command-id.ts'
import type { CommandContext, CommandOutcome, HandleOptions } from '../handler.ts'
import {
  knownSale,
  type OperationDeps,
  type Optional,
  organisationFacts,
  refuseOtherRevision,
  stepContext,
} from '../operation.ts'

/** Default: as much as the sale owes and the customer has, today. */
export interface AllocateCreditInput
  extends Optional<Pick<AllocateCustomerCredit, 'amount' | 'occurredOn'>> {
  readonly saleId: string
  /** Default: the sale's. */
  readonly customerId?: string | undefined
}

export type AllocatedCredit = CommandOutcome<SaleEvent> & { readonly allocationId: string }

/**
 * Sets the credit aside, has the sale record it, and frees what the sale did not take: so it is never
 * spent twice, and what a crash leaves set aside is completed by a repeat, or freed in time.
 *
 * @throws Rejection SALE_UNKNOWN, CUSTOMER_CREDIT_NOT_ENOUGH, CUSTOMER_CREDIT_NOTHING_FREE, and what
 *   the sale refuses.
 */
export async function allocateCredit(
  deps: OperationDeps,
  input: AllocateCreditInput,
  context: CommandContext,
  options?: HandleOptions,
): Promise<AllocatedCredit> {
  const { handler } = deps
  const { saleId } = input
  const { organisation } = context
  const allocationId = createdBy(context.commandId, 'allocation')
  const repeated = await handler.replay(sale, saleId, context)
  const payer = await knownSale(deps, organisation, saleId)
  const customerId = input.customerId ?? payer.customerId
  const free = (taken: bigint) =>
    release(
      deps,
      { type: 'ReleaseCustomerCredit', customerId: customerId ?? '', allocationId, taken },
      context,
    )
  if (repeated !== undefined) {
    await free(takenBy(repeated))
    return { allocationId, ...repeated }
  }

  if (customerId === undefined) throw new Rejection('SALE_WITHOUT_CUSTOMER', { saleId }, 'saleId')
  const { today } = await organisationFacts(deps, context)
  const amount = input.amount ?? (await asMuchAsPossible(deps, organisation, customerId, payer))
  const occurredOn = input.occurredOn ?? today
  const ids = { saleId, customerId, allocationId }
  const command: AllocateCustomerCredit = {
    ...ids,
    type: 'AllocateCustomerCredit',
    amount,
    occurredOn,
    today,
  }
  sale.decide(command, payer)
  refuseOtherRevision((await handler.load(sale, organisation, saleId)).revision, options)
  const reserve = { ...ids, type: 'ReserveCustomerCredit', amount } as const
  await handler.handle(customerCredit, customerId, reserve, context)
  try {
    const outcome = await handler.handle(sale, saleId, command, context, options)
    await free(takenBy(outcome))
    return { allocationId, ...outcome }
  } catch (error) {
    if (error instanceof Rejection) await free(0n)
    throw error
  }
}

async function asMuchAsPossible(
  { handler }: OperationDeps,
  organisation: string,
  customerId: string,
  { saleId, owed, currency }: RecordedSale,
): Promise<Money> {
  if (owed === '0') throw new Rejection('SALE_NOTHING_OWED', { saleId })
  const { state } = await handler.load(customerCredit, organisation, customerId, { age: 'now' })
  const available = availableCredit(state, currency)
  if (available <= 0n) throw new Rejection('CUSTOMER_CREDIT_NOTHING_FREE', { currency })
  const amount = available < BigInt(owed) ? available : BigInt(owed)
  return { amount, currency }
}

function takenBy({ events }: CommandOutcome<SaleEvent>): bigint {
  for (const { type, data } of events) {
    if (type === 'SaleCreditAllocated') return BigInt(data.amount)
  }
  return 0n
}

/** A step of its own: the command has written to this stream before. */
async function release(
  { handler }: OperationDeps,
  command: ReleaseCustomerCredit,
  context: CommandContext,
): Promise<void> {
  const step = stepContext(context, stepOf(context.commandId, 'release'))
  await handler.handle(customerCredit, command.customerId, command, step)
}
