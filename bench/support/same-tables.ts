import type pg from 'pg'
import type { Projection } from '#projections/engine/projection.ts'
import { schemaOf } from '../by-hand/connect.ts'

/** What one table is and holds: how it is made, and a count and digest of its rows. */
interface Described {
  readonly made: string
  readonly rows: string
  readonly digest: string
}

/**
 * Holds the tables made by hand to those of the engine: the same columns, keys and indexes, and the same
 * rows. A comparison of two that do not do the same work would say nothing.
 *
 * @throws Error naming the first table that differs, and how.
 */
export async function checkSameTables(
  client: pg.Client,
  projections: readonly Projection[],
): Promise<{ readonly tables: number; readonly rows: number }> {
  let tables = 0
  let rows = 0
  for (const { name: schema, tables: own } of projections) {
    for (const { name: table } of own) {
      const engine = await describe(client, schema, table)
      const byHand = await describe(client, schemaOf(schema), table)
      for (const what of ['made', 'rows', 'digest'] as const) {
        if (engine[what] === byHand[what]) continue
        throw new Error(
          `${schema}.${table} by hand has another ${what}:\n${byHand[what]}\nthan by the engine:\n${engine[what]}`,
        )
      }
      tables += 1
      rows += Number(engine.rows)
    }
  }
  return { tables, rows }
}

async function describe(client: pg.Client, schema: string, table: string): Promise<Described> {
  const name = `"${schema}"."${table}"`
  const { rows: made } = await client.query<{ line: string }>(
    `select format('%s %s %s %s', attname, format_type(atttypid, atttypmod), attcollation::regcollation, attnotnull) as line
       from pg_attribute where attrelid = $1::regclass and attnum > 0
     union all
     select regexp_replace(pg_get_indexdef(indexrelid), '.* USING ', '') || indisprimary
       from pg_index where indrelid = $1::regclass
     union all
     select array_to_string(reloptions, ',') from pg_class where oid = $1::regclass and reloptions is not null
     order by 1`,
    [name],
  )
  const { rows } = await client.query<{ rows: string; digest: string }>(
    `select count(*)::text as rows, coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text as digest from ${name} t`,
  )
  const [{ rows: count, digest } = { rows: '', digest: '' }] = rows
  return { made: made.map(({ line }) => line).join('\n'), rows: count, digest }
}
