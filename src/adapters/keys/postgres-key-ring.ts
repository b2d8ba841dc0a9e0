import { createSecretKey, randomBytes } from 'node:crypto'
import type pg from 'pg'
import { gather } from '#log/gather.ts'
import type { KeyRing, SubjectKey } from '#log/key-ring.ts'
import { ERASED_CHANNEL, KeyCache, type KeyCacheOptions } from './key-cache.ts'
import type { MasterKeys } from './master-keys.ts'
import { insertKeys, openedKey, selectKeys, type WrappedKey } from './wrapped-key-rows.ts'

export interface PostgresKeyRingOptions extends KeyCacheOptions {
  /** Connections as the writer. */
  readonly pool: pg.Pool
  readonly masterKeys: MasterKeys
}

/** To be closed, where it hears of erasures over a connection. */
export interface PostgresKeyRing extends KeyRing {
  close(): Promise<void>
}

/** Subjects' keys in `daybook.subject_key`, each wrapped by one of the master keys. */
export function createPostgresKeyRing(options: PostgresKeyRingOptions): PostgresKeyRing {
  const { pool, masterKeys } = options
  const cache = new KeyCache(options)

  const opened = async (row: WrappedKey): Promise<SubjectKey> => {
    const bytes = await openedKey(masterKeys, row)
    return cache.keep(row.subject, bytes === undefined ? 'erased' : createSecretKey(bytes))
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
      const unknown: string[] = []
      for (const subject of subjects) {
        const key = cache.get(subject)
        if (key === undefined) unknown.push(subject)
        else keys.set(subject, key)
      }
      const answers = await Promise.all(unknown.map(ask))
      for (const [i, subject] of unknown.entries()) {
        const key = answers[i]
        if (key !== undefined) keys.set(subject, key)
      }
      return keys
    }

  return {
    forWriting: through(findOrMake),
    forReading: through(find),
    async destroy(...subjects) {
      // One statement: who is told of it finds it done. In one order everywhere: no deadlock.
      await pool.query(
        `with destroyed as (
           insert into daybook.subject_key (subject, wrapped, destroyed_at)
           select s, null, now() from unnest($1::text[]) s order by s
           on conflict (subject) do update set wrapped = null, master_key = null, destroyed_at = now()
           where subject_key.wrapped is not null
           returning subject)
         select pg_notify('${ERASED_CHANNEL}', subject) from destroyed`,
        [[...new Set(subjects)]],
      )
      for (const subject of subjects) cache.erased(subject)
    },
    async close() {
      await cache.close()
    },
  }
}

const randomKey = (): Buffer => randomBytes(32)
