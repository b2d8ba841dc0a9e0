import type { CommandHandler } from '#commands/handler.ts'
import { customer } from '#domain/crm/customer.ts'
import type { Process } from './process.ts'

/** Who bought is won, and was in contact on that day: R1.1. */
export function saleClosesCustomer(handler: CommandHandler): Process {
  return {
    name: 'sale_closes_customer',
    types: ['SaleRecorded'],
    async react(event, context) {
      if (event.type !== 'SaleRecorded' || event.data.customerId === undefined) return
      const { customerId, saleId, occurredOn } = event.data
      const command = { type: 'CloseCustomerBySale', customerId, saleId, occurredOn } as const
      await handler.handle(customer, customerId, command, context)
    },
  }
}
