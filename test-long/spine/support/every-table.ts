import type pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import type { Database } from '#adapters/database/database.ts'

/** Where something stands in the database. */
export interface Place {
  /** `schema.table`. */
  readonly table: string
  /** The row as COPY writes it. */
  readonly row: string
}

/** Catalogues that only a superuser may read; of the statistics among them, `pg_stats` shows all. */
const SUPERUSERS_ONLY = [
  'information_schema.sql_parts',
  'pg_catalog.pg_authid',
  'pg_catalog.pg_largeobject',
  'pg_catalog.pg_statistic',
  'pg_catalog.pg_statistic_ext_data',
  'pg_catalog.pg_subscription',
  'pg_catalog.pg_user_mapping',
]

/**
 * Every row of every table of every schema in which one of these texts stands, the database's own
 * catalogues and statistics included. Also: how many tables were read.
 *
 * @throws when a table cannot be read that is not known to be the superuser's.
 */
export async function rowsWith(
  database: Database,
  texts: readonly string[],
): Promise<{ readonly places: readonly Place[]; readonly tables: readonly string[] }> {
  const client = await database.connect('engine')
  try {
    await client.query('analyze').catch(() => undefined)
    const places: Place[] = []
    const tables = await tablesOf(client)
    for (const table of [...tables, 'pg_catalog.pg_stats']) {
      const what = table === 'pg_catalog.pg_stats' ? '(select * from pg_stats)' : table
      for await (const row of copied(client, what)) {
        if (texts.some((text) => row.includes(text))) places.push({ table, row })
      }
    }
    return { places, tables }
  } finally {
    await client.end()
  }
}

async function tablesOf(client: pg.Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string; readable: boolean }>(
    `select format('%I.%I', nspname, relname) as name,
       has_table_privilege(c.oid, 'select') as readable
     from pg_class c join pg_namespace n on n.oid = relnamespace
     where relkind in ('r', 'm') order by 1`,
  )
  const locked = rows.filter(({ readable }) => !readable).map(({ name }) => name)
  const unknown = locked.filter((name) => !SUPERUSERS_ONLY.includes(name))
  if (unknown.length > 0) throw new Error(`Cannot be read: ${unknown.join(', ')}`)
  return rows.filter(({ readable }) => readable).map(({ name }) => name)
}

async function* copied(client: pg.Client, what: string): AsyncGenerator<string> {
  let rest = ''
  const decoder = new TextDecoder()
  for await (const chunk of client.query(copyTo(`copy ${what} to stdout`))) {
    const lines = (rest + decoder.decode(chunk as Buffer, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
}
