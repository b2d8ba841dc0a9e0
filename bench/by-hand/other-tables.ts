import { schemaOf } from './connect.ts'

const crm = schemaOf('crm_customers')
const sales = schemaOf('finance_sales')
const analytics = schemaOf('analytics')
const index = schemaOf('event_index')
const outcomes = schemaOf('command_outcomes')

const organisation = 'organisation text collate "C" not null'
/** Room on each page, as tables have whose rows change. */
const kept = 'with (fillfactor = 85)'

/** Every table but the ledger's. */
export const createOtherTables = `
create schema ${crm}; create schema ${sales}; create schema ${analytics};
create schema ${index}; create schema ${outcomes};
create table ${crm}.customer (
  ${organisation}, customer_id text collate "C" not null, number text, agent text not null,
  status text not null, source text, name text not null, phone text, email text, note text,
  country text, budget_amount bigint, budget_currency text, payment_terms_days integer,
  last_contacted_on date, sales integer not null, registered_on date not null,
  registered_at timestamptz not null, changed_at timestamptz not null, revision integer not null,
  ordinal bigint not null, search text not null) ${kept};
create table ${sales}.sale (
  ${organisation}, sale_id text collate "C" not null, source text, number text, customer_id text,
  agent text not null, basis text not null, currency text not null, net bigint not null,
  tax bigint not null, gross bigint not null, paid numeric not null, overpaid numeric not null,
  credited numeric not null, allocated numeric not null, written_off numeric not null,
  cancelled numeric not null, owed numeric not null, client_money numeric not null,
  commission_tier text, commission_rate numeric, commission_net numeric not null,
  commission_accrued numeric not null, commission_taken_back numeric not null,
  commission_paid numeric not null, commission_due_on date, status text not null,
  occurred_on date not null, due_on date not null, cancelled_on date, cancel_reason text,
  property_type text, location text, recorded_at timestamptz not null, revision integer not null,
  ordinal bigint not null, search text not null) ${kept};
create table ${sales}.document_lines (
  ${organisation}, document_id text collate "C" not null, lines jsonb not null,
  taxes jsonb not null, exact text, ordinal bigint not null);
create table ${sales}.payment (
  ${organisation}, sale_id text collate "C" not null, payment_id text collate "C" not null,
  customer_id text, agent text not null, basis text not null, currency text not null,
  purpose text not null, route text not null, method text, amount bigint not null,
  to_receivable bigint not null, to_credit bigint not null, to_client_money bigint not null,
  reference text, occurred_on date not null, recorded_at timestamptz not null, reversed_on date,
  reversal_cause text, ordinal bigint not null) ${kept};
create table ${sales}.credit_note (
  ${organisation}, credit_note_id text collate "C" not null, source text, number text,
  customer_id text, sale_id text, agent text not null, basis text not null,
  currency text not null, net bigint not null, tax bigint not null, gross bigint not null,
  refund_method text, occurred_on date not null, recorded_at timestamptz not null,
  revision integer not null, ordinal bigint not null) ${kept};
create table ${sales}.bad_debt (
  ${organisation}, bad_debt_id text collate "C" not null, source text, number text,
  customer_id text, sale_id text, currency text not null, written_off numeric not null,
  reversed numeric not null, recovered numeric not null, reason text, occurred_on date not null,
  recorded_at timestamptz not null, revision integer not null, ordinal bigint not null) ${kept};
create table ${sales}.customer_credit (
  ${organisation}, customer_id text collate "C" not null, currency text collate "C" not null,
  received numeric not null, reserved numeric not null, allocated numeric not null,
  refunded numeric not null, available numeric not null, revision integer not null) ${kept};
create table ${analytics}.delta (
  ${organisation}, user_id text collate "C" not null, day date not null,
  measure text collate "C" not null, ordinal bigint not null, event_id uuid not null,
  count integer not null, currency text not null, amount bigint not null);
create table ${index}.event (
  ${organisation}, ordinal bigint not null, organisation_ordinal bigint not null,
  event_id uuid not null, stream text not null, category text not null,
  revision integer not null, type text not null, actor text not null, actor_kind text not null,
  correlation_id text not null, causation_id text, command_id text not null,
  recorded_at timestamptz not null, recorded_on date not null, recorded_minute integer not null,
  occurred_on date, amount bigint, currency text);
create table ${index}.reference (
  ${organisation}, kind text collate "C" not null, id text collate "C" not null,
  organisation_ordinal bigint not null);
create table ${outcomes}.outcome (
  ${organisation}, command_id text collate "C" not null, stream text collate "C" not null,
  first_revision integer not null, last_revision integer not null,
  body_hash text, actor text not null, recorded_at timestamptz not null) ${kept}`

/** The longest first, for two that work at the same time. */
export const finishOtherTables = [
  `alter table ${index}.reference add primary key (organisation, kind, id, organisation_ordinal);
   analyze ${index}.reference`,
  `create index on ${index}.event (organisation, stream, revision); analyze ${index}.event`,
  `create index on ${index}.event (organisation, correlation_id, organisation_ordinal)`,
  `alter table ${outcomes}.outcome add primary key (organisation, command_id, stream);
   analyze ${outcomes}.outcome`,
  `alter table ${analytics}.delta add primary key (organisation, user_id, day, measure, ordinal)`,
  `create index on ${analytics}.delta (organisation, day); analyze ${analytics}.delta`,
  `create index on ${index}.event (organisation, event_id)`,
  `create index on ${index}.event (organisation, command_id)`,
  `create index on ${index}.event (organisation, causation_id);
   create index on ${index}.event (organisation, currency, amount)`,
  `create index on ${index}.event (organisation, type, organisation_ordinal)`,
  `create index on ${index}.event (organisation, actor, organisation_ordinal)`,
  `create index on ${index}.event (organisation, recorded_at, organisation_ordinal)`,
  `alter table ${index}.event add primary key (organisation, organisation_ordinal)`,
  `alter table ${sales}.payment add primary key (organisation, sale_id, payment_id);
   analyze ${sales}.payment`,
  `alter table ${sales}.sale add primary key (organisation, sale_id)`,
  `create index on ${sales}.sale (organisation, occurred_on, ordinal);
   create index on ${sales}.sale (organisation, customer_id, occurred_on, ordinal);
   create index on ${sales}.sale (organisation, number); analyze ${sales}.sale`,
  `alter table ${sales}.document_lines add primary key (organisation, document_id, ordinal);
   analyze ${sales}.document_lines`,
  `alter table ${sales}.credit_note add primary key (organisation, credit_note_id);
   create index on ${sales}.credit_note (organisation, occurred_on, ordinal);
   create index on ${sales}.credit_note (organisation, customer_id);
   create index on ${sales}.credit_note (organisation, sale_id); analyze ${sales}.credit_note`,
  `alter table ${crm}.customer add primary key (organisation, customer_id);
   create index on ${crm}.customer (organisation, ordinal);
   create index on ${crm}.customer (organisation, number);
   create index on ${crm}.customer (organisation, search, customer_id); analyze ${crm}.customer`,
  `alter table ${sales}.customer_credit add primary key (organisation, customer_id, currency);
   analyze ${sales}.customer_credit;
   alter table ${sales}.bad_debt add primary key (organisation, bad_debt_id);
   create index on ${sales}.bad_debt (organisation, occurred_on, ordinal);
   create index on ${sales}.bad_debt (organisation, customer_id); analyze ${sales}.bad_debt`,
]
