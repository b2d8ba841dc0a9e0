import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:http'
import Provider from 'oidc-provider'

/** What of a tap test is needed here. */
interface Teardown {
  teardown(run: () => void | Promise<void>): void
}

/** A person as the provider knows them, by the name with which they sign in there. */
export interface KnownPerson {
  readonly email?: string
  readonly isEmailVerified?: boolean
}

export interface TestIdentityProvider {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  readonly redirectUri: string
  readonly isTrustedWithEmail: boolean
  /** Persons by their subject; may be changed meanwhile. */
  readonly people: Map<string, KnownPerson>
  /** Signs somebody in, as a browser does from this address; answers the address to which they are sent back. */
  signIn(url: string, subject: string): Promise<URL>
  /** As if the person had pressed Cancel. */
  cancel(url: string): Promise<URL>
  close(): Promise<void>
}

/** A provider of OpenID Connect, certified as such, on a port of this machine. */
export async function testIdentityProvider(t: Teardown): Promise<TestIdentityProvider> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const client = {
    clientId: 'daybook',
    clientSecret: 'a-secret-of-the-client-0000',
    redirectUri: 'http://127.0.0.1:3000/api/auth/oidc/callback',
    isTrustedWithEmail: false,
  }
  const people = new Map<string, KnownPerson>()
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: client.clientId,
        client_secret: client.clientSecret,
        redirect_uris: [client.redirectUri],
      },
    ],
    cookies: { keys: ['a-key-of-cookies'] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'] },
    pkce: { required: () => true },
    ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: 600, IdToken: 600 },
    findAccount: (_, sub) => ({
      accountId: sub,
      claims: async () => claimsOf(sub, people.get(sub)),
    }),
  })
  const answer = provider.callback()
  server.on('request', (request, response) => void answer(request, response))
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    if (!server.listening) return
    server.close()
    await once(server, 'close')
  }
  t.teardown(close)
  return {
    issuer,
    ...client,
    people,
    signIn: (url, subject) => new Browser(client.redirectUri).signIn(url, subject),
    cancel: (url) => new Browser(client.redirectUri).cancel(url),
    close,
  }
}

function claimsOf(sub: string, { email, isEmailVerified }: KnownPerson = {}) {
  return {
    sub,
    ...(email !== undefined && { email }),
    ...(isEmailVerified !== undefined && { email_verified: isEmailVerified }),
  }
}

/** Follows the provider's pages with its cookies, until it sends back to where it was come from. */
class Browser {
  readonly #home: string
  readonly #cookies = new Map<string, string>()

  constructor(home: string) {
    this.#home = home
  }

  async signIn(url: string, subject: string): Promise<URL> {
    let at = await this.#follow(url)
    for (let page = 0; !this.#isHome(at); page += 1) {
      if (page > 3) throw new Error(`The provider asks for ever: ${at.href}`)
      const form =
        page === 0 ? { prompt: 'login', login: subject, password: 'x' } : { prompt: 'consent' }
      at = await this.#follow(at.href, new URLSearchParams(form))
    }
    return at
  }

  async cancel(url: string): Promise<URL> {
    const at = await this.#follow(url)
    return this.#follow(`${at.href}/abort`)
  }

  #isHome(at: URL): boolean {
    return at.href.startsWith(this.#home)
  }

  async #follow(url: string, form?: URLSearchParams): Promise<URL> {
    let at = new URL(url)
    let body = form
    while (!this.#isHome(at)) {
      const answer = await fetch(at, {
        redirect: 'manual',
        headers: { cookie: [...this.#cookies].map((pair) => pair.join('=')).join('; ') },
        ...(body !== undefined && { method: 'POST', body }),
      })
      for (const cookie of answer.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
        if (value === '') this.#cookies.delete(name)
        else this.#cookies.set(name, value)
      }
      const location = answer.headers.get('location')
      const text = await answer.text()
      if (location === null) {
        if (answer.status >= 400)
          throw new Error(`${answer.status} ${at.href}: ${text.slice(0, 400)}`)
        return at
      }
      at = new URL(location, at)
      body = undefined
    }
    return at
  }
}
