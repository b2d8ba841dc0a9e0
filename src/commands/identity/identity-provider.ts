/** Who somebody is to a provider of identities. */
export interface ProvenIdentity {
  readonly issuer: string
  /** By which the issuer knows them, and nobody else ever. */
  readonly subject: string
  readonly email: string | undefined
  /** The issuer says that the address is theirs. */
  readonly isEmailVerified: boolean
}

/** What is known of a sign-in that was begun, by the browser that began it alone. */
export interface BegunSignIn {
  readonly state: string
  readonly nonce: string
  readonly codeVerifier: string
}

/** Where people prove who they are, by OpenID Connect: the authorization code flow with PKCE. */
export interface IdentityProvider {
  readonly issuer: string
  /** Where people come back to, as it is registered with the provider. */
  readonly redirectUri: string
  /** Whoever runs the installation takes the provider's word for whose an e-mail address is. */
  readonly isTrustedWithEmail: boolean
  /**
   * @returns what must be known to finish, and the address at which a person proves who they are.
   * @throws ProviderUnavailable
   */
  begin(): Promise<{ readonly begun: BegunSignIn; readonly url: string }>
  /**
   * @param answer The query with which the person came back.
   * @throws ProviderRefused when it is no answer to what was begun, or a no; ProviderUnavailable.
   */
  finish(answer: URLSearchParams, begun: BegunSignIn): Promise<ProvenIdentity>
}

/** Nobody was proved to be anybody. */
export class ProviderRefused extends Error {
  override readonly name = 'ProviderRefused'
  /** The provider's own word for why it said no, as RFC 6749 has them; undefined when it said something else. */
  readonly declined: string | undefined

  constructor(message: string, options: ErrorOptions & { readonly declined?: string } = {}) {
    super(message, options)
    this.declined = options.declined
  }
}

/** The provider gives no answer, or one that cannot be used at the moment. */
export class ProviderUnavailable extends Error {
  override readonly name = 'ProviderUnavailable'
}
