import * as client from 'openid-client'
import {
  type BegunSignIn,
  type IdentityProvider,
  ProviderRefused,
  ProviderUnavailable,
  type ProvenIdentity,
} from '#commands/identity/identity-provider.ts'

export interface OpenIdConnectOptions {
  /** Of HTTPS, or of this machine. */
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  /** Where people come back to, as it is registered with the provider. */
  readonly redirectUri: string
}

/** How long the provider may take for one answer. */
const TIMEOUT_SECONDS = 10
const SCOPE = 'openid email'

/** A provider of identities, by its issuer; it is first asked for what it can do when somebody signs in. */
export function createOpenIdConnect(options: OpenIdConnectOptions): IdentityProvider {
  return new OpenIdConnect(options)
}

class OpenIdConnect implements IdentityProvider {
  readonly #options: OpenIdConnectOptions
  #found: Promise<client.Configuration> | undefined

  constructor(options: OpenIdConnectOptions) {
    this.#options = options
  }

  async begin() {
    const provider = await this.#provider()
    const begun: BegunSignIn = {
      state: client.randomState(),
      nonce: client.randomNonce(),
      codeVerifier: client.randomPKCECodeVerifier(),
    }
    const url = client.buildAuthorizationUrl(provider, {
      redirect_uri: this.#options.redirectUri,
      scope: SCOPE,
      state: begun.state,
      nonce: begun.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(begun.codeVerifier),
      code_challenge_method: 'S256',
    })
    return { begun, url: url.href }
  }

  async finish(answer: URLSearchParams, begun: BegunSignIn): Promise<ProvenIdentity> {
    const provider = await this.#provider()
    const came = new URL(this.#options.redirectUri)
    came.search = answer.toString()
    try {
      const tokens = await client.authorizationCodeGrant(provider, came, {
        expectedState: begun.state,
        expectedNonce: begun.nonce,
        pkceCodeVerifier: begun.codeVerifier,
        idTokenExpected: true,
      })
      const claims = tokens.claims()
      if (claims === undefined) throw new ProviderRefused('The answer holds no identity')
      // Many providers tell the address at another place than who it is.
      const told =
        claims['email'] === undefined
          ? await client.fetchUserInfo(provider, tokens.access_token, claims.sub)
          : claims
      const email = typeof told['email'] === 'string' ? told['email'] : undefined
      const { iss: issuer, sub: subject } = claims
      return { issuer, subject, email, isEmailVerified: told['email_verified'] === true }
    } catch (error) {
      throw meant(error)
    }
  }

  /** What the provider says of itself, which is asked again when it could not be had. */
  #provider(): Promise<client.Configuration> {
    this.#found ??= this.#discover().catch((error: unknown) => {
      this.#found = undefined
      throw new ProviderUnavailable('The provider does not say how it is spoken to', {
        cause: error,
      })
    })
    return this.#found
  }

  #discover(): Promise<client.Configuration> {
    const { issuer, clientId, clientSecret } = this.#options
    const server = new URL(issuer)
    const execute = server.protocol === 'http:' ? [client.allowInsecureRequests] : []
    const options = { execute, timeout: TIMEOUT_SECONDS }
    return client.discovery(server, clientId, clientSecret, undefined, options)
  }
}

/** A provider that fails is another matter than a person who was refused, or an answer that was made up. */
function meant(error: unknown): Error {
  if (error instanceof ProviderRefused) return error
  const cause = error instanceof Error ? error.cause : undefined
  const status =
    error instanceof client.ResponseBodyError
      ? error.status
      : cause instanceof Response
        ? cause.status
        : undefined
  const code = error instanceof client.ClientError ? (error.code ?? '') : ''
  const isAway =
    error instanceof TypeError ||
    code === 'OAUTH_TIMEOUT' ||
    (status !== undefined && status >= 500)
  return isAway
    ? new ProviderUnavailable('The provider did not answer', { cause: error })
    : new ProviderRefused('The provider proved nothing', { cause: error })
}
