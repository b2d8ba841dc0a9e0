import { schemaOf } from './connect.ts'

const schema = schemaOf('ledger')

export const createLedgerTables = `
create schema ${schema};
create table ${schema}.entry (
  organisation text collate "C" not null, number bigint not null, ordinal bigint not null,
  event_id uuid not null, type text not null, document_kind text not null,
  document_id text not null, reference text, mirrors text, currency text not null,
  amount bigint not null, occurred_on date not null, posted_on date not null,
  late boolean not null, recorded_at timestamptz not null);
create table ${schema}.posting (
  organisation text collate "C" not null, entry bigint not null, line integer not null,
  account text not null, party text not null, currency text not null,
  amount bigint not null, occurred_on date not null, posted_on date not null);
create table ${schema}.account_balance (
  organisation text collate "C" not null, account text collate "C" not null,
  currency text collate "C" not null, debit numeric not null, credit numeric not null
) with (fillfactor = 85);
create table ${schema}.party_balance (
  organisation text collate "C" not null, account text collate "C" not null,
  party text collate "C" not null, currency text collate "C" not null,
  debit numeric not null, credit numeric not null
) with (fillfactor = 85)`

/** The longest first, for two that work at the same time. */
export const finishLedgerTables = [
  `create index on ${schema}.posting (organisation, party, account, posted_on, entry);
   analyze ${schema}.posting`,
  `create index on ${schema}.posting (organisation, account, posted_on, entry)`,
  `alter table ${schema}.posting add primary key (organisation, entry, line)`,
  `alter table ${schema}.entry add primary key (organisation, number)`,
  `create index on ${schema}.entry (organisation, posted_on, number);
   create index on ${schema}.entry (organisation, document_id);
   analyze ${schema}.entry`,
  `alter table ${schema}.party_balance add primary key (organisation, account, party, currency);
   create index on ${schema}.party_balance (organisation, party, account);
   analyze ${schema}.party_balance;
   alter table ${schema}.account_balance add primary key (organisation, account, currency);
   analyze ${schema}.account_balance`,
]
