import { z } from 'zod'
import type { Customer } from '#projections/crm/customer-queries.ts'
import { money, moneyOut } from '../money.ts'
import { statusOfCustomer } from './customer-body.ts'

/** A customer as answered. Who was erased reads `erased`, and who is restricted `restricted` to most. */
export const customerOut = z
  .strictObject({
    id: z.string(),
    number: z.string().nullable(),
    name: z.string(),
    phone: z.string().nullable(),
    email: z.string().nullable(),
    status: statusOfCustomer,
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
    standing: z
      .enum(['open', 'restricted', 'erased'])
      .describe('Who is restricted is shown to few, until the law lets them be erased.'),
    restrictedUntil: z.string().nullable().describe('The last day of the term.'),
  })
  .meta({ id: 'Customer' })

/** `seesAll`: with who a restricted customer is. */
export function customerView(row: Customer, seesAll: boolean): z.output<typeof customerOut> {
  const { budget_amount: budget, budget_currency: currency } = row
  return {
    id: row.customer_id,
    number: row.number,
    ...(seesAll && row.standing === 'restricted' ? restrictedDetails(row) : detailsOf(row)),
    status: row.status,
    agent: row.agent,
    source: row.source,
    budget: budget === null || currency === null ? null : money(budget, currency),
    country: row.country,
    paymentTermsDays: row.payment_terms_days,
    lastContactedOn: row.last_contacted_on,
    sales: row.sales,
    registeredOn: row.registered_on,
    registeredAt: row.registered_at,
    changedAt: row.changed_at,
    revision: row.revision,
    standing: row.standing,
    restrictedUntil: row.restricted_until,
  }
}

type Details = Pick<z.output<typeof customerOut>, 'name' | 'phone' | 'email' | 'note'>

function detailsOf({ name, phone, email, note }: Customer): Details {
  return { name, phone, email, note }
}

function restrictedDetails(row: Customer): Details {
  return {
    name: row.restricted_name ?? row.name,
    phone: row.restricted_phone,
    email: row.restricted_email,
    note: row.restricted_note,
  }
}
