import { type Kysely, sql } from 'kysely'

/** Who runs a process, as `daybook.projection_loop` says who follows the log for a projection. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table daybook.process_checkpoint add column owner text`.execute(db)
}
