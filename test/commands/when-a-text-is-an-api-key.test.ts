import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import t from 'tap'
import {
  API_KEY_FORM,
  apiKeyHash,
  apiKeyPrefix,
  isApiKeyToken,
  newApiKeyToken,
} from '#commands/identity/api-key-token.ts'

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'.split('')

t.test('a new key has the form that scanners look for, and holds 256 bits', async (t) => {
  const keys = Array.from({ length: 500 }, newApiKeyToken)
  t.equal(new Set(keys).size, keys.length)
  const numbers = keys.map((key) => {
    t.match(key, API_KEY_FORM)
    t.ok(isApiKeyToken(key))
    return valueOf(key.slice(4, 47))
  })
  t.ok(numbers.every((number) => number < 2n ** 256n))
  t.ok(
    numbers.some((number) => number >= 2n ** 254n),
    'no bit is always 0',
  )
})

t.test('its last six characters are the CRC-32 of the 43 before, in base 62', async (t) => {
  const key = newApiKeyToken()
  t.equal(valueOf(key.slice(47)), BigInt(crc32(key.slice(4, 47))))
})

t.test('what was mistyped in one place is no key', (t) => {
  const mistyped = fc
    .tuple(fc.integer({ min: 4, max: 52 }), fc.constantFrom(...DIGITS))
    .map(([at, digit]) => ({ key: newApiKeyToken(), at, digit }))
    .filter(({ key, at, digit }) => key[at] !== digit)
  fc.assert(
    fc.property(mistyped, ({ key, at, digit }) => {
      return !isApiKeyToken(key.slice(0, at) + digit + key.slice(at + 1))
    }),
  )
  t.end()
})

t.test('nothing else is a key', (t) => {
  fc.assert(fc.property(fc.string(), (text) => !isApiKeyToken(`dbk_${text}`)))
  const key = newApiKeyToken()
  for (const other of [key.slice(1), `${key}0`, key.toUpperCase(), ` ${key}`, `${key}\n`]) {
    t.notOk(isApiKeyToken(other), other)
  }
  t.end()
})

t.test('what is shown of a key tells little of it, and its hash nothing', async (t) => {
  const key = newApiKeyToken()
  t.equal(apiKeyPrefix(key), key.slice(0, 12))
  t.match(apiKeyHash(key), /^[0-9a-f]{64}$/)
  t.not(apiKeyHash(key), apiKeyHash(newApiKeyToken()))
})

function valueOf(text: string): bigint {
  return text.split('').reduce((sum, digit) => sum * 62n + BigInt(DIGITS.indexOf(digit)), 0n)
}
