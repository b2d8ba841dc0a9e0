import type { ReadonlyKysely } from 'kysely/readonly'
import { onlyEvents, type PastSource, rowAsOf } from '../log/past-events.ts'
import type { ReadModels } from '../read-models.ts'
import { type CustomerRow, crmCustomers, customer } from './customers.ts'

/** A customer as at an ordinal of the organisation; of a person who was erased, what can still be read. */
export async function findCustomerAsOf(
  source: PastSource,
  db: ReadonlyKysely<ReadModels>,
  customerId: string,
  until: string,
): Promise<CustomerRow | undefined> {
  const of = { projection: crmCustomers, table: customer, key: { customer_id: customerId } }
  return rowAsOf(source, db, of, until)
}

/** The table without all that does not change how a customer is called, which may be very many events. */
const named = onlyEvents(customer, [
  'CustomerRegistered',
  'CustomerDetailsChanged',
  'CustomerDeleted',
  'PersonRestricted',
  'PersonErased',
])

/** How a customer was called at an ordinal of the organisation; null when nobody knew them. */
export async function customerNameAsOf(
  source: PastSource,
  db: ReadonlyKysely<ReadModels>,
  customerId: string,
  until: string,
): Promise<string | null> {
  const of = { projection: crmCustomers, table: named, key: { customer_id: customerId } }
  return (await rowAsOf(source, db, of, until))?.name ?? null
}
