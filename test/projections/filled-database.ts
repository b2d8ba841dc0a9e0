import type { ReadonlyKysely } from 'kysely/readonly'
import { projectionsWith } from '#projections/all.ts'
import type { Projection } from '#projections/engine/projection.ts'
import { createTables, finishTables, tableName } from '#projections/engine/schema.ts'
import type { ReadModels } from '#projections/read-models.ts'
import { testKeyedHash } from '#test/support/keyed-hash.ts'
import { type TestDatabase, testDatabase } from '#test/support/database.ts'
import { foldAll, recorded, type Told } from './fold-runner.ts'

type Query = <T>(
  run: (db: ReadonlyKysely<ReadModels>) => Promise<T>,
  organisation?: string,
) => Promise<T>

export interface FilledDatabase extends TestDatabase {
  /** Asks as the reader, of the organisation `main` unless told otherwise. */
  readonly query: Query
}

/** A database whose read models are the folds of a story, in the tables that the engine makes. */
export async function filledDatabase(
  t: Parameters<typeof testDatabase>[0],
  story: readonly Told[],
): Promise<FilledDatabase> {
  const test = await testDatabase(t)
  for (const projection of projectionsWith(testKeyedHash)) await fill(test, projection, story)
  return {
    ...test,
    query: (run, organisation = 'main') => test.database.query(organisation, run),
  }
}

async function fill({ database }: TestDatabase, projection: Projection, story: readonly Told[]) {
  const client = await database.connect('engine')
  try {
    await createTables(client, projection, 'live')
    const rows = foldAll(projection, recorded(story))
    for (const table of projection.tables) {
      const name = tableName(projection, 'live', table)
      const given = (rows[table.name] ?? []).map(({ organisation, row }) => ({
        organisation,
        ...row,
      }))
      await client.query(
        `insert into ${name} select * from json_populate_recordset(null::${name}, $1::json)`,
        [JSON.stringify(given)],
      )
    }
    await finishTables(client, projection, 'live')
  } finally {
    await client.end()
  }
}
