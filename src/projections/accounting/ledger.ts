import type { Projection } from '../engine/projection.ts'
import { accountBalance, partyBalance } from './balances.ts'
import { entry } from './entry.ts'
import { posting } from './posting.ts'

// An entry is written whole by one statement, so a statement is enough to see whether it balances.
const refuseUnbalanced = `
create function :schema.refuse_unbalanced() returns trigger language plpgsql as $$
declare
  broken record;
begin
  select organisation, entry, currency, sum(amount) as difference into broken
    from inserted
    group by organisation, entry, currency
    having sum(amount) <> 0
    limit 1;
  if found then
    raise exception 'Entry % of % does not balance: its debits exceed its credits by % % (minor units)',
      broken.entry, broken.organisation, broken.difference, broken.currency
      using errcode = 'check_violation';
  end if;
  return null;
end
$$;
create trigger refuse_unbalanced after insert on :schema.posting
  referencing new table as inserted
  for each statement execute function :schema.refuse_unbalanced();
`

const invariant = `
select 'entry does not balance' as finding, organisation, entry::text as subject, currency,
    sum(amount)::text as difference
  from :schema.posting
  group by organisation, entry, currency
  having sum(amount) <> 0
union all
select 'account balance differs from its postings', coalesce(b.organisation, p.organisation),
    coalesce(b.account, p.account), coalesce(b.currency, p.currency),
    (coalesce(b.debit - b.credit, 0) - coalesce(p.amount, 0))::text
  from :schema.account_balance b
  full join (
    select organisation, account, currency, sum(amount) as amount
      from :schema.posting group by organisation, account, currency
  ) p using (organisation, account, currency)
  where coalesce(b.debit - b.credit, 0) <> coalesce(p.amount, 0)
union all
select 'control account differs from its parties', b.organisation, b.account, b.currency,
    (b.debit - b.credit - p.amount)::text
  from :schema.account_balance b
  join (
    select organisation, account, currency, sum(debit - credit) as amount
      from :schema.party_balance group by organisation, account, currency
  ) p using (organisation, account, currency)
  where b.debit - b.credit <> p.amount
`

/** The double-entry ledger: every fact of money as an entry, and the balances that they sum to. */
export const ledger: Projection = {
  name: 'ledger',
  version: 1,
  tables: [entry, posting, accountBalance, partyBalance],
  sql: refuseUnbalanced,
  invariant,
}
