import type { CommandHandler } from '#commands/handler.ts'
import { apiKeyHash, apiKeyPrefix, isApiKeyToken } from '#commands/identity/api-key-token.ts'
import type { ApiKeyOwner, ApiKeys, KnownApiKey } from '#commands/identity/api-keys.ts'
import { apiKey } from '#domain/identity/api-key.ts'
import { BoundedCache } from '#log/bounded-cache.ts'
import { gather } from '#log/gather.ts'
import { ChannelListener } from '../database/channel-listener.ts'
import type { Database } from '../database/database.ts'
import { API_KEYS_CHANNEL, ApiKeyRows } from './api-key-rows.ts'

export interface PostgresApiKeysOptions {
  readonly database: Pick<Database, 'writer' | 'connect'>
  readonly handler: Pick<CommandHandler, 'load'>
  /** UTC instant. */
  readonly clock: () => string
  readonly warn: (message: string, cause: unknown) => void
}

/** To be closed, since it listens and writes behind. */
export interface PostgresApiKeys extends ApiKeys {
  close(): Promise<void>
}

const REMEMBERED = 10_000
/** Between two notes of one key's use, by one process. */
const NOTED_EVERY_MS = 60_000

/**
 * API keys by their hashes in `identity.api_key`, and what the log says of each. Both are remembered for as
 * long as this process would hear that a key was revoked: some ten seconds after its connection fell silent
 * it relies on nothing that it remembers.
 */
export function createPostgresApiKeys(options: PostgresApiKeysOptions): PostgresApiKeys {
  const rows = new ApiKeyRows(options.database.writer)
  const known = new KnownKeys(options, rows)
  const uses = new Uses(options, rows)
  return {
    keep: (hash, owner) => rows.insert(hash, owner),
    drop: (hash) => rows.delete(hash),
    async changed(apiKeyId) {
      known.forget(apiKeyId)
      await rows.tell(apiKeyId)
    },
    find: (token) => (isApiKeyToken(token) ? known.find(token) : undefined),
    used: ({ hash }) => uses.note(hash),
    idsOf: (organisation) => rows.idsOf(organisation),
    lastUsed: (organisation, ids) => rows.lastUsed(organisation, ids),
    async close() {
      await Promise.all([known.close(), uses.written()])
    },
  }
}

/** What is known of keys, and of which tokens it is known that they are none. */
class KnownKeys {
  readonly #handler: PostgresApiKeysOptions['handler']
  readonly #listener: ChannelListener
  readonly #ownerOf: (hash: string) => Promise<ApiKeyOwner | undefined>
  /** By hash. */
  #keys = new BoundedCache<KnownApiKey>(REMEMBERED)
  /** Hashes that nobody has; nobody will ever be given a key that has one of them. */
  readonly #nobodys = new BoundedCache<true>(REMEMBERED)
  /** Raised by whatever is heard: what was looked up before may be older than that. */
  #heard = 0

  constructor({ database, handler }: PostgresApiKeysOptions, rows: ApiKeyRows) {
    this.#handler = handler
    this.#ownerOf = gather(async (hashes: readonly string[]) => {
      const owners = await rows.owners(hashes)
      return hashes.map((hash) => owners.get(hash))
    })
    this.#listener = new ChannelListener({
      channel: API_KEYS_CHANNEL,
      connect: () => database.connect('writer', { name: 'daybook api keys', lease: true }),
      onTold: (apiKeyId) => this.forget(apiKeyId),
      onHearing: () => this.#forgetAll(),
    })
  }

  find(token: string): KnownApiKey | undefined | Promise<KnownApiKey | undefined> {
    const hash = apiKeyHash(token)
    if (this.#nobodys.get(hash) === true) return undefined
    const found = this.#listener.hears ? this.#keys.get(hash) : undefined
    return found ?? this.#findAndRemember(token, hash)
  }

  forget(apiKeyId: string): void {
    this.#heard += 1
    for (const key of this.#keys.values()) {
      if (key.apiKeyId === apiKeyId) this.#keys.delete(key.hash)
    }
  }

  #forgetAll(): void {
    this.#heard += 1
    this.#keys = new BoundedCache(REMEMBERED)
  }

  close(): Promise<void> {
    return this.#listener.stop()
  }

  async #findAndRemember(token: string, hash: string): Promise<KnownApiKey | undefined> {
    const heard = this.#heard
    const owner = await this.#ownerOf(hash)
    const found = owner && (await this.#read(owner, token, hash))
    if (found === undefined) {
      this.#nobodys.set(hash, true)
      return undefined
    }
    this.#listener.start()
    if (heard === this.#heard) this.#keys.set(hash, found)
    return found
  }

  /** Undefined when the hash was kept for an attempt to issue the key that came to nothing. */
  async #read(owner: ApiKeyOwner, token: string, hash: string): Promise<KnownApiKey | undefined> {
    const { organisation, apiKeyId } = owner
    const { state } = await this.#handler.load(apiKey, organisation, apiKeyId, { age: 'now' })
    if (state.status === 'none' || state.prefix !== apiKeyPrefix(token)) return undefined
    const { role, scopes, status, expiresAt } = state
    return {
      ...owner,
      hash,
      role,
      scopes,
      isRevoked: status === 'revoked',
      expiresAt: expiresAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(expiresAt),
    }
  }
}

/** Notes of when keys were used: written behind, together, and seldom. */
class Uses {
  readonly #warn: PostgresApiKeysOptions['warn']
  readonly #write: (hash: string) => Promise<void>
  /** By hash, when it was noted last, by a clock that only goes forward. */
  readonly #noted = new BoundedCache<number>(REMEMBERED)
  readonly #writing = new Set<Promise<void>>()

  constructor({ clock, warn }: PostgresApiKeysOptions, rows: ApiKeyRows) {
    this.#warn = warn
    this.#write = gather(async (hashes: readonly string[]) => {
      await rows.used(hashes, clock())
      return hashes.map(() => undefined)
    })
  }

  note(hash: string): void {
    const now = performance.now()
    if (now - (this.#noted.get(hash) ?? Number.NEGATIVE_INFINITY) < NOTED_EVERY_MS) return
    this.#noted.set(hash, now)
    const written = this.#write(hash)
      .catch((error: unknown) => this.#warn('the use of an API key was not noted', error))
      .finally(() => this.#writing.delete(written))
    this.#writing.add(written)
  }

  async written(): Promise<void> {
    await Promise.all(this.#writing)
  }
}
