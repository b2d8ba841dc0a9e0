import { createSecretKey, randomBytes } from 'node:crypto'
import type pg from 'pg'
import { BoundedCache } from '#log/bounded-cache.ts'
import { gather } from '#log/gather.ts'
import type { KeyRing, SubjectKey } from '#log/key-ring.ts'
import type { MasterKeys } from './master-keys.ts'
import { insertKeys, openedKey, selectKeys, type WrappedKey } from './wrapped-key-rows.ts'

export interface PostgresKeyRingOptions {
  /** Connections as the writer. */
  readonly pool: pg.Pool
  readonly masterKeys: MasterKeys
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

/** Subjects' keys in `daybook.subject_key`, each wrapped by one of the master keys. */
export function createPostgresKeyRing(options: PostgresKeyRingOptions): KeyRing {
  const { pool, masterKeys, cachedKeys = 20_000, cachedForMs = 60_000 } = options
  const cache = new BoundedCache<CachedKey>(cachedKeys)

  const cached = (subject: string): SubjectKey | undefined => {
    const found = cache.get(subject)
    return found !== undefined && found.until > performance.now() ? found.key : undefined
  }

  const opened = async (row: WrappedKey): Promise<SubjectKey> => {
    const bytes = await openedKey(masterKeys, row)
    // Destroyed while this was asked: no older answer may bring it back.
    if (cache.get(row.subject)?.key === 'erased') return 'erased'
    const key = bytes === undefined ? 'erased' : createSecretKey(bytes)
    cache.set(row.subject, { key, until: performance.now() + cachedForMs })
    return key
  }

  const find = gather((subjects: readonly string[]) =>
    answers(selectKeys(pool, masterKeys, subjects), subjects),
  )
  const findOrMake = gather((subjects: readonly string[]) =>
    answers(insertKeys(pool, masterKeys, subjects, randomKey), subjects),
  )

  async function answers(found: Promise<readonly WrappedKey[]>, subjects: readonly string[]) {
    const keys = new Map<string, SubjectKey>()
    for (const row of await found) keys.set(row.subject, await opened(row))
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
         on conflict (subject) do update set wrapped = null, master_key = null, destroyed_at = now()
         where subject_key.wrapped is not null`,
        [subject],
      )
      cache.set(subject, { key: 'erased', until: Number.POSITIVE_INFINITY })
    },
  }
}

const randomKey = (): Buffer => randomBytes(32)
