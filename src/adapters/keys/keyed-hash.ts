import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import type pg from 'pg'
import { type HashPurpose, hashPurposes, type KeyedHash } from '#log/key-ring.ts'
import { derivedKey } from './derived-keys.ts'
import { MasterKeyError } from './master-key.ts'
import type { MasterKeys } from './master-keys.ts'
import { insertKeys, openedKey, selectKeys } from './wrapped-key-rows.ts'

/**
 * Keys of hashes stand among those of subjects, under names that no organisation can have: they are
 * wrapped, exported and wrapped anew with the rest.
 */
export const HASH_KEYS = '$hash/'

/**
 * The installation's keyed hashes. Their keys must outlive every master key, or else no command sent
 * again and no customer number would be known. So each is kept, from its first use on: it was derived
 * from the master key in use then, as all of them were before master keys could change.
 *
 * @throws KeyUnavailable when one is wrapped by a master key that is not at hand.
 */
export async function openKeyedHash(pool: pg.Pool, masterKeys: MasterKeys): Promise<KeyedHash> {
  const subjects = hashPurposes.map((purpose) => HASH_KEYS + purpose)
  const known = await selectKeys(pool, masterKeys, subjects)
  const missing = subjects.filter((subject) => !known.some((row) => row.subject === subject))
  const made =
    missing.length === 0
      ? []
      : await insertKeys(pool, masterKeys, missing, (subject, masterKey) =>
          derivedKey(masterKey.bytes, subject.slice(HASH_KEYS.length)).export(),
        )
  const keys = new Map<string, KeyObject>()
  for (const row of [...known, ...made]) {
    const key = await openedKey(masterKeys, row)
    if (key !== undefined) keys.set(row.subject, createSecretKey(key))
  }
  return createKeyedHash((purpose) => {
    const key = keys.get(HASH_KEYS + purpose)
    if (key === undefined) throw new MasterKeyError(`The key of ${purpose} hashes was destroyed`)
    return key
  })
}

export function createKeyedHash(keyOf: (purpose: HashPurpose) => KeyObject): KeyedHash {
  const keys = new Map(hashPurposes.map((purpose) => [purpose, keyOf(purpose)]))
  return (purpose, ...parts) => {
    // Each part with its length, so that ('ab', 'c') and ('a', 'bc') differ.
    const text = parts.map((part) => `${Buffer.byteLength(part)}:${part}`).join('')
    return createHmac('sha256', keys.get(purpose) as KeyObject)
      .update(text)
      .digest('base64url')
  }
}
