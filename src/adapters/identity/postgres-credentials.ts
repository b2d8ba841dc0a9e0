import type pg from 'pg'
import type { Credentials, NewPassword, OneTimeLink } from '#commands/identity/credentials.ts'
import { inTransaction } from './in-transaction.ts'
import { endSessions } from './postgres-sessions.ts'
import type { SessionCache } from './session-cache.ts'
import { newToken, tokenHash } from './tokens.ts'
import { whileThere } from './while-there.ts'

interface LinkRow {
  readonly user_id: string
  readonly purpose: 'reset' | 'invitation'
  readonly organisation: string
}

const LINK_PREFIX = 'dbl_'

/** Passwords and one-time links in the schema `identity`. */
export function postgresCredentials(
  pool: pg.Pool,
  connect: () => Promise<pg.Client>,
  cache: SessionCache,
): Credentials {
  return {
    ...invitations(pool),
    async passwordOf(userId) {
      const { rows } = await pool.query<{ phc: string }>(
        'select phc from identity.password where user_id = $1',
        [userId],
      )
      return rows[0]?.phc
    },
    async isAnySet() {
      const { rowCount } = await pool.query('select from identity.password limit 1')
      return rowCount !== 0
    },
    async setPassword(password) {
      const ended = await inTransaction(pool, (client) => setPassword(client, password))
      for (const sessionId of ended ?? []) cache.changed(sessionId)
      return ended !== undefined
    },
    whilePresent: (userId, phc, work) =>
      whileThere(
        connect,
        {
          text: 'select from identity.password where user_id = $1 and phc = $2 for share',
          values: [userId, phc],
        },
        work,
      ),
    async takeBack(userId, phc) {
      const ended = await inTransaction(pool, (client) => takeBack(client, userId, phc))
      for (const sessionId of ended) cache.changed(sessionId)
    },
    async rehash(userId, from, to) {
      await pool.query('update identity.password set phc = $3 where user_id = $1 and phc = $2', [
        userId,
        from,
        to,
      ])
    },
    async makeLink({ userId, purpose, organisation = '' }, expiresAt) {
      const token = newToken(LINK_PREFIX)
      await pool.query(
        `insert into identity.one_time_link (token_hash, user_id, purpose, organisation, expires_at)
         values ($1, $2, $3, $4, $5)
         on conflict (user_id, purpose, organisation) do update
         set token_hash = excluded.token_hash, expires_at = excluded.expires_at`,
        [tokenHash(token), userId, purpose, organisation, expiresAt],
      )
      return token
    },
    findLink: (token) => findLink(pool, token),
    useLink: (token) => deleteLink(pool, token),
    async forget(userId) {
      await pool.query(
        `with links as (delete from identity.one_time_link where user_id = $1)
         delete from identity.password where user_id = $1`,
        [userId],
      )
    },
  }
}

type Invitations = Pick<
  Credentials,
  'isInvited' | 'useInvitation' | 'findInvitation' | 'forgetInvitation'
>

/** Links that invite, by whom and where. */
function invitations(pool: pg.Pool): Invitations {
  return {
    async isInvited(userId, organisation) {
      const { rowCount } = await pool.query(
        `select from identity.one_time_link
         where user_id = $1 and purpose = 'invitation' and organisation = $2 and expires_at > now()`,
        [userId, organisation],
      )
      return rowCount === 1
    },
    async findInvitation(userId, organisation) {
      const { rows } = await pool.query<{ name: string }>(
        `select encode(token_hash, 'hex') as name from identity.one_time_link
         where user_id = $1 and purpose = 'invitation' and organisation = $2`,
        [userId, organisation],
      )
      return rows[0]?.name
    },
    async forgetInvitation(name) {
      await pool.query(`delete from identity.one_time_link where token_hash = decode($1, 'hex')`, [
        name,
      ])
    },
    async useInvitation(userId, organisation) {
      await pool.query(
        `delete from identity.one_time_link
         where user_id = $1 and purpose = 'invitation' and organisation = $2`,
        [userId, organisation],
      )
    },
  }
}

async function findLink(pool: pg.Pool, token: string): Promise<OneTimeLink | undefined> {
  const { rows } = await pool.query<LinkRow>(
    `select user_id, purpose, organisation from identity.one_time_link
     where token_hash = $1 and expires_at > now()`,
    [tokenHash(token)],
  )
  const [found] = rows
  if (found === undefined) return undefined
  const { user_id, purpose, organisation } = found
  return { userId: user_id, purpose, organisation: organisation || undefined }
}

/** @returns the sessions that it ends; undefined when nothing was done */
async function setPassword(
  client: pg.PoolClient,
  password: NewPassword,
): Promise<readonly string[] | undefined> {
  const { userId, link, exceptSession } = password
  if (link !== undefined && !(await lockLink(client, link))) return undefined
  if (!(await putPassword(client, password))) return undefined
  if (link !== undefined) await deleteLink(client, link)
  return endSessions(client, { userId, except: exceptSession })
}

async function takeBack(
  client: pg.PoolClient,
  userId: string,
  phc: string,
): Promise<readonly string[]> {
  const { rowCount } = await client.query(
    'delete from identity.password where user_id = $1 and phc = $2',
    [userId, phc],
  )
  return rowCount === 1 ? endSessions(client, { userId }) : []
}

/** @returns false when the present one is not what it was to be. */
async function putPassword(
  client: pg.PoolClient,
  { userId, phc, present }: NewPassword,
): Promise<boolean> {
  const insert =
    'insert into identity.password (user_id, phc) values ($1, $2) on conflict (user_id)'
  const set = 'set phc = $2, set_at = now()'
  const { rowCount } =
    present?.phc === undefined
      ? await client.query(`${insert} do ${present === undefined ? `update ${set}` : 'nothing'}`, [
          userId,
          phc,
        ])
      : await client.query(`update identity.password ${set} where user_id = $1 and phc = $3`, [
          userId,
          phc,
          present.phc,
        ])
  return rowCount === 1
}

/** Held until the transaction ends: of two who use it at once, the other waits. @returns whether it is good */
async function lockLink(client: pg.PoolClient, token: string): Promise<boolean> {
  const { rowCount } = await client.query(
    'select from identity.one_time_link where token_hash = $1 and expires_at > now() for update',
    [tokenHash(token)],
  )
  return rowCount === 1
}

async function deleteLink(client: pg.Pool | pg.PoolClient, token: string): Promise<boolean> {
  const { rowCount } = await client.query(
    'delete from identity.one_time_link where token_hash = $1 and expires_at > now()',
    [tokenHash(token)],
  )
  return rowCount === 1
}
