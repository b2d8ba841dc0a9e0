import { type Kysely, sql } from 'kysely'
import { roleNames } from './role-names.ts'

/**
 * A reader may see how many events of its own organisation each read model has considered, in the same
 * moment as its rows: an answer says so, and can be asked for again as known then.
 */
export async function up(db: Kysely<never>): Promise<void> {
  const { reader } = await roleNames(db)
  await sql`alter table daybook.projection_context enable row level security`.execute(db)
  await sql`
    create policy organisation on daybook.projection_context for select to ${sql.raw(reader)}
    using (organisation = current_setting('daybook.organisation', true))`.execute(db)
  await sql`
    grant select (schema_name, organisation, ordinal)
    on daybook.projection_context to ${sql.raw(reader)}`.execute(db)
}
