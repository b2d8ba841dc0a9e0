import { type Kysely, sql } from 'kysely'
import { roleNames } from './role-names.ts'

/**
 * A reader may see how far each read model has come, in the same moment as its rows: a row that is
 * folded again is compared at the place that it was written for.
 */
export async function up(db: Kysely<never>): Promise<void> {
  const { reader } = await roleNames(db)
  await sql`grant usage on schema daybook to ${sql.raw(reader)}`.execute(db)
  await sql`grant select (schema_name, ordinal) on daybook.projection to ${sql.raw(reader)}`.execute(
    db,
  )
}
