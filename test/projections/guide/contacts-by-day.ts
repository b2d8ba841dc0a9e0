import type { ReadonlyKysely } from 'kysely/readonly'
import { type Projection, table } from '#projections/engine/projection.ts'

/** One contact with a customer. */
export type ContactRow = {
  readonly ordinal: string
  readonly day: string
  readonly customer_id: string
}

const contact = table<ContactRow>({
  name: 'contact',
  columns: {
    ordinal: { type: 'bigint' },
    day: { type: 'date' },
    customer_id: { type: 'text' },
  },
  key: ['ordinal'],
  insertOnly: true,
  indexes: [['day']],
  on: {
    CustomerContacted: {
      keys: (event) => [{ ordinal: String(event.ordinal) }],
      fold: (_, event) => ({
        ordinal: String(event.ordinal),
        day: event.data.contactedOn,
        customer_id: event.data.customerId,
      }),
    },
  },
})

/** Contacts with customers, by the day on which they happened. */
export const contactsByDay: Projection = {
  name: 'contacts_by_day',
  version: 1,
  tables: [contact],
}

type Db = ReadonlyKysely<{ 'contacts_by_day.contact': ContactRow }>

/** The figure: how many contacts there were on a day. */
export async function contactsOn(db: Db, day: string): Promise<number> {
  const { count } = await db
    .selectFrom('contacts_by_day.contact')
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .where('day', '=', day)
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** What made it: the ordinals of its events, oldest first. */
export async function eventsOfContactsOn(db: Db, day: string): Promise<readonly number[]> {
  const rows = await db
    .selectFrom('contacts_by_day.contact')
    .select('ordinal')
    .where('day', '=', day)
    .orderBy('ordinal')
    .execute()
  return rows.map(({ ordinal }) => Number(ordinal))
}
