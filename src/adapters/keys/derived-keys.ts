import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import type { HashPurpose, KeyedHash } from '#log/key-ring.ts'

/** A key for one purpose, derived from the master key (HKDF, RFC 5869): purposes share nothing. */
export function derivedKey(masterKey: Buffer, purpose: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', masterKey, '', `daybook ${purpose}`, 32)))
}

export function createKeyedHash(masterKey: Buffer): KeyedHash {
  const keys: Readonly<Record<HashPurpose, KeyObject>> = {
    bodyHash: derivedKey(masterKey, 'bodyHash'),
    customerNumber: derivedKey(masterKey, 'customerNumber'),
    refusedKey: derivedKey(masterKey, 'refusedKey'),
  }
  return (purpose, ...parts) => {
    // Each part with its length, so that ('ab', 'c') and ('a', 'bc') differ.
    const text = parts.map((part) => `${Buffer.byteLength(part)}:${part}`).join('')
    return createHmac('sha256', keys[purpose]).update(text).digest('base64url')
  }
}
