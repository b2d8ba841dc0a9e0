import { derivedKey } from '#adapters/keys/derived-keys.ts'
import { createKeyedHash } from '#adapters/keys/keyed-hash.ts'

/** Keyed hashes that are the same in every test. */
export const testKeyedHash = createKeyedHash((purpose) => derivedKey(Buffer.alloc(32, 7), purpose))
