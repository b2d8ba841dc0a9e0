import type { ApiAnswer, TestApi } from './api.ts'
import type { TestIdentityProvider } from './identity-provider.ts'
import { nobody } from './people.ts'

/** People who sign in with a provider, as their browsers do. */

type Api = Pick<TestApi, 'call'>

/** What a browser holds when it is on its way to the provider. */
export interface OnTheWay {
  readonly url: string
  /** As it is sent back. */
  readonly cookie: string
}

/** What configures the provider of a test. */
export function configuredWith(
  { issuer, clientId, clientSecret, redirectUri }: TestIdentityProvider,
  linkByEmail = false,
): Record<string, string> {
  return {
    DAYBOOK_OIDC_ISSUER: issuer,
    DAYBOOK_OIDC_CLIENT_ID: clientId,
    DAYBOOK_OIDC_CLIENT_SECRET: clientSecret,
    DAYBOOK_OIDC_REDIRECT_URI: redirectUri,
    DAYBOOK_OIDC_LINK_BY_EMAIL: String(linkByEmail),
  }
}

export async function begin({ call }: Api, organisation?: string): Promise<OnTheWay> {
  const query = organisation === undefined ? '' : `?organisation=${organisation}`
  const answer = await call('GET', `/api/auth/oidc${query}`, { caller: nobody })
  if (answer.status !== 302) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`)
  return { url: answer.headers['location'] ?? '', cookie: cookieOf(answer) }
}

export function cookieOf({ headers }: Pick<ApiAnswer, 'headers'>): string {
  return headers['set-cookie']?.split(';', 1)[0] ?? ''
}

/** Sent back from the provider to an address, which the provider answered. */
export function comeBack(
  { call }: Api,
  cookie: string,
  at: URL,
  headers: Readonly<Record<string, string>> = {},
): Promise<ApiAnswer> {
  return call('GET', at.pathname + at.search, { caller: nobody, headers: { cookie, ...headers } })
}

/** All of it. */
export async function signInAs(
  api: Api,
  provider: TestIdentityProvider,
  subject: string,
  organisation?: string,
): Promise<ApiAnswer> {
  const { url, cookie } = await begin(api, organisation)
  return comeBack(api, cookie, await provider.signIn(url, subject))
}
