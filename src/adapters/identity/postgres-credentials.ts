import type pg from 'pg'
import type { Credentials, OneTimeLink } from '#commands/identity/credentials.ts'
import { inTransaction } from './in-transaction.ts'
import { endSessions } from './postgres-sessions.ts'
import type { SessionCache } from './session-cache.ts'
import { newToken, tokenHash } from './tokens.ts'

interface LinkRow {
  readonly user_id: string
  readonly purpose: 'reset' | 'invitation'
  readonly organisation: string
}

const LINK_PREFIX = 'dbl_'

/** Passwords and one-time links in the schema `identity`. */
export function postgresCredentials(pool: pg.Pool, cache: SessionCache): Credentials {
  return {
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
    async setPassword({ userId, phc, link, exceptSession }) {
      const ended = await inTransaction(pool, async (client) => {
        if (link !== undefined && !(await deleteLink(client, link))) return undefined
        await client.query(
          `insert into identity.password as there (user_id, phc) values ($1, $2)
           on conflict (user_id) do update set phc = excluded.phc, set_at = now()`,
          [userId, phc],
        )
        return endSessions(client, { userId, except: exceptSession })
      })
      for (const sessionId of ended ?? []) cache.changed(sessionId)
      return ended !== undefined
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
    async isInvited(userId, organisation) {
      const { rowCount } = await pool.query(
        `select from identity.one_time_link
         where user_id = $1 and purpose = 'invitation' and organisation = $2 and expires_at > now()`,
        [userId, organisation],
      )
      return rowCount === 1
    },
    async forget(userId) {
      await pool.query(
        `with links as (delete from identity.one_time_link where user_id = $1)
         delete from identity.password where user_id = $1`,
        [userId],
      )
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

async function deleteLink(client: pg.Pool | pg.PoolClient, token: string): Promise<boolean> {
  const { rowCount } = await client.query(
    'delete from identity.one_time_link where token_hash = $1 and expires_at > now()',
    [tokenHash(token)],
  )
  return rowCount === 1
}
