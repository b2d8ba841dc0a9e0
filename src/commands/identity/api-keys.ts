/** Whose a key is. What it may do, and whether it still is a key, the log says. */
export interface ApiKeyOwner {
  readonly organisation: string
  readonly apiKeyId: string
}

/** A key that was issued, as its holder presents it. */
export interface KnownApiKey extends ApiKeyOwner {
  readonly hash: string
  readonly role: string
  readonly scopes: readonly string[]
  readonly isRevoked: boolean
  /** The first instant at which it is no key any more, in milliseconds since 1970; infinite: none. */
  readonly expiresAt: number
}

/** Where the hashes of API keys are kept, apart from the log. */
export interface ApiKeyHashes {
  /** Durable when it returns. */
  keep(hash: string, owner: ApiKeyOwner): Promise<void>
  /** Of a key that was not issued. */
  drop(hash: string): Promise<void>
  /** Tells every process that the log says something else of a key than before. */
  changed(apiKeyId: string): Promise<void>
}

export interface ApiKeys extends ApiKeyHashes {
  /**
   * The key that a token is: at once where it is known. What cannot be one is asked for nowhere; of all others
   * that are not known, one question at a time is on its way, however many are presented.
   */
  find(token: string): KnownApiKey | undefined | Promise<KnownApiKey | undefined>
  /** The key was used. Written behind, and at most once a minute. */
  used(key: KnownApiKey): void
  /** Of keys whose hashes are kept; of some of them nothing may be in the log. */
  idsOf(organisation: string): Promise<readonly string[]>
  /** When these were last used, as a UTC instant, to the minute or so; those that never were are left out. */
  lastUsed(organisation: string, apiKeyIds: readonly string[]): Promise<ReadonlyMap<string, string>>
}
