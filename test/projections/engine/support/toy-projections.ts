import {
  type Column,
  type FoldedEvent,
  type Projection,
  table,
} from '#projections/engine/projection.ts'

/** Small projections over real event types that use everything the engine offers. */

type ContactRow = {
  readonly customer_id: string
  readonly contacts: number
  readonly first_ordinal: string
  readonly last_on: string
  readonly last_at: string
  readonly currency: string
  readonly total: string
  readonly closed_before: boolean
  readonly days: readonly string[]
  readonly sale_id: string | null
}

type DayRow = {
  readonly contacted_on: string
  readonly customer_id: string
  readonly count: number
}

type VisitRow = {
  readonly ordinal: string
  readonly line: number
  readonly customer_id: string
  readonly contacted_on: string
  readonly words: string
}

const contact = table<ContactRow>({
  name: 'contact',
  columns: {
    customer_id: { type: 'text' },
    contacts: { type: 'integer' },
    first_ordinal: { type: 'bigint' },
    last_on: { type: 'date' },
    last_at: { type: 'timestamptz' },
    currency: { type: 'text' },
    total: { type: 'numeric' },
    closed_before: { type: 'boolean' },
    days: { type: 'jsonb' },
    sale_id: { type: 'text', nullable: true },
  },
  key: ['customer_id'],
  indexes: [['last_on', 'customer_id'], ['lower(currency)']],
  on: {
    CustomerContacted: {
      keys: (event) => [{ customer_id: event.data.customerId }],
      fold: (row, event, context) => ({
        customer_id: event.data.customerId,
        contacts: (row?.contacts ?? 0) + 1,
        first_ordinal: row?.first_ordinal ?? String(event.ordinal),
        last_on: event.data.contactedOn,
        last_at: event.metadata.recordedAt,
        currency: context.baseCurrency,
        total: String(BigInt(row?.total ?? '0') + BigInt(event.organisationOrdinal)),
        closed_before: row?.closed_before ?? false,
        days: [...(row?.days ?? []), event.data.contactedOn].slice(-3),
        sale_id: event.data.saleId ?? row?.sale_id ?? null,
      }),
    },
    // Closing deletes; a contact afterwards begins anew.
    CustomerStatusChanged: {
      keys: (event) => [{ customer_id: event.data.customerId }],
      fold: (row, event) =>
        event.data.to === 'closed' ? undefined : row && { ...row, closed_before: true },
    },
  },
})

const day = table<DayRow>({
  name: 'day',
  columns: {
    contacted_on: { type: 'date' },
    customer_id: { type: 'text' },
    count: { type: 'integer' },
  },
  key: ['contacted_on', 'customer_id'],
  on: {
    CustomerContacted: {
      keys: (event) => [
        { contacted_on: event.data.contactedOn, customer_id: event.data.customerId },
        { contacted_on: event.data.contactedOn, customer_id: 'everybody' },
      ],
      fold: (row, event, _, key) => ({
        contacted_on: event.data.contactedOn,
        customer_id: key.customer_id ?? '',
        count: (row?.count ?? 0) + 1,
      }),
    },
  },
})

const visit = table<VisitRow>({
  name: 'visit',
  columns: {
    ordinal: { type: 'bigint' },
    line: { type: 'integer' },
    customer_id: { type: 'text' },
    contacted_on: { type: 'date' },
    words: { type: 'text' },
  },
  key: ['ordinal', 'line'],
  insertOnly: true,
  indexes: [['customer_id']],
  on: {
    CustomerContacted: {
      keys: (event) => [1, 2].map((line) => ({ ordinal: String(event.ordinal), line })),
      fold: (_, event, __, key) => ({
        ordinal: String(event.ordinal),
        line: key.line ?? 0,
        customer_id: event.data.customerId,
        contacted_on: event.data.contactedOn,
        words: event.data.saleId ?? 'a\tb\\c\n\rd',
      }),
    },
  },
})

// Every visit has two lines: what a statement inserts is checked as a whole.
const refuseOdd = `
create function :schema.refuse_odd() returns trigger language plpgsql as $$
begin
  if exists (select from inserted group by organisation, ordinal having count(*) <> 2) then
    raise exception 'a visit has two lines' using errcode = 'check_violation';
  end if;
  return null;
end $$;
create trigger refuse_odd after insert on :schema.visit
  referencing new table as inserted for each statement execute function :schema.refuse_odd();
create view :schema.busy with (security_invoker = true) as
  select * from :schema.contact where contacts > 2;`

export const contacts: Projection = {
  name: 'toy_contacts',
  version: 1,
  tables: [contact, day, visit],
  sql: refuseOdd,
  invariant: `select organisation, ordinal from :schema.visit group by 1, 2 having count(*) <> 2`,
}

type NoteRow = { readonly sale_id: string; readonly customer_id: string; readonly notes: number }

/** Another that folds other types of events. */
export const notes: Projection = {
  name: 'toy_notes',
  version: 1,
  tables: [
    table<NoteRow>({
      name: 'note',
      columns: {
        sale_id: { type: 'text' },
        customer_id: { type: 'text' },
        notes: { type: 'integer' },
      },
      key: ['sale_id'],
      on: {
        CustomerSaleNoted: {
          keys: (event) => [{ sale_id: event.data.saleId }],
          fold: (row, event) => ({
            sale_id: event.data.saleId,
            customer_id: event.data.customerId,
            notes: (row?.notes ?? 0) + 1,
          }),
        },
        CustomerSaleNoteReleased: {
          keys: (event) => [{ sale_id: event.data.saleId }],
          fold: () => undefined,
        },
      },
    }),
  ],
}

/** One row per event of the types given; throws where `throwsAt` says. */
export function counting(
  name: string,
  throwsAt: (event: FoldedEvent) => boolean = () => false,
): Projection {
  return {
    name,
    version: 1,
    tables: [
      table<{ readonly customer_id: string; readonly count: number }>({
        name: 'count',
        columns: { customer_id: { type: 'text' }, count: { type: 'integer' } },
        key: ['customer_id'],
        on: {
          CustomerContacted: {
            keys: (event) => [{ customer_id: event.data.customerId }],
            fold: (row, event) => {
              if (throwsAt(event)) throw new Error('this fold is broken')
              return { customer_id: event.data.customerId, count: (row?.count ?? 0) + 1 }
            },
          },
        },
      }),
    ],
  }
}

type TallyRow = {
  readonly customer_id: string
  readonly contacts: number
  /** What a contact counts: the sum of contacts over it is how many events stand in the table. */
  readonly weight: number
  readonly last_on?: string
}
type TallyColumns = Readonly<Record<keyof TallyRow, Column>>

/**
 * The versions of a projection whose fold changes: each contact counts as `weight`. Version 3 also has a
 * column that those before it lack.
 */
export function tally(
  version: number,
  {
    previous,
    weight = version,
    throwsAt = () => false,
  }: {
    readonly previous?: Projection
    readonly weight?: number
    readonly throwsAt?: (event: FoldedEvent) => boolean
  } = {},
): Projection {
  const isWide = version >= 3
  const narrow = {
    customer_id: { type: 'text' },
    contacts: { type: 'integer' },
    weight: { type: 'integer' },
  } as const
  return {
    name: 'toy_tally',
    version,
    tables: [
      table<TallyRow>({
        name: 'tally',
        columns: (isWide ? { ...narrow, last_on: { type: 'date' } } : narrow) as TallyColumns,
        key: ['customer_id'],
        on: {
          CustomerContacted: {
            keys: ({ data }) => [{ customer_id: data.customerId }],
            fold: (row, event) => {
              if (throwsAt(event)) throw new Error('this fold is broken')
              return {
                customer_id: event.data.customerId,
                contacts: (row?.contacts ?? 0) + weight,
                weight,
                ...(isWide ? { last_on: event.data.contactedOn } : {}),
              }
            },
          },
        },
      }),
    ],
    ...(previous === undefined ? {} : { previous }),
  }
}
