import { type Kysely, sql } from 'kysely'

/** Its figures are sums of the deltas of `analytics` now; nobody would follow its tables any longer. */
export async function up(db: Kysely<never>): Promise<void> {
  for (const slot of ['', '__next', '__previous', '__verify']) {
    await sql`drop schema if exists ${sql.ref(`finance_statistics${slot}`)} cascade`.execute(db)
  }
  for (const table of ['projection', 'projection_loop', 'projection_rebuild']) {
    await sql`delete from ${sql.table(`daybook.${table}`)} where name = 'finance_statistics'`.execute(
      db,
    )
  }
}
