import { readFileSync } from 'node:fs'
import { X509Certificate } from 'node:crypto'
import { EventStoreDBClient, type GossipClusterOptions } from '@eventstore/db-client'
import type { ConnectionSettings, NodePreference } from './connection-string.ts'
import { EventStoreDbUnusable } from './errors.ts'

/** What of the files that a connection string names; read once, at the start. */
export interface TlsFiles {
  readonly ca: Buffer | undefined
  readonly userCert: Buffer | undefined
  readonly userKey: Buffer | undefined
}

/** @throws EventStoreDbUnusable naming the option and the file. */
export function readTlsFiles(settings: ConnectionSettings): TlsFiles {
  const { caFile, userCertFile, userKeyFile } = settings
  return {
    ca: certificates('tlsCAFile', caFile),
    userCert: certificates('userCertFile', userCertFile),
    userKey: read('userKeyFile', userKeyFile),
  }
}

function read(option: string, file: string | undefined): Buffer | undefined {
  if (file === undefined) return undefined
  try {
    return readFileSync(file)
  } catch (error) {
    throw new EventStoreDbUnusable(
      `${option} in EVENTSTOREDB_URL names ${file}, which cannot be read: ${(error as Error).message}. ` +
        'Give the path of a PEM file, absolute or from the folder that Daybook is started in.',
    )
  }
}

/** What holds no certificate would be taken without a word, and every server then refused. */
function certificates(option: string, file: string | undefined): Buffer | undefined {
  const content = read(option, file)
  if (content === undefined || isCertificate(content)) return content
  throw new EventStoreDbUnusable(
    `${option} in EVENTSTOREDB_URL names ${file}, which holds no certificate. Give a PEM file of certificates.`,
  )
}

function isCertificate(content: Buffer): boolean {
  try {
    return new X509Certificate(content).raw.length > 0
  } catch {
    return false
  }
}

function connectionOf(
  settings: ConnectionSettings,
  nodePreference: NodePreference,
): GossipClusterOptions {
  const { hosts, discovers, connectionName, defaultDeadline } = settings
  const { keepAliveInterval, keepAliveTimeout } = settings
  const { maxDiscoverAttempts, discoveryInterval, gossipTimeout } = settings
  const [first] = hosts
  if (first === undefined) throw new EventStoreDbUnusable('EVENTSTOREDB_URL names no host')
  const common = { connectionName, defaultDeadline, keepAliveInterval, keepAliveTimeout }
  // The library takes either form, its types only one that is known in advance.
  if (!discovers) return { ...common, endpoint: { ...first } } as unknown as GossipClusterOptions
  const discovery = { maxDiscoverAttempts, discoveryInterval, gossipTimeout, nodePreference }
  // All of them are asked, whatever the scheme; each name may stand for several addresses.
  return { ...common, ...discovery, endpoints: hosts.map((host) => ({ ...host })) }
}

interface Closable {
  close(): void
}

/** The library's client, with what it lacks where nodes die. */
export class Client extends EventStoreDBClient {
  #channel: Closable | undefined
  #ended = false

  constructor(settings: ConnectionSettings, files: TlsFiles, nodePreference: NodePreference) {
    const { tls, verifiesCertificate, credentials } = settings
    super(
      connectionOf(settings, nodePreference),
      tls
        ? {
            ...(files.ca && { rootCertificate: files.ca }),
            ...(files.userCert && { userCertFile: files.userCert }),
            ...(files.userKey && { userKeyFile: files.userKey }),
            ...(!verifiesCertificate && { verifyOptions: { rejectUnauthorized: false } }),
          }
        : { insecure: true },
      credentials && { ...credentials },
    )
    const { getChannel, handleError } = this
    this.getChannel = async () => {
      const channel = await getChannel()
      this.#channel = channel
      if (this.#ended) channel.close()
      return channel
    }
    // A call that breaks late waits here for the next channel. When no node is found for one, the failure
    // would be nobody's, and end the process.
    this.handleError = (client, error) => handleError(client, error).catch(() => {})
  }

  /** Cancels its calls and lets go of its connection, which the library alone would keep. */
  async end(): Promise<void> {
    this.#ended = true
    await this.dispose()
    this.#channel?.close()
  }
}
