import { type Kysely, sql } from 'kysely'

/** How somebody proved who they are when a session began; until now there was one way. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table identity.session
    add column signed_in_by text not null default 'password'`.execute(db)
  await sql`alter table identity.session alter column signed_in_by drop default`.execute(db)
}
