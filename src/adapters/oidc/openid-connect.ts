import * as client from 'openid-client'
import {
  type BegunSignIn,
  type IdentityProvider,
  ProviderRefused,
  ProviderUnavailable,
  type ProvenIdentity,
} from '#commands/identity/identity-provider.ts'
import type { OpenIdConnectConfig } from '#config'

/** How long the provider may take for one answer. */
const TIMEOUT_SECONDS = 10
const SCOPE = 'openid email'
/** Characters of a subject, by OpenID Connect Core 1.0, section 2. */
const SUBJECT_MOST = 255

/** A provider of identities, by its issuer; it is first asked for what it can do when somebody signs in. */
export function createOpenIdConnect(options: OpenIdConnectConfig, warn: Warn): IdentityProvider {
  return new OpenIdConnect(options, warn)
}

/** Whoever runs the installation is told why what came back proves nothing, which nobody else is. */
type Warn = (message: string) => void

class OpenIdConnect implements IdentityProvider {
  readonly issuer: string
  readonly redirectUri: string
  readonly isTrustedWithEmail: boolean
  readonly #options: OpenIdConnectConfig
  readonly #warn: Warn
  #found: Promise<client.Configuration> | undefined

  constructor(options: OpenIdConnectConfig, warn: Warn) {
    this.#options = options
    this.#warn = warn
    this.issuer = options.issuer
    this.redirectUri = options.redirectUri
    this.isTrustedWithEmail = options.isTrustedWithEmail
  }

  async begin() {
    const provider = await this.#provider()
    const begun: BegunSignIn = {
      state: client.randomState(),
      nonce: client.randomNonce(),
      codeVerifier: client.randomPKCECodeVerifier(),
    }
    const url = client.buildAuthorizationUrl(provider, {
      redirect_uri: this.redirectUri,
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
    const came = new URL(this.redirectUri)
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
      // Many providers tell the address at another place than who it is; some tell none.
      const isElsewhere = provider.serverMetadata().userinfo_endpoint !== undefined
      const told =
        claims['email'] === undefined && isElsewhere
          ? await client.fetchUserInfo(provider, tokens.access_token, claims.sub)
          : claims
      const email = typeof told['email'] === 'string' ? told['email'] : undefined
      const { iss: issuer, sub: subject } = claims
      if (subject.length === 0 || subject.length > SUBJECT_MOST) {
        throw new ProviderRefused('The subject is none')
      }
      return { issuer, subject, email, isEmailVerified: told['email_verified'] === true }
    } catch (error) {
      const told = meant(error)
      if (told instanceof ProviderRefused && told.declined === undefined) {
        this.#warn(`What the identity provider answered proves nothing: ${reasonOf(error)}`)
      }
      throw told
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
    const isPlain = server.protocol === 'http:'
    // What an identity is signed with is looked at, although it comes from the provider itself.
    const execute = [
      client.enableNonRepudiationChecks,
      ...(isPlain ? [client.allowInsecureRequests] : []),
    ]
    const options = { execute, timeout: TIMEOUT_SECONDS }
    return client.discovery(server, clientId, clientSecret, undefined, options)
  }
}

/** A provider that fails is another matter than a person who was refused, or an answer that was made up. */
function meant(error: unknown): Error {
  if (error instanceof ProviderRefused) return error
  if (error instanceof client.AuthorizationResponseError) return declined(error)
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

/** What a person is sent back with in place of a code; the word is the provider's, or whoever made it up. */
function declined(error: client.AuthorizationResponseError): Error {
  if (error.error === 'temporarily_unavailable' || error.error === 'server_error') {
    return new ProviderUnavailable('The provider cannot sign anybody in now', { cause: error })
  }
  const word = /^[a-z_]{1,40}$/.test(error.error) ? error.error : 'error'
  return new ProviderRefused('The provider said no', { cause: error, declined: word })
}

/** Words of the protocol, such as `invalid_client`, and nothing of anybody's. */
function reasonOf(error: unknown): string {
  const words = [
    error instanceof client.ClientError ? error.code : undefined,
    error instanceof client.ResponseBodyError ? error.error : undefined,
    error instanceof Error ? error.message : undefined,
  ]
  return words.filter((word) => word !== undefined && /^[\w "'().,-]{1,200}$/.test(word)).join(', ')
}
