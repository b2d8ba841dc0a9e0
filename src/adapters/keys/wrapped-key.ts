import type { KeyObject } from 'node:crypto'
import { seal, unseal } from '#log/personal-data.ts'
import { derivedKey } from './derived-keys.ts'

/** Wraps a subject's key under the master key; it opens for that subject only. */
export function wrap(masterKey: Buffer, subject: string, key: Buffer): Buffer {
  return seal(wrappingKey(masterKey), subject, key)
}

/** @throws Error when it was wrapped by another master key or for another subject. */
export function unwrap(masterKey: Buffer, subject: string, wrapped: Buffer): Buffer {
  return unseal(wrappingKey(masterKey), subject, wrapped)
}

const wrappingKeys = new WeakMap<Buffer, KeyObject>()

function wrappingKey(masterKey: Buffer): KeyObject {
  let key = wrappingKeys.get(masterKey)
  if (key === undefined) {
    key = derivedKey(masterKey, 'subjectKeys')
    wrappingKeys.set(masterKey, key)
  }
  return key
}
