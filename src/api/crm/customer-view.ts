import { z } from 'zod'
import { customerStatus } from '#domain/crm/customer.ts'
import type { Customer } from '#projections/crm/customer-queries.ts'
import { money, moneyOut } from '../money.ts'

/** A customer as answered. A person who was erased reads `erased`. */
export const customerOut = z
  .strictObject({
    id: z.string(),
    number: z.string().nullable(),
    name: z.string(),
    phone: z.string().nullable(),
    email: z.string().nullable(),
    status: customerStatus,
    agent: z.string(),
    source: z.string().nullable(),
    budget: moneyOut.nullable(),
    country: z.string().nullable(),
    note: z.string().nullable(),
    paymentTermsDays: z.int().nullable(),
    lastContactedOn: z.string().nullable(),
    sales: z.int().describe('Sales recorded and not cancelled.'),
    registeredOn: z.string(),
    registeredAt: z.string(),
    changedAt: z.string(),
    revision: z.int(),
  })
  .meta({ id: 'Customer' })

export function customerView(row: Customer): z.output<typeof customerOut> {
  const { budget_amount: budget, budget_currency: currency } = row
  return {
    id: row.customer_id,
    number: row.number,
    name: row.name,
    phone: row.phone,
    email: row.email,
    status: row.status,
    agent: row.agent,
    source: row.source,
    budget: budget === null || currency === null ? null : money(budget, currency),
    country: row.country,
    note: row.note,
    paymentTermsDays: row.payment_terms_days,
    lastContactedOn: row.last_contacted_on,
    sales: row.sales,
    registeredOn: row.registered_on,
    registeredAt: row.registered_at,
    changedAt: row.changed_at,
    revision: row.revision,
  }
}
