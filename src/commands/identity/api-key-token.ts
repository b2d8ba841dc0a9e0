import { hash, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'

/**
 * An API key as its holder has it: `dbk_`, 43 letters and digits that hold 256 random bits, and six that are
 * the CRC-32 of those, as in GitHub's tokens. So scanners find one in a text by its form alone, and what
 * was mistyped or made up is told apart from a key without asking anybody.
 */
export const API_KEY_FORM = /^dbk_[0-9A-Za-z]{49}$/

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const SECRET_BYTES = 32
const SECRET_DIGITS = 43
const CHECK_DIGITS = 6
/** `dbk_` and eight digits: of the 256 bits more than 200 are left to guess. */
const PREFIX_CHARACTERS = 12

/** A key that nobody has. */
export function newApiKeyToken(): string {
  const secret = base62(BigInt(`0x${randomBytes(SECRET_BYTES).toString('hex')}`), SECRET_DIGITS)
  return `dbk_${secret}${checkOf(secret)}`
}

/** Whether it can be a key at all. */
export function isApiKeyToken(token: string): boolean {
  if (!API_KEY_FORM.test(token)) return false
  const secret = token.slice(-SECRET_DIGITS - CHECK_DIGITS, -CHECK_DIGITS)
  return token.endsWith(checkOf(secret))
}

/** What people are shown of it. */
export function apiKeyPrefix(token: string): string {
  return token.slice(0, PREFIX_CHARACTERS)
}

/**
 * By which a key is found, in hexadecimal. What makes a password's hash slow is there to hold up whoever
 * guesses; 256 random bits are beyond guessing, so that one SHA-256 is enough, and costs nothing.
 */
export function apiKeyHash(token: string): string {
  return hash('sha256', token, 'hex')
}

function checkOf(secret: string): string {
  return base62(BigInt(crc32(secret)), CHECK_DIGITS)
}

function base62(number: bigint, digits: number): string {
  let rest = number
  let text = ''
  for (let i = 0; i < digits; i += 1) {
    text = (DIGITS[Number(rest % 62n)] ?? '') + text
    rest /= 62n
  }
  return text
}
