import { ERASED } from '#domain/event-schema.ts'
import type { EventOf } from '#domain/events.ts'
import {
  type Column,
  concerning,
  type Fold,
  type FoldedEvent,
  type Projection,
  type Table,
  table,
} from '../engine/projection.ts'
import { digitsOf, searchText } from '../search-text.ts'
import { readable } from '../readable.ts'

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
  readonly standing: 'open' | 'restricted' | 'erased'
  /** The last day of the term for which a restricted customer is kept; null when only a legal hold keeps them. */
  readonly restricted_until: string | null
  /** Who a restricted customer is, for the few who need it: everywhere else they read `restricted`. */
  readonly restricted_name: string | null
  readonly restricted_phone: string | null
  readonly restricted_email: string | null
  readonly restricted_note: string | null
}

/** What is shown in place of a restricted customer's name. */
export const RESTRICTED = 'restricted'

const NOBODY = {
  restricted_name: null,
  restricted_phone: null,
  restricted_email: null,
  restricted_note: null,
} as const

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
    phone: readable(data.phone),
    email: readable(data.email),
    note: readable(data.note),
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
    standing: 'open',
    restricted_until: null,
    ...NOBODY,
  } as const
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
    phone: readable(given(row.phone, data.phone)),
    email: readable(given(row.email, data.email)),
    note: readable(given(row.note, data.note)),
    country: given(row.country, data.country),
    payment_terms_days: given(row.payment_terms_days, data.paymentTermsDays),
    budget_amount: data.budget === undefined ? row.budget_amount : (data.budget?.amount ?? null),
    budget_currency:
      data.budget === undefined ? row.budget_currency : (data.budget?.currency ?? null),
  }
  return { ...changed, search: searchOf({ ...changed, number: row.number }) }
}

/** Who they are moves out of sight of all who look at or search for customers. */
function restricted(
  row: CustomerRow,
  { until }: EventOf<'PersonRestricted'>['data'],
): Partial<CustomerRow> {
  const since = { standing: 'restricted', restricted_until: until ?? null } as const
  // The term of who is restricted already may change.
  if (row.standing === 'restricted') return since
  return {
    ...nobody(row, RESTRICTED),
    ...since,
    restricted_name: readable(row.name),
    restricted_phone: row.phone,
    restricted_email: row.email,
    restricted_note: row.note,
  }
}

/** Nor have they a number any more, which somebody else may get. */
function erased(row: CustomerRow): Partial<CustomerRow> {
  return {
    ...nobody({ ...row, number: null }, ERASED),
    number: null,
    standing: 'erased',
    restricted_until: null,
    ...NOBODY,
  }
}

/** Found by their number alone, which stands on documents. */
function nobody({ number }: Pick<CustomerRow, 'number'>, name: string): Partial<CustomerRow> {
  const details = { name, phone: null, email: null, note: null }
  return { ...details, search: searchOf({ ...details, number }) }
}

const columns = {
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
} as const satisfies Record<string, Column>

export const customer = table<CustomerRow>({
  name: 'customer',
  columns: {
    ...columns,
    standing: { type: 'text' },
    restricted_until: { type: 'date', nullable: true },
    restricted_name: { type: 'text', nullable: true, personal: 'customer_id' },
    restricted_phone: { type: 'text', nullable: true, personal: 'customer_id' },
    restricted_email: { type: 'text', nullable: true, personal: 'customer_id' },
    restricted_note: { type: 'text', nullable: true, personal: 'customer_id' },
  },
  key: ['customer_id'],
  indexes: [['ordinal'], ['number'], ['search', 'customer_id'], ['standing', 'restricted_until']],
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
    ErasureRequested: change(() => ({})),
    ErasureApproved: change(() => ({})),
    ErasureRejected: change(() => ({})),
    PersonRestricted: change((row, { data }) => restricted(row, data)),
    LegalHoldPlaced: change(() => ({})),
    LegalHoldLifted: change(() => ({})),
    PersonErased: change(erased),
    PersonalTextsErased: change(() => ({})),
    SaleRecorded: ofSale((row) => ({ ...row, sales: row.sales + 1 })),
    SaleCancelled: ofSale((row) => ({ ...row, sales: row.sales - 1 })),
  },
})

/** The same without what it did not know: who is restricted. */
const before: Table = {
  ...customer,
  columns,
  indexes: [['ordinal'], ['number'], ['search', 'customer_id']],
}

/** The customers of an organisation, as lists and pages show them. */
export const crmCustomers: Projection = {
  name: 'crm_customers',
  // Since 4, what may be null keeps nothing of who is erased, whenever their row is folded.
  version: 4,
  tables: [customer],
  // What versions before did not know had not happened yet: their tables are followed, so that who is
  // deleted, restricted or erased leaves them too.
  previous: {
    name: 'crm_customers',
    version: 3,
    tables: [customer],
    previous: {
      name: 'crm_customers',
      version: 2,
      tables: [before],
      previous: { name: 'crm_customers', version: 1, tables: [before] },
    },
  },
}
