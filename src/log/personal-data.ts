import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto'
import { z } from 'zod'
import { personalData } from '#domain/event-schema.ts'
import type { JsonObject } from './event-store.ts'

/** A personal field of an event type, and the field that names whose it is. */
export interface PersonalField {
  readonly field: string
  readonly subject: string
}

/** The personal fields of an event's schema, found by their annotation in the `personalData` registry. */
export function personalFields(schema: z.ZodObject): readonly PersonalField[] {
  return Object.entries(schema.shape).flatMap(([field, type]) => {
    const annotation = annotationOf(type as z.ZodType)
    return annotation === undefined ? [] : [{ field, subject: annotation.subject }]
  })
}

/** `personal(…)` may itself be optional or nullable. */
function annotationOf(schema: z.ZodType): { readonly subject: string } | undefined {
  const annotation = personalData.get(schema)
  if (annotation !== undefined) return annotation
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) {
    return annotationOf(schema.unwrap() as z.ZodType)
  }
  return undefined
}

const NONCE_BYTES = 12
const TAG_BYTES = 16

/**
 * AES-256-GCM: nonce, ciphertext and tag in one. The context must be the same to open it again. Keys are
 * key objects: a buffer would be made into one for each call, which costs three times the rest.
 */
export function seal(key: KeyObject, context: string, plain: Buffer): Buffer {
  const nonce = nextNonce()
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(Buffer.from(context))
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

let nonces: Buffer = Buffer.alloc(0)

/** Random bytes cost a call of the system: they are fetched for many at once, and each is used once. */
function nextNonce(): Buffer {
  if (nonces.length < NONCE_BYTES) nonces = randomBytes(256 * NONCE_BYTES)
  const nonce = nonces.subarray(0, NONCE_BYTES)
  nonces = nonces.subarray(NONCE_BYTES)
  return nonce
}

/** @throws Error when key or context are not those it was sealed with, or a byte was changed. */
export function unseal(key: KeyObject, context: string, sealed: Buffer): Buffer {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) throw new Error('The ciphertext is too short')
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  })
  decipher.setAAD(Buffer.from(context))
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES))
  return Buffer.concat([
    decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)),
    decipher.final(),
  ])
}

/** Binds a ciphertext to its event and subject, so that none can be moved to another place. */
export function sealContext(eventId: string, type: string, subject: string): string {
  return `${eventId}|${type}|${subject}`
}

/** The ciphertexts of an event's data by subject; undefined when it has none. */
export function sealedParts(data: JsonObject): Readonly<Record<string, string>> | undefined {
  const parts = data['$personal']
  return parts === undefined ? undefined : (parts as Readonly<Record<string, string>>)
}
