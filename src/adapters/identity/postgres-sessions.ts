import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import type {
  Begun,
  Session,
  SessionOf,
  Sessions,
  SignInMethod,
  Tokens,
} from '#commands/identity/sessions.ts'
import { tokenPrefixes } from '#config'
import type { Language } from '#domain/identity/user.ts'
import { inTransaction } from './in-transaction.ts'
import { SESSIONS_CHANNEL, type SessionCache } from './session-cache.ts'
import { newToken, tokenHash } from './tokens.ts'
import { whileThere } from './while-there.ts'

const ACCESS_MINUTES = 15
/** Nobody who stays away for longer is still signed in. */
const REFRESH_DAYS = 7
/** After so long everybody signs in again (NIST SP 800-63B-4, AAL1). */
const SESSION_DAYS = 30
const REFRESH_PREFIX = 'dbr_'

interface SessionRow {
  readonly session_id: string
  readonly user_id: string
  readonly organisation: string
  readonly role: string
  readonly language: Language | null
  readonly signed_in_by: SignInMethod
  readonly began_at: string
  readonly used_at: string
  readonly ends_at: string
}

type Client = pg.Pool | pg.PoolClient

const columns =
  'session_id, user_id, organisation, role, language, signed_in_by, began_at, used_at, ends_at'
const ofSession = columns.replaceAll(/\w+/g, 's.$&')
/** Of those whose refresh token ran out nobody is signed in any more. */
const goesOn = `s.ends_at > now() and s.used_at > now() - interval '${REFRESH_DAYS} days'`

/** Sessions and their tokens in the schema `identity`. */
export function postgresSessions(
  pool: pg.Pool,
  connect: () => Promise<pg.Client>,
  cache: SessionCache,
): Sessions {
  const tell = (sessionIds: readonly string[]): void => {
    for (const sessionId of sessionIds) cache.changed(sessionId)
  }
  const lookUp = async (hash: Buffer): Promise<Session | undefined> => {
    const { heard } = cache
    const found = await findByAccessToken(pool, hash)
    if (found === undefined) return undefined
    cache.keep(hash.toString('base64'), sessionOf(found), Number(found.left_ms), heard)
    return sessionOf(found)
  }
  return {
    ...endings(pool, tell),
    begin: (of) => inTransaction(pool, (client) => begin(client, of)),
    beginByPassword: (of, phc) => inTransaction(pool, (client) => beginByPassword(client, of, phc)),
    async goOn(sessionId, of) {
      const gone = await inTransaction(pool, (client) => goOn(client, sessionId, of))
      tell([sessionId])
      return gone
    },
    ofAccessToken(token) {
      const hash = tokenHash(token)
      return cache.get(hash.toString('base64')) ?? lookUp(hash)
    },
    async ofRefreshToken(token) {
      const { rows } = await pool.query<SessionRow>(
        `select ${ofSession} from identity.session s join identity.refresh_token using (session_id)
         where token_hash = $1 and expires_at > now() and ${goesOn}`,
        [tokenHash(token)],
      )
      return rows[0] && sessionOf(rows[0])
    },
    async refresh(token, now) {
      const refreshed = await inTransaction(pool, (client) => refresh(client, token, now))
      if (refreshed.kind === 'reused') tell([refreshed.session.sessionId])
      return refreshed
    },
    async list(userId) {
      const { rows } = await pool.query<SessionRow>(
        `select ${columns} from identity.session s where user_id = $1 and ${goesOn}
         order by used_at desc, session_id`,
        [userId],
      )
      return rows.map(sessionOf)
    },
    whileSignedIn: (userId, sessionId, work) =>
      whileThere(
        connect,
        {
          text: `select from identity.session s
                 where user_id = $1 and session_id = $2 and ${goesOn} for share`,
          values: [userId, sessionId],
        },
        work,
      ),
    lastSeen: (organisation, userIds) => lastSeen(pool, organisation, userIds),
    async changeLanguage(userId, language) {
      tell(await change(pool, 'language = $3', [userId, null, language ?? null]))
    },
    close: () => cache.close(),
  }
}

type Endings = Pick<Sessions, 'end' | 'endAll' | 'changeRole'>

/** How sessions end, by whom they are of and where. */
function endings(pool: pg.Pool, tell: (sessionIds: readonly string[]) => void): Endings {
  return {
    async end(userId, sessionId) {
      const ended = await endSessions(pool, { userId, only: sessionId })
      tell(ended)
      return ended.length > 0
    },
    async endAll(userId, exceptSession) {
      const ended = await endSessions(pool, { userId, except: exceptSession })
      tell(ended)
      return ended.length
    },
    async changeRole(userId, organisation, role) {
      const reached =
        role === undefined
          ? await endSessions(pool, { userId, organisation })
          : await change(pool, 'role = $3', [userId, organisation, role])
      tell(reached)
      return reached.length
    },
  }
}

function sessionOf(row: SessionRow): Session {
  return {
    sessionId: row.session_id,
    userId: row.user_id,
    organisation: row.organisation,
    role: row.role,
    language: row.language ?? undefined,
    signedInBy: row.signed_in_by,
    beganAt: inMilliseconds(row.began_at),
    usedAt: inMilliseconds(row.used_at),
    endsAt: inMilliseconds(row.ends_at),
  }
}

async function lastSeen(pool: pg.Pool, organisation: string, userIds: readonly string[]) {
  const { rows } = await pool.query<{ user_id: string; seen_at: string }>(
    `select user_id, max(used_at) as seen_at from identity.session s
     where user_id = any($2::text[]) and organisation = $1 and ${goesOn} group by user_id`,
    [organisation, userIds],
  )
  return new Map(rows.map(({ user_id, seen_at }) => [user_id, inMilliseconds(seen_at)]))
}

/** Whoever sets another password waits until the transaction ends, and then ends what began in it. */
async function beginByPassword(
  client: Client,
  of: SessionOf,
  phc: string,
): Promise<Begun | undefined> {
  const { rows } = await client.query<{ phc: string }>(
    'select phc from identity.password where user_id = $1 for share',
    [of.userId],
  )
  return rows[0]?.phc === phc ? begin(client, of) : undefined
}

async function begin(client: Client, of: SessionOf): Promise<Begun> {
  // Those that somebody else is ending are passed over: who waits for none cannot be in a deadlock.
  await client.query(
    `delete from identity.session where session_id in
       (select session_id from identity.session where ends_at < now() for update skip locked)`,
  )
  const { rows } = await client.query<SessionRow>(
    `insert into identity.session (${columns})
     values ($1, $2, $3, $4, $5, $6, now(), now(), now() + interval '${SESSION_DAYS} days')
     returning ${columns}`,
    [randomUUID(), of.userId, of.organisation, of.role, of.language ?? null, of.signedInBy],
  )
  const session = sessionOf(rows[0] as SessionRow)
  return { session, tokens: await giveTokens(client, session.sessionId) }
}

/** Other processes hear of it, since they may know a token by heart that counts no longer. */
async function goOn(
  client: Client,
  sessionId: string,
  of: Omit<SessionOf, 'signedInBy'>,
): Promise<Begun | undefined> {
  const { rows } = await client.query<SessionRow>(
    `update identity.session s set organisation = $3, role = $4, language = $5, used_at = now()
     where user_id = $1 and session_id = $2 and ${goesOn} returning ${columns}`,
    [of.userId, sessionId, of.organisation, of.role, of.language ?? null],
  )
  const [found] = rows
  if (found === undefined) return undefined
  await client.query('delete from identity.access_token where session_id = $1', [sessionId])
  await client.query('delete from identity.refresh_token where session_id = $1', [sessionId])
  await client.query(`select pg_notify('${SESSIONS_CHANNEL}', $1)`, [sessionId])
  return { session: sessionOf(found), tokens: await giveTokens(client, sessionId) }
}

async function giveTokens(client: Client, sessionId: string): Promise<Tokens> {
  const accessToken = newToken(tokenPrefixes.accessToken)
  const refreshToken = newToken(REFRESH_PREFIX)
  const { rows } = await client.query<{ expires_at: string }>(
    `with refresh as (
       insert into identity.refresh_token (token_hash, session_id, expires_at)
       values ($3, $1, now() + interval '${REFRESH_DAYS} days'))
     insert into identity.access_token (token_hash, session_id, expires_at)
     values ($2, $1, now() + interval '${ACCESS_MINUTES} minutes')
     returning expires_at`,
    [sessionId, tokenHash(accessToken), tokenHash(refreshToken)],
  )
  const [row] = rows
  if (row === undefined) throw new Error('An access token was inserted, and no row of it answered')
  return { accessToken, refreshToken, expiresAt: inMilliseconds(row.expires_at) }
}

async function findByAccessToken(pool: pg.Pool, hash: Buffer) {
  const { rows } = await pool.query<SessionRow & { left_ms: string }>({
    name: 'session-of-access-token',
    text: `select ${columns}, extract(epoch from expires_at - now()) * 1000 as left_ms
           from identity.session join identity.access_token using (session_id)
           where token_hash = $1 and expires_at > now() and ends_at > now()`,
    values: [hash],
  })
  return rows[0]
}

/** The session is locked before its token, as whoever ends it does: the other way about, they would deadlock. */
async function refresh(
  client: Client,
  token: string,
  { role, language }: Pick<SessionOf, 'role' | 'language'>,
) {
  const { rows } = await client.query<SessionRow>(
    `select ${columns} from identity.session where ends_at > now() and session_id =
       (select session_id from identity.refresh_token where token_hash = $1 and expires_at > now())
     for update`,
    [tokenHash(token)],
  )
  const { rows: tokens } = await client.query<{ used_at: string | null }>(
    'select used_at from identity.refresh_token where token_hash = $1',
    [tokenHash(token)],
  )
  const [found, used] = [rows[0], tokens[0]]
  if (found === undefined || used === undefined) return { kind: 'unknown' } as const
  const session = sessionOf(found)
  if (used.used_at !== null) {
    await endSessions(client, { userId: session.userId, only: session.sessionId })
    return { kind: 'reused', session } as const
  }
  await client.query('update identity.refresh_token set used_at = now() where token_hash = $1', [
    tokenHash(token),
  ])
  await client.query(
    'delete from identity.access_token where session_id = $1 and expires_at < now()',
    [session.sessionId],
  )
  await client.query(
    `update identity.session set used_at = now(), role = $2, language = $3 where session_id = $1`,
    [session.sessionId, role, language ?? null],
  )
  return { kind: 'refreshed', tokens: await giveTokens(client, session.sessionId) } as const
}

interface Ended {
  readonly userId: string
  readonly only?: string | undefined
  readonly except?: string | undefined
  readonly organisation?: string | undefined
}

/** Ends sessions with all their tokens, and says so to all processes. @returns their ids */
export async function endSessions(client: Client, ended: Ended): Promise<readonly string[]> {
  const { userId, only, except, organisation } = ended
  const { rows } = await client.query<{ session_id: string }>(
    `with ended as (
       delete from identity.session
       where user_id = $1 and ($2::uuid is null or session_id = $2)
         and ($3::uuid is null or session_id <> $3) and ($4::text is null or organisation = $4)
       returning session_id)
     select session_id, pg_notify('${SESSIONS_CHANNEL}', session_id::text) from ended`,
    [userId, only ?? null, except ?? null, organisation ?? null],
  )
  return rows.map(({ session_id }) => session_id)
}

async function change(
  client: Client,
  what: 'role = $3' | 'language = $3',
  values: readonly [userId: string, organisation: string | null, value: string | null],
): Promise<readonly string[]> {
  const { rows } = await client.query<{ session_id: string }>(
    `with changed as (
       update identity.session set ${what}
       where user_id = $1 and ($2::text is null or organisation = $2)
       returning session_id)
     select session_id, pg_notify('${SESSIONS_CHANNEL}', session_id::text) from changed`,
    [...values],
  )
  return rows.map(({ session_id }) => session_id)
}

/** As all instants are answered; PostgreSQL's have microseconds. */
function inMilliseconds(instant: string): string {
  return new Date(instant).toISOString()
}
