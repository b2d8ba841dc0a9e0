import { type Kysely, sql } from 'kysely'
import { roleNames } from './role-names.ts'

/**
 * How tables of read models become readable. The program makes roles and schema `daybook` before the
 * first migration; migrations run as the engine, which therefore owns whatever they make. Nothing is
 * readable by default: a schema is published as a whole, and only when row-level security guards it.
 */
export async function up(db: Kysely<never>): Promise<void> {
  const { writer } = await roleNames(db)
  await sql`alter default privileges revoke execute on functions from public`.execute(db)
  await sql`grant usage on schema daybook to ${sql.raw(writer)}`.execute(db)
  await sql.raw(publishSchema).execute(db)
}

// The reader sees the rows of the organisation that the transaction is set to, and none without one.
// The writer looks up what commands need (outcomes) whichever organisation it is of.
const publishSchema = `
create function daybook.publish_schema(schema_name text) returns void language plpgsql as $$
declare
  reader text := regexp_replace(current_user, '_engine$', '') || '_reader';
  writer text := regexp_replace(current_user, '_engine$', '') || '_writer';
  relation record;
begin
  for relation in
    select c.oid, c.relname, c.relkind, c.reloptions,
      exists (select from pg_attribute a
        where a.attrelid = c.oid and a.attname = 'organisation' and not a.attisdropped) as has_organisation
    from pg_class c
    where c.relnamespace = to_regnamespace(quote_ident(schema_name)) and c.relkind in ('r', 'p', 'v', 'm', 'f')
  loop
    if relation.relkind = 'v' then
      if not coalesce('security_invoker=true' = any (relation.reloptions), false) then
        raise exception 'view %.% must be made with (security_invoker = true) to be published',
          schema_name, relation.relname;
      end if;
      continue;
    end if;
    if relation.relkind not in ('r', 'p') or not relation.has_organisation then
      raise exception '%.% must be a table with a column organisation to be published',
        schema_name, relation.relname;
    end if;
    execute format('alter table %I.%I enable row level security', schema_name, relation.relname);
    execute format('drop policy if exists organisation on %I.%I', schema_name, relation.relname);
    execute format(
      'create policy organisation on %I.%I for select to %I using (organisation = current_setting(''daybook.organisation'', true))',
      schema_name, relation.relname, reader);
    execute format('drop policy if exists commands on %I.%I', schema_name, relation.relname);
    execute format('create policy commands on %I.%I for select to %I using (true)',
      schema_name, relation.relname, writer);
  end loop;
  execute format('grant usage on schema %I to %I, %I', schema_name, reader, writer);
  execute format('grant select on all tables in schema %I to %I, %I', schema_name, reader, writer);
  execute format('grant execute on all functions in schema %I to %I, %I', schema_name, reader, writer);
end $$`
