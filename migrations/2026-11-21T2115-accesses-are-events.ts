import { type Kysely, sql } from 'kysely'

/** Looks into the log are events of it from here on. No release has kept any in a table. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`drop table daybook.access`.execute(db)
}
