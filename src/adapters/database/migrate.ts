import { readdir } from 'node:fs/promises'
import { Kysely, PostgresDialect } from 'kysely'
import { type Migration, type MigrationProvider, Migrator } from 'kysely/migration'
import pg from 'pg'
import { connectionConfig } from './connection.ts'
import { SchemaTooNew } from './errors.ts'
import { prepareRoles, type RoleNames } from './roles.ts'

const FOLDER = new URL('../../../migrations/', import.meta.url)
const MIGRATION_FILE = /^(\d{4}-\d{2}-\d{2}T\d{4}-[a-z0-9-]+)\.ts$/

/** Names of the migrations this program brings, in their order. */
export async function knownMigrations(): Promise<readonly string[]> {
  const files = await readdir(FOLDER)
  return files.flatMap((file) => MIGRATION_FILE.exec(file)?.[1] ?? []).toSorted()
}

const provider: MigrationProvider = {
  async getMigrations() {
    const names = await knownMigrations()
    return Object.fromEntries(
      await Promise.all(
        names.map(
          async (name) =>
            [name, (await import(new URL(`${name}.ts`, FOLDER).href)) as Migration] as const,
        ),
      ),
    )
  },
}

export interface Migrated {
  readonly roles: RoleNames
  /** Names of the migrations that ran now; none when the schema was up to date. */
  readonly applied: readonly string[]
}

/**
 * Brings the database to this program's schema: roles first, then the migrations as the engine, all in
 * one transaction under a lock, so that several processes may start at once. Migrations of parallel
 * branches may arrive in any order.
 *
 * @throws SchemaTooNew when a newer program migrated it; nothing was changed.
 * @throws MissingPrivileges when the login may not make the roles.
 */
export async function migrate(url: string): Promise<Migrated> {
  const roles = await prepareRoles(url)
  const pool = new pg.Pool({
    ...connectionConfig(url, { role: roles.engine, name: 'daybook migrations' }),
    max: 2,
  })
  pool.on('error', () => undefined)
  const db = new Kysely<never>({ dialect: new PostgresDialect({ pool }) })
  try {
    const done = await appliedMigrations(pool)
    const known = await knownMigrations()
    const unknown = done.filter((name) => !known.includes(name))
    if (unknown.length > 0) throw new SchemaTooNew(unknown)
    if (done.length === known.length) return { roles, applied: [] }
    const migrator = new Migrator({
      db,
      provider,
      migrationTableSchema: 'daybook',
      migrationTableName: 'migration',
      migrationLockTableName: 'migration_lock',
      allowUnorderedMigrations: true,
    })
    const { error, results = [] } = await migrator.migrateToLatest()
    if (error !== undefined) throw error
    return { roles, applied: results.map((result) => result.migrationName) }
  } finally {
    await db.destroy()
    if (!pool.ended) await pool.end()
  }
}

async function appliedMigrations(pool: pg.Pool): Promise<readonly string[]> {
  const { rows: table } = await pool.query<{ there: boolean }>(
    `select to_regclass('daybook.migration') is not null as there`,
  )
  if (table[0]?.there !== true) return []
  const { rows } = await pool.query<{ name: string }>('select name from daybook.migration')
  return rows.map((row) => row.name)
}
