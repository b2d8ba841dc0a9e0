import { timingSafeEqual } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { BEGUN_MINUTES, type BegunWithProvider } from '#commands/identity/provider-sign-in.ts'
import type { KeyedHash } from '#log/key-ring.ts'

/**
 * What is remembered of a sign-in with the provider stands in a cookie of the browser that began it, under a keyed
 * hash: any process can go on with it, and there is nothing to keep. It is no secret to that browser, and used up by
 * the provider's code, which is good once.
 */

const remembered = z.strictObject({
  state: z.string(),
  nonce: z.string(),
  codeVerifier: z.string(),
  organisation: z.string().optional(),
  link: z.strictObject({ userId: z.string(), sessionId: z.string() }).optional(),
  /** UTC instant. */
  at: z.string(),
})

export interface BegunSignInDeps {
  readonly keyedHash: KeyedHash
  /** UTC instant. */
  readonly clock: () => string
  /** Of the provider's answer; it says whether there is TLS on the way here. */
  readonly redirectUri: string
}

/** Another sign-in that was begun in the same browser is forgotten. */
export function remember(
  { keyedHash, clock, redirectUri }: BegunSignInDeps,
  reply: FastifyReply,
  begun: BegunWithProvider,
): void {
  const text = Buffer.from(JSON.stringify({ ...begun, at: clock() })).toString('base64url')
  setCookie(reply, redirectUri, `${text}.${keyedHash('begunSignIn', text)}`, BEGUN_MINUTES * 60)
}

export function forget({ redirectUri }: BegunSignInDeps, reply: FastifyReply): void {
  setCookie(reply, redirectUri, '', 0)
}

/** What this browser began; undefined when there is none, it was made up, or it is too long ago. */
export function recall(
  { keyedHash, clock, redirectUri }: BegunSignInDeps,
  request: FastifyRequest,
): BegunWithProvider | undefined {
  const value = cookies(request).get(cookieName(redirectUri)) ?? ''
  const [text = '', sign = ''] = value.split('.')
  if (!isSame(sign, keyedHash('begunSignIn', text))) return undefined
  const found = remembered.safeParse(JSON.parse(Buffer.from(text, 'base64url').toString()))
  if (!found.success) return undefined
  const { at, ...begun } = found.data
  return Date.parse(clock()) - Date.parse(at) < BEGUN_MINUTES * 60_000 ? begun : undefined
}

/** Over TLS no other host of the domain can set it. */
function cookieName(redirectUri: string): string {
  return isSecure(redirectUri) ? '__Host-daybook-sign-in' : 'daybook-sign-in'
}

function isSecure(redirectUri: string): boolean {
  return redirectUri.startsWith('https:')
}

/** It comes along when the provider sends somebody back, which is a navigation, and with nothing that a page asks for. */
function setCookie(reply: FastifyReply, redirectUri: string, value: string, seconds: number): void {
  const secure = isSecure(redirectUri) ? '; Secure' : ''
  const attributes = `Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure}`
  reply.header('set-cookie', `${cookieName(redirectUri)}=${value}; ${attributes}`)
}

function cookies({ headers }: FastifyRequest): ReadonlyMap<string, string> {
  const pairs = (headers.cookie ?? '').split(';').flatMap((pair): [string, string][] => {
    const [, name, value] = /^\s*([^=\s]+)=(\S*)\s*$/.exec(pair) ?? []
    return name === undefined || value === undefined ? [] : [[name, value]]
  })
  return new Map(pairs)
}

function isSame(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)]
  return one.length === other.length && timingSafeEqual(one, other)
}
