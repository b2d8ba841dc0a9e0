import type { ReadonlyKysely } from 'kysely/readonly'
import { type PastSource, rowAsOf } from '../log/past-events.ts'
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
