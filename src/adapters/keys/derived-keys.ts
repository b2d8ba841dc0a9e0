import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'

/** A key for one purpose, derived from the master key (HKDF, RFC 5869): purposes share nothing. */
export function derivedKey(masterKey: Buffer, purpose: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', masterKey, '', `daybook ${purpose}`, 32)))
}
