import type { EventOf } from '#domain/events.ts'
import {
  concerning,
  type Fold,
  type FoldedEvent,
  type Projection,
  table,
} from '../engine/projection.ts'
import { digitsOf, searchText } from '../search-text.ts'

/** All that a list of customers or the page of one shows. */
export type CustomerRow = {
  readonly customer_id: string
  readonly number: string | null
  readonly agent: string
  readonly status: EventOf<'CustomerRegistered'>['data']['status']
  readonly source: string | null
  readonly name: string
  readonly phone: string | null
  readonly email: string | null
  readonly note: string | null
  readonly country: string | null
  readonly budget_amount: string | null
  readonly budget_currency: string | null
  readonly payment_terms_days: number | null
  readonly last_contacted_on: string | null
  /** Sales recorded and not cancelled. */
  readonly sales: number
  readonly registered_on: string
  readonly registered_at: string
  readonly changed_at: string
  /** Of the customer's stream. */
  readonly revision: number
  /** The organisation's ordinal of the registration: newer customers have higher ones. */
  readonly ordinal: string
  /** What the customer can be found by; begins with the name, so that it sorts by it too. */
  readonly search: string
}

type OfCustomer = { readonly data: { readonly customerId: string } }

const byCustomer = (event: OfCustomer): readonly Partial<CustomerRow>[] => [
  { customer_id: event.data.customerId },
]

/** An event of the customer's own stream. */
function change<Event extends OfCustomer>(
  how: (row: CustomerRow, event: FoldedEvent<Event>) => Partial<CustomerRow>,
): Fold<CustomerRow, Event> {
  return {
    keys: byCustomer,
    fold: (row, event) =>
      row && {
        ...row,
        ...how(row, event),
        changed_at: event.metadata.recordedAt,
        revision: event.revision,
      },
  }
}

/** An event of a sale, which may have no customer. */
function ofSale<Event extends { readonly data: { readonly customerId?: string | undefined } }>(
  how: (row: CustomerRow) => CustomerRow,
): Fold<CustomerRow, Event> {
  return {
    keys: ({ data: { customerId } }) =>
      customerId === undefined ? [] : [{ customer_id: customerId }],
    fold: (row) => row && how(row),
  }
}

function searchOf(row: Pick<CustomerRow, 'name' | 'number' | 'email' | 'phone'>): string {
  const digits = row.phone === null ? null : digitsOf(row.phone)
  return searchText([row.name, row.number, row.email, row.phone, digits])
}

function registered(event: FoldedEvent<EventOf<'CustomerRegistered'>>): CustomerRow {
  const { data } = event
  const row = {
    customer_id: data.customerId,
    number: data.number ?? null,
    agent: data.agent,
    status: data.status,
    source: data.source ?? null,
    name: data.name,
    phone: data.phone ?? null,
    email: data.email ?? null,
    note: data.note ?? null,
    country: data.country ?? null,
    budget_amount: data.budget?.amount ?? null,
    budget_currency: data.budget?.currency ?? null,
    payment_terms_days: data.paymentTermsDays ?? null,
    last_contacted_on: null,
    sales: 0,
    registered_on: data.occurredOn,
    registered_at: event.metadata.recordedAt,
    changed_at: event.metadata.recordedAt,
    revision: event.revision,
    ordinal: String(event.organisationOrdinal),
  }
  return { ...row, search: searchOf(row) }
}

/** `undefined` leaves a value as it was, `null` clears it. */
function given<Value>(now: Value, value: Value | undefined): Value {
  return value === undefined ? now : value
}

function details(row: CustomerRow, { data }: EventOf<'CustomerDetailsChanged'>) {
  const changed = {
    agent: given(row.agent, data.agent),
    source: given(row.source, data.source),
    name: given(row.name, data.name),
    phone: given(row.phone, data.phone),
    email: given(row.email, data.email),
    note: given(row.note, data.note),
    country: given(row.country, data.country),
    payment_terms_days: given(row.payment_terms_days, data.paymentTermsDays),
    budget_amount: data.budget === undefined ? row.budget_amount : (data.budget?.amount ?? null),
    budget_currency:
      data.budget === undefined ? row.budget_currency : (data.budget?.currency ?? null),
  }
  return { ...changed, search: searchOf({ ...changed, number: row.number }) }
}

export const customer = table<CustomerRow>({
  name: 'customer',
  columns: {
    customer_id: { type: 'text' },
    number: { type: 'text', nullable: true },
    agent: { type: 'text' },
    status: { type: 'text' },
    source: { type: 'text', nullable: true },
    name: { type: 'text', personal: 'customer_id' },
    phone: { type: 'text', nullable: true, personal: 'customer_id' },
    email: { type: 'text', nullable: true, personal: 'customer_id' },
    note: { type: 'text', nullable: true, personal: 'customer_id' },
    country: { type: 'text', nullable: true },
    budget_amount: { type: 'bigint', nullable: true },
    budget_currency: { type: 'text', nullable: true },
    payment_terms_days: { type: 'integer', nullable: true },
    last_contacted_on: { type: 'date', nullable: true },
    sales: { type: 'integer' },
    registered_on: { type: 'date' },
    registered_at: { type: 'timestamptz' },
    changed_at: { type: 'timestamptz' },
    revision: { type: 'integer' },
    ordinal: { type: 'bigint' },
    search: { type: 'text', personal: 'customer_id' },
  },
  key: ['customer_id'],
  indexes: [['ordinal'], ['number'], ['search', 'customer_id']],
  madeBy: ({ customer_id: id }) => concerning('customer', id),
  on: {
    CustomerRegistered: { keys: byCustomer, fold: (_, event) => registered(event) },
    CustomerDetailsChanged: change(details),
    CustomerStatusChanged: change((_, { data }) => ({ status: data.to })),
    CustomerContacted: change((row, { data }) => ({
      last_contacted_on:
        row.last_contacted_on !== null && row.last_contacted_on > data.contactedOn
          ? row.last_contacted_on
          : data.contactedOn,
    })),
    CustomerSaleNoted: change(() => ({})),
    CustomerSaleNoteReleased: change(() => ({})),
    CustomerDocumentNoted: change(() => ({})),
    CustomerDocumentNoteReleased: change(() => ({})),
    CustomerDeleted: { keys: byCustomer, fold: () => undefined },
    SaleRecorded: ofSale((row) => ({ ...row, sales: row.sales + 1 })),
    SaleCancelled: ofSale((row) => ({ ...row, sales: row.sales - 1 })),
  },
})

/** The customers of an organisation, as lists and pages show them. */
export const crmCustomers: Projection = {
  name: 'crm_customers',
  version: 2,
  tables: [customer],
  // What version 1 did not know had not happened yet: its tables are followed, so that who is deleted
  // leaves them too.
  previous: { name: 'crm_customers', version: 1, tables: [customer] },
}
