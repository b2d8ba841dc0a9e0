import { type CustomerCommand, type CustomerEvent, customer } from '#domain/crm/customer.ts'
import { given } from '../given-when-then.ts'

export const customerId = 'customer-1'

export const registerCustomer = {
  type: 'RegisterCustomer',
  customerId,
  number: '17850',
  agent: 'layla',
  status: 'lead',
  source: 'digital_card',
  budget: { amount: 50_000_000n, currency: 'SAR' },
  country: 'Saudi Arabia',
  paymentTermsDays: 14,
  occurredOn: '2026-11-20',
  today: '2026-11-21',
  name: 'أحمد محمد',
  phone: '+966501234567',
  email: 'ahmed@example.com',
  note: 'Prefers mornings',
} as const satisfies CustomerCommand

export function after(...commands: readonly CustomerCommand[]): readonly CustomerEvent[] {
  return commands.reduce<readonly CustomerEvent[]>(
    (past, command) => given(customer, past).after(command),
    [],
  )
}
