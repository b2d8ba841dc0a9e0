import pg from 'pg'
import { connectionConfig } from './connection.ts'
import type { Role } from './database.ts'
import { MissingPrivileges } from './errors.ts'

/**
 * The three roles of architecture.md, section 3. They cannot log in: the one login is a member and puts
 * its connections into a role. They are named after the database as it was first set up; the owner of
 * schema `daybook` remembers that, so that a renamed or copied database keeps its roles.
 */
export type RoleNames = Readonly<Record<Role, string>>

export function roleNamesFor(prefix: string): RoleNames {
  // Names end at 63 bytes in PostgreSQL; the suffix must survive.
  const short = Buffer.from(prefix).subarray(0, 55).toString()
  return { reader: `${short}_reader`, writer: `${short}_writer`, engine: `${short}_engine` }
}

interface Found {
  readonly database: string
  readonly login: string
  readonly schemaOwner: string | null
}

async function look(client: pg.ClientBase): Promise<Found> {
  const { rows } = await client.query<Found>(`
    select current_database() as database, session_user as login,
      (select pg_get_userbyid(nspowner) from pg_namespace where nspname = 'daybook') as "schemaOwner"`)
  const found = rows[0]
  if (found === undefined) throw new Error('A select without a table answered no row')
  return found
}

function namesFrom(found: Found): RoleNames {
  const owner = found.schemaOwner
  return roleNamesFor(
    owner?.endsWith('_engine') ? owner.slice(0, -'_engine'.length) : found.database,
  )
}

/**
 * The SQL that makes the roles, the login's membership and the engine's right to make schemas; harmless
 * when repeated.
 */
function rolesSql(database: string, login: string, names: RoleNames): string {
  const id = pg.escapeIdentifier
  const roles = Object.values(names)
  return [
    ...roles.map(
      (role) => `do $$ begin
  if not exists (select from pg_roles where rolname = ${pg.escapeLiteral(role)}) then
    create role ${id(role)} nologin;
  end if;
end $$;`,
    ),
    ...roles.map((role) => `grant ${id(role)} to ${id(login)};`),
    `grant create on database ${id(database)} to ${id(names.engine)};`,
  ].join('\n')
}

/** True when the login can work in all three roles and the engine may make schemas. */
async function areReady(client: pg.ClientBase, names: RoleNames): Promise<boolean> {
  const { rows } = await client.query<{ ready: boolean }>(
    `select count(*) = 3 and bool_and(pg_has_role(session_user, oid, 'member'))
       and bool_or(rolname = $2 and has_database_privilege(oid, current_database(), 'create')) as ready
     from pg_roles where rolname = any($1)`,
    [Object.values(names), names.engine],
  )
  return rows[0]?.ready === true
}

/**
 * What someone who may must run so that this login can work; undefined when nothing is missing. Changes
 * nothing itself.
 */
export async function missingRolesSql(url: string): Promise<string | undefined> {
  return asLogin(url, async (client) => {
    const found = await look(client)
    const names = namesFrom(found)
    return (await areReady(client, names))
      ? undefined
      : rolesSql(found.database, found.login, names)
  })
}

/**
 * Makes what is missing of roles, membership and the schema `daybook`. Safe to repeat; several processes
 * at once wait for each other.
 *
 * @throws MissingPrivileges with the SQL for someone who may, when the login may not.
 */
export async function prepareRoles(url: string): Promise<RoleNames> {
  return asLogin(url, async (client) => {
    const found = await look(client)
    const names = namesFrom(found)
    if (found.schemaOwner !== null && (await areReady(client, names))) return names
    await client.query('begin')
    await client.query(`select pg_advisory_xact_lock(hashtextextended('daybook roles', 0))`)
    if (!(await areReady(client, names))) await makeRoles(client, found, names)
    await client.query(`set local role ${pg.escapeIdentifier(names.engine)}`)
    await client.query('create schema if not exists daybook')
    await client.query('commit')
    return names
  })
}

async function makeRoles(client: pg.ClientBase, found: Found, names: RoleNames): Promise<void> {
  const sql = rolesSql(found.database, found.login, names)
  try {
    await client.query(sql)
  } catch (error) {
    if (!(error instanceof pg.DatabaseError && error.code === '42501')) throw error
    throw new MissingPrivileges(
      `The login ${found.login} may not set up the roles of database ${found.database}`,
      sql,
      error,
    )
  }
}

async function asLogin<T>(url: string, run: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(connectionConfig(url, { name: 'daybook roles' }))
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await run(client)
  } finally {
    await client.end().catch(() => undefined)
  }
}
