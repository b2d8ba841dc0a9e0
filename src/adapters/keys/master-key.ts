import { derivedKey } from './derived-keys.ts'

/** What all other keys hang on. It never leaves the process; its fingerprint may be told to anybody. */
export interface MasterKey {
  /** Fingerprint: 16 hexadecimal digits that follow from the key and tell nothing about it. */
  readonly id: string
  /** 32 bytes. */
  readonly bytes: Buffer
}

export function masterKeyOf(bytes: Buffer): MasterKey {
  const fingerprint = derivedKey(bytes, 'fingerprint').export()
  return { id: fingerprint.toString('hex', 0, 8), bytes }
}

/** The master keys cannot be used as they are; the message says what to do. */
export class MasterKeyError extends Error {
  override readonly name = 'MasterKeyError'
}
