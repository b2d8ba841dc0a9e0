import type { CommandContext, CommandHandler } from '#commands/handler.ts'
import { customer } from '#domain/crm/customer.ts'
import type { EventOf } from '#domain/events.ts'
import { customerCredit, reservationOf } from '#domain/finance/customer-credit.ts'
import { sale } from '#domain/finance/sale.ts'
import type { Process } from './process.ts'

/** Longer than any operation takes: what has not come by then will not come. */
export const ABANDONED_AFTER_MS = 10 * 60_000

/**
 * What was set aside for a sale and not used, because a crash came in between and nobody asked again:
 * the note of a first sale on its customer, and customer credit.
 */
export function abandonedWorkIsReleased(
  handler: CommandHandler,
  delayMs: number = ABANDONED_AFTER_MS,
): Process {
  return {
    name: 'abandoned_work_is_released',
    types: ['CustomerSaleNoted', 'CustomerCreditReserved'],
    delayMs,
    async react(event, context) {
      if (event.type === 'CustomerSaleNoted') await releaseNote(handler, event.data, context)
      if (event.type === 'CustomerCreditReserved') await releaseCredit(handler, event.data, context)
    },
  }
}

async function releaseNote(
  handler: CommandHandler,
  { customerId, saleId }: EventOf<'CustomerSaleNoted'>['data'],
  context: CommandContext,
): Promise<void> {
  const { organisation } = context
  const noted = await handler.load(customer, organisation, customerId)
  if (noted.state.registration !== 'registered') return
  if (!noted.state.notedSales.includes(saleId)) return
  const { state } = await handler.load(sale, organisation, saleId, { age: 'now' })
  if (state.status !== 'none') return
  const command = { type: 'ReleaseCustomerSaleNote', customerId, saleId } as const
  await handler.handle(customer, customerId, command, context)
}

async function releaseCredit(
  handler: CommandHandler,
  { customerId, saleId, allocationId }: EventOf<'CustomerCreditReserved'>['data'],
  context: CommandContext,
): Promise<void> {
  const { organisation } = context
  const { state } = await handler.load(customerCredit, organisation, customerId)
  if (reservationOf(state, allocationId) === undefined) return
  const recorded = await handler.history(sale, organisation, saleId, 100_000)
  const taken = recorded.reduce((sum, { type, data }) => {
    const isIt = type === 'SaleCreditAllocated' && data.allocationId === allocationId
    return isIt ? sum + BigInt(data.amount) : sum
  }, 0n)
  const command = { type: 'ReleaseCustomerCredit', customerId, allocationId, taken } as const
  await handler.handle(customerCredit, customerId, command, context)
}
