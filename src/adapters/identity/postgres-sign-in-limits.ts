import type pg from 'pg'
import type { Attempt, SignInLimits } from '#commands/identity/sign-in-limits.ts'
import { Rejection } from '#domain/rejection.ts'
import { inTransaction } from './in-transaction.ts'

/** So many attempts at once, then one for each of so many seconds. */
interface Allowance {
  readonly atOnce: number
  readonly secondsEach: number
}

/**
 * Of one account from where it never signed in before: about a hundred a day, as NIST SP 800-63B-4 allows in
 * all. Of one account from one address where it did. Of one address for all accounts that are not at home
 * there, of which those count that fail.
 */
const ofAccount: Allowance = { atOnce: 10, secondsEach: 900 }
const ofAccountAtHome: Allowance = { atOnce: 10, secondsEach: 60 }
const ofAddress: Allowance = { atOnce: 30, secondsEach: 60 }

const REMEMBERED_DAYS = 90
/** Addresses that are remembered of one user, the last ones. */
const REMEMBERED = 20
/** By then every count has drained. */
const DRAINED_AFTER = '1 day'

/** In `identity.sign_in_attempts`: a level for each key that rises by one with an attempt and sinks with time. */
export function postgresSignInLimits(pool: pg.Pool): SignInLimits {
  return {
    async attempt(attempt) {
      const home = `home ${attempt.account} ${attempt.address}`
      const account = `account ${attempt.account}`
      const address = `address ${attempt.address}`
      const isAtHome = await signedInBefore(pool, attempt)
      const keys: readonly Key[] = isAtHome
        ? [[home, ofAccountAtHome]]
        : [
            [account, ofAccount],
            [address, ofAddress],
          ]
      await countAll(pool, keys, attempt.refusal)
      return {
        async withdrawn() {
          for (const [key] of keys) await giveBack(pool, key)
        },
        async succeeded(userId) {
          if (!isAtHome) await giveBack(pool, address)
          await forgive(pool, [home, account])
          await remember(pool, userId, attempt.address)
        },
      }
    },
    trust: (userId, address) => remember(pool, userId, address),
    forget: (userId, accounts) => forget(pool, userId, accounts),
  }
}

type Key = readonly [key: string, allowance: Allowance]

async function signedInBefore(pool: pg.Pool, { userId, address }: Attempt): Promise<boolean> {
  const { rowCount } = await pool.query(
    `select from identity.known_address where user_id = $1 and address = $2
     and at > now() - interval '${REMEMBERED_DAYS} days'`,
    [userId ?? '', address],
  )
  return rowCount === 1
}

/** Counts under all keys or, when one of them is full, under none. @throws Rejection with the refusal */
async function countAll(
  pool: pg.Pool,
  keys: readonly Key[],
  refusal: Attempt['refusal'] = 'SIGN_IN_SLOWED',
): Promise<void> {
  await inTransaction(pool, async (client) => {
    let wait = 0
    for (const [key, allowance] of keys) {
      wait = Math.max(wait, await count(client, key, allowance))
    }
    if (wait > 0) throw new Rejection(refusal, { seconds: Math.ceil(wait) })
  })
}

/** The row is locked until the transaction ends: two attempts at once are counted one after the other. */
async function count(
  client: pg.PoolClient,
  key: string,
  { atOnce, secondsEach }: Allowance,
): Promise<number> {
  const { rows } = await client.query<{ level: number }>(
    `insert into identity.sign_in_attempts as there (key, level, at) values ($1, 1, clock_timestamp())
     on conflict (key) do update
     set level = 1 + greatest(0, there.level - extract(epoch from clock_timestamp() - there.at) / $2),
         at = clock_timestamp()
     returning level`,
    [key, secondsEach],
  )
  const level = rows[0]?.level ?? 0
  return Math.max(0, level - atOnce) * secondsEach
}

async function giveBack(pool: pg.Pool, key: string): Promise<void> {
  await pool.query(
    'update identity.sign_in_attempts set level = greatest(0, level - 1) where key = $1',
    [key],
  )
}

async function forgive(pool: pg.Pool, keys: readonly string[]): Promise<void> {
  await pool.query(
    `delete from identity.sign_in_attempts
     where key = any($1) or at < now() - interval '${DRAINED_AFTER}'`,
    [keys],
  )
}

async function remember(pool: pg.Pool, userId: string, address: string): Promise<void> {
  await pool.query(
    `insert into identity.known_address as there (user_id, address, at) values ($1, $2, now())
     on conflict (user_id, address) do update set at = now()`,
    [userId, address],
  )
  await pool.query(
    `delete from identity.known_address where user_id = $1 and address not in
       (select address from identity.known_address where user_id = $1 order by at desc limit ${REMEMBERED})`,
    [userId],
  )
}

async function forget(pool: pg.Pool, userId: string, accounts: readonly string[]): Promise<void> {
  await pool.query('delete from identity.known_address where user_id = $1', [userId])
  await pool.query(
    `delete from identity.sign_in_attempts
     where split_part(key, ' ', 1) in ('home', 'account') and split_part(key, ' ', 2) = any($1)`,
    [accounts],
  )
}
