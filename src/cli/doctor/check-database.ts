import pg from 'pg'
import { connectionConfig } from '#adapters/database/connection.ts'
import { knownMigrations } from '#adapters/database/migrate.ts'
import { missingRolesSql } from '#adapters/database/roles.ts'
import { type Finding, failure, ok, warning } from './check.ts'

const OLDEST_MAJOR = 15
const CLOCK_TOLERANCE_SECONDS = 2

/** Settings without which an answered command could be lost when the power goes. */
const DURABLE: Readonly<Record<string, string>> = {
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
}

/** The server, what the login may do, the schema, and whether what it confirms is on the disk. */
export async function checkDatabase(url: string): Promise<readonly Finding[]> {
  const client = new pg.Client(connectionConfig(url, { name: 'daybook doctor' }))
  client.on('error', () => undefined)
  try {
    await client.connect()
  } catch (error) {
    const message = `PostgreSQL cannot be reached: ${(error as Error).message}`
    return [failure('database', `${message}. Start it, or mend DATABASE_URL`)]
  }
  try {
    return [
      await checkVersion(client),
      await checkSuperuser(client),
      await checkRoles(url),
      ...(await checkDurability(client)),
      await checkClock(client),
      await checkMigrations(client),
    ]
  } finally {
    await client.end()
  }
}

async function checkVersion(client: pg.Client): Promise<Finding> {
  const version = await show(client, 'server_version')
  const text = `PostgreSQL ${version}`
  if (Number.parseInt(version, 10) >= OLDEST_MAJOR) return ok('database', text)
  return failure('database', `${text} is too old: ${OLDEST_MAJOR} or newer is needed`)
}

async function checkSuperuser(client: pg.Client): Promise<Finding> {
  const { rows } = await client.query(
    'select rolsuper or rolbypassrls as beyond from pg_roles where rolname = current_user',
  )
  if (rows[0]?.beyond !== true) return ok('login', 'The login is bound by row-level security')
  return failure(
    'login',
    'The login is a superuser or passes by row-level security: give DATABASE_URL one that is neither',
  )
}

async function checkRoles(url: string): Promise<Finding> {
  const sql = await missingRolesSql(url).catch((error: Error) => error)
  if (sql === undefined) return ok('roles', 'Reader, writer and engine are there')
  if (sql instanceof Error) return failure('roles', sql.message)
  return warning(
    'roles',
    `Roles are missing. The server makes them where its login may; else let an administrator run:\n${sql}`,
  )
}

async function checkDurability(client: pg.Client): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  for (const [setting, wanted] of Object.entries(DURABLE)) {
    const value = await show(client, setting)
    findings.push(
      value === wanted
        ? ok('durability', `${setting} is ${value}`)
        : failure(
            'durability',
            `${setting} is ${value}: set it to ${wanted}, or events can be lost`,
          ),
    )
  }
  return findings
}

async function checkClock(client: pg.Client): Promise<Finding> {
  const before = Date.now()
  const { rows } = await client.query('select extract(epoch from clock_timestamp()) as now')
  const apart = Math.abs(Number(rows[0]?.now) - (before + Date.now()) / 2000)
  const text = `The clocks of this machine and of PostgreSQL are ${apart.toFixed(1)} s apart`
  return apart > CLOCK_TOLERANCE_SECONDS
    ? warning('clock', `${text}: synchronise them`)
    : ok('clock', text)
}

async function checkMigrations(client: pg.Client): Promise<Finding> {
  const { rows: there } = await client.query(`select to_regclass('daybook.migration') as name`)
  if (there[0]?.name === null) return ok('schema', 'Not made yet: the first start makes it')
  const { rows } = await client
    .query<{ name: string }>('select name from daybook.migration')
    .catch(() => ({ rows: [] }))
  const known = await knownMigrations()
  const newer = rows.filter(({ name }) => !known.includes(name)).map(({ name }) => name)
  if (newer.length === 0) return ok('schema', `${known.length} migrations known`)
  return failure('schema', `Newer than this program (${newer.join(', ')}): run a newer Daybook`)
}

async function show(client: pg.Client, setting: string): Promise<string> {
  const { rows } = await client.query('select current_setting($1) as value', [setting])
  return String(rows[0]?.value)
}
