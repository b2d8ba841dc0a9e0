import { generateKeyPairSync, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestIdentityProvider } from './identity-provider.ts'

/** What of a tap test is needed here. */
interface Teardown {
  teardown(run: () => void | Promise<void>): void
}

export interface LyingProvider extends Pick<TestIdentityProvider, 'issuer'> {
  /** What its next identity says; whatever code it is asked for. */
  says(identity: Identity): void
}

export interface Identity {
  readonly claims: Readonly<Record<string, unknown>>
  /** Signed with a key that is not among those it names. */
  readonly isForged?: boolean
}

/** A provider of OpenID Connect that says whatever a test wants, and signs it. */
export async function lyingProvider(t: Teardown): Promise<LyingProvider> {
  const [own, other] = [keyPair(), keyPair()]
  const jwk = { ...own.publicKey.export({ format: 'jwk' }), kid: 'one', use: 'sig', alg: 'RS256' }
  let next: Identity = { claims: {} }
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', issuer)
    const body = answers[pathname]?.()
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(body ?? {}))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const answers: Readonly<Record<string, () => object>> = {
    '/.well-known/openid-configuration': () => ({
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/keys`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
    }),
    '/keys': () => ({ keys: [jwk] }),
    '/token': () => {
      const key = next.isForged === true ? other.privateKey : own.privateKey
      const text = [{ alg: 'RS256', kid: 'one' }, next.claims].map(encoded).join('.')
      const signature = sign('sha256', Buffer.from(text), key).toString('base64url')
      return { access_token: 'x', token_type: 'Bearer', id_token: `${text}.${signature}` }
    },
  }
  t.teardown(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  return { issuer, says: (identity) => (next = identity) }
}

function keyPair() {
  return generateKeyPairSync('rsa', { modulusLength: 2048 })
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
