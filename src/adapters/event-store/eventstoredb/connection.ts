import { AppendStream } from './append-stream.ts'
import { Client, type TlsFiles } from './client.ts'
import type { ConnectionSettings, NodePreference } from './connection-string.ts'

/** A client and the call that carries its appends. */
export interface Link {
  readonly client: Client
  readonly appends: AppendStream
}

/**
 * The client in use. Where the library stays with a node that has fallen silent, or that knows no leader, the
 * client is left for a new one, which asks all hosts again who leads.
 */
export class Connection {
  readonly #settings: ConnectionSettings
  readonly #files: TlsFiles
  readonly #preference: NodePreference
  #link: Link | undefined

  constructor(settings: ConnectionSettings, files: TlsFiles, preference: NodePreference) {
    this.#settings = settings
    this.#files = files
    this.#preference = preference
  }

  get link(): Link {
    if (this.#link === undefined) {
      const client = new Client(this.#settings, this.#files, this.#preference)
      this.#link = { client, appends: new AppendStream(client) }
    }
    return this.#link
  }

  /** False once it was left: what was under way over it has been cut short. */
  isInUse(link: Link): boolean {
    return link === this.#link
  }

  /** Of all that fail over one link, the first replaces it: the others find the new one already there. */
  leave(link: Link): void {
    if (link !== this.#link) return
    this.#link = undefined
    link.client.end().catch(() => {})
  }

  async close(): Promise<void> {
    await this.#link?.client.end()
  }
}
