import { type Kysely, sql } from 'kysely'

/** Names of the three roles, quoted for SQL: migrations run as the engine, whose name gives the others. */
export interface QuotedRoles {
  readonly reader: string
  readonly writer: string
  readonly engine: string
}

export async function roleNames(db: Kysely<never>): Promise<QuotedRoles> {
  const { rows } = await sql<QuotedRoles>`
    select quote_ident(prefix || '_reader') as reader, quote_ident(prefix || '_writer') as writer,
      quote_ident(prefix || '_engine') as engine
    from (select regexp_replace(current_user, '_engine$', '') as prefix) as named`.execute(db)
  const roles = rows[0]
  if (roles === undefined) throw new Error('A select without a condition answered no row')
  return roles
}
