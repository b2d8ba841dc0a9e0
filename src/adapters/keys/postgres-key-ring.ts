import { createSecretKey, randomBytes } from 'node:crypto'
import type pg from 'pg'
import { BoundedCache } from '#log/bounded-cache.ts'
import { gather } from '#log/gather.ts'
import type { KeyRing, SubjectKey } from '#log/key-ring.ts'
import { unwrap, wrap } from './wrapped-key.ts'

export interface PostgresKeyRingOptions {
  /** Connections as the writer. */
  readonly pool: pg.Pool
  readonly masterKey: Buffer
  /** Opened keys kept in memory. */
  readonly cachedKeys?: number
  /**
   * Milliseconds after which a key is looked up again: until then another process's erasure may not
   * be noticed here.
   */
  readonly cachedForMs?: number
}

interface CachedKey {
  readonly key: SubjectKey
  readonly until: number
}

interface KeyRow {
  readonly subject: string
  readonly wrapped: Buffer | null
}

/** Subjects' keys in `daybook.subject_key`, wrapped by the master key. */
export function createPostgresKeyRing(options: PostgresKeyRingOptions): KeyRing {
  const { pool, masterKey, cachedKeys = 20_000, cachedForMs = 60_000 } = options
  const cache = new BoundedCache<CachedKey>(cachedKeys)

  const cached = (subject: string): SubjectKey | undefined => {
    const found = cache.get(subject)
    return found !== undefined && found.until > performance.now() ? found.key : undefined
  }

  const opened = ({ subject, wrapped }: KeyRow): SubjectKey => {
    const key = wrapped === null ? 'erased' : createSecretKey(unwrap(masterKey, subject, wrapped))
    cache.set(subject, { key, until: performance.now() + cachedForMs })
    return key
  }

  const find = gather((subjects: readonly string[]) =>
    answers(selectKeys(pool, subjects), subjects),
  )
  const findOrMake = gather((subjects: readonly string[]) =>
    answers(insertKeys(pool, masterKey, subjects), subjects),
  )

  async function answers(found: Promise<readonly KeyRow[]>, subjects: readonly string[]) {
    const keys = new Map((await found).map((row) => [row.subject, opened(row)]))
    return subjects.map((subject) => keys.get(subject))
  }

  const through =
    (ask: (subject: string) => Promise<SubjectKey | undefined>) =>
    async (subjects: readonly string[]): Promise<ReadonlyMap<string, SubjectKey>> => {
      const keys = new Map<string, SubjectKey>()
      const asked = subjects.map(async (subject) => {
        const key = cached(subject) ?? (await ask(subject))
        if (key !== undefined) keys.set(subject, key)
      })
      await Promise.all(asked)
      return keys
    }

  return {
    forWriting: through(findOrMake),
    forReading: through(find),
    async destroy(subject) {
      await pool.query(
        `insert into daybook.subject_key (subject, wrapped, destroyed_at) values ($1, null, now())
         on conflict (subject) do update set wrapped = null, destroyed_at = now()
         where subject_key.wrapped is not null`,
        [subject],
      )
      cache.set(subject, { key: 'erased', until: Number.POSITIVE_INFINITY })
    },
  }
}

async function selectKeys(pool: pg.Pool, subjects: readonly string[]): Promise<readonly KeyRow[]> {
  const { rows } = await pool.query<KeyRow>({
    name: 'subject-keys-select',
    text: 'select subject, wrapped from daybook.subject_key where subject = any($1::text[])',
    values: [subjects],
  })
  return rows
}

/**
 * Commits a key for each subject that has none. Of two processes that make one at the same time the
 * first wins, and both use it.
 */
async function insertKeys(
  pool: pg.Pool,
  masterKey: Buffer,
  subjects: readonly string[],
): Promise<readonly KeyRow[]> {
  const distinct = [...new Set(subjects)].toSorted() // In one order everywhere: no deadlock.
  const wrapped = distinct.map((subject) => wrap(masterKey, subject, randomBytes(32)))
  const { rows: made } = await pool.query<KeyRow>({
    name: 'subject-keys-insert',
    text: `insert into daybook.subject_key (subject, wrapped)
           select * from unnest($1::text[], $2::bytea[])
           on conflict (subject) do nothing
           returning subject, wrapped`,
    values: [distinct, wrapped],
  })
  if (made.length === distinct.length) return made
  const isMade = new Set(made.map(({ subject }) => subject))
  return [
    ...made,
    ...(await selectKeys(
      pool,
      distinct.filter((subject) => !isMade.has(subject)),
    )),
  ]
}
