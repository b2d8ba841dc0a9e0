import { hash, randomBytes } from 'node:crypto'

/** As many as nobody can try. */
const TOKEN_BYTES = 32

/** A token that begins as its kind does, which tells it apart where it is found lying about. */
export function newToken(prefix: string): string {
  return prefix + randomBytes(TOKEN_BYTES).toString('base64url')
}

/** What is kept of a token: nobody can make it from this, and it is found without comparing. */
export function tokenHash(token: string): Buffer {
  return hash('sha256', token, 'buffer')
}
