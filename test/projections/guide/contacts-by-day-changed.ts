import { type Projection, table } from '#projections/engine/projection.ts'
import { type ContactRow, contactsByDay as first } from './contacts-by-day.ts'

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
      // Version 1 counted the contacts that a sale made by itself.
      keys: ({ ordinal, data }) =>
        data.saleId === undefined ? [{ ordinal: String(ordinal) }] : [],
      fold: (_, event) => ({
        ordinal: String(event.ordinal),
        day: event.data.contactedOn,
        customer_id: event.data.customerId,
      }),
    },
  },
})

/** Contacts with customers, by the day on which they happened, without those that are sales. */
export const contactsByDay: Projection = {
  name: 'contacts_by_day',
  version: 2,
  tables: [contact],
  previous: first,
}
