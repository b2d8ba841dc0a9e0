import { z } from 'zod'
import type { CustomerEvent } from '#domain/crm/customer.ts'
import type { RecordedEvent } from '#log/recorded-event.ts'
import { dataOf, needData } from '../command-answers.ts'
import { money, moneyOut } from '../money.ts'
import { statusOfCustomer } from './customer-body.ts'

/** Answers to commands on customers, made from the command's own events. */

type CustomerEvents = readonly RecordedEvent<CustomerEvent>[]
type Budget = { readonly amount: string; readonly currency: string } | null | undefined

const text = z.string().nullable()

export const customerRegisteredOut = z
  .strictObject({
    id: z.string(),
    number: text,
    name: z.string(),
    phone: text,
    email: text,
    status: statusOfCustomer,
    agent: z.string(),
    source: text,
    budget: moneyOut.nullable(),
    country: text,
    note: text,
    paymentTermsDays: z.int().nullable(),
    registeredOn: z.string(),
  })
  .meta({ id: 'CustomerRegistered' })

export function customerRegisteredView(
  events: CustomerEvents,
): z.output<typeof customerRegisteredOut> {
  const data = needData(events, 'CustomerRegistered')
  return {
    id: data.customerId,
    number: data.number ?? null,
    name: data.name,
    phone: data.phone ?? null,
    email: data.email ?? null,
    status: data.status,
    agent: data.agent,
    source: data.source ?? null,
    budget: budgetView(data.budget) ?? null,
    country: data.country ?? null,
    note: data.note ?? null,
    paymentTermsDays: data.paymentTermsDays ?? null,
    registeredOn: data.occurredOn,
  }
}

export const customerChangedOut = z
  .strictObject({
    id: z.string(),
    changed: z
      .strictObject({
        name: z.string(),
        phone: text,
        email: text,
        agent: z.string(),
        source: text,
        budget: moneyOut.nullable(),
        country: text,
        note: text,
        paymentTermsDays: z.int().nullable(),
        status: statusOfCustomer,
      })
      .partial()
      .describe('What changed; empty when there was nothing to do.'),
  })
  .meta({ id: 'CustomerChanged' })

export function customerChangedView(
  id: string,
  events: CustomerEvents,
): z.output<typeof customerChangedOut> {
  const {
    customerId: _,
    agentBefore: _before,
    budget,
    ...details
  } = dataOf(events, 'CustomerDetailsChanged') ?? {}
  const status = dataOf(events, 'CustomerStatusChanged')?.to
  const changed = { ...details, budget: budgetView(budget), status }
  return { id, changed: Object.fromEntries(definedEntries(changed)) }
}

/** Absent stays absent, `null` was cleared. */
function budgetView(budget: Budget) {
  return budget && money(budget.amount, budget.currency)
}

function definedEntries(fields: object): [string, unknown][] {
  return Object.entries(fields).filter(([, value]) => value !== undefined)
}
