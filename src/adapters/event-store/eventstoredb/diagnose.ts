import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { TlsFiles } from './client.ts'
import { type ConnectionSettings, type Host, hostText } from './connection-string.ts'

/** Why a host cannot be spoken to. */
export interface Obstacle {
  readonly message: string
  /** True when waiting cannot help: something has to be changed. */
  readonly isFinal: boolean
}

const CONNECT_MS = 3000

const UNKNOWN_CA = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
])

/**
 * Connects to each host as the client does and says what stands in the way of the first that refuses, those
 * things before others that no waiting mends. Undefined when all hosts can be reached: the client itself tells
 * nothing of why it found no node.
 */
export async function diagnose(
  settings: ConnectionSettings,
  files: TlsFiles,
): Promise<Obstacle | undefined> {
  const found = await Promise.all(settings.hosts.map((host) => obstacleAt(host, settings, files)))
  const obstacles = found.filter((obstacle) => obstacle !== undefined)
  return obstacles.find(({ isFinal }) => isFinal) ?? obstacles[0]
}

async function obstacleAt(
  host: Host,
  settings: ConnectionSettings,
  files: TlsFiles,
): Promise<Obstacle | undefined> {
  const code = settings.tls
    ? await failureOf(() => tlsTo(host, files, settings.verifiesCertificate), 'secureConnect')
    : await failureOf(() => connectPlain(host.port, host.address), 'connect')
  if (code !== undefined) return explain(hostText(host), code, settings)
  if (settings.tls) return undefined
  const speaksTls = await failureOf(() => tlsTo(host, files, false), 'secureConnect')
  if (speaksTls !== undefined) return undefined
  return {
    message: `EventStoreDB at ${hostText(host)} wants TLS: take tls=false out of EVENTSTOREDB_URL and name the CA of its certificate with tlsCAFile.`,
    isFinal: true,
  }
}

function tlsTo({ address, port }: Host, { ca, userCert, userKey }: TlsFiles, verifies: boolean) {
  return connectTls({
    host: address,
    port,
    rejectUnauthorized: verifies,
    ALPNProtocols: ['h2'],
    ...(isIP(address) === 0 && { servername: address }),
    ...(ca && { ca }),
    ...(userCert && userKey && { cert: userCert, key: userKey }),
  })
}

/** The error's code; undefined when it connected. */
function failureOf(open: () => Socket, connected: string): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>()
  const socket = open()
  socket.setTimeout(CONNECT_MS, () => resolve('ETIMEDOUT'))
  socket.once(connected, () => resolve(undefined))
  socket.once('close', () => resolve('ECONNRESET'))
  socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'EUNKNOWN'))
  return promise.finally(() => socket.destroy())
}

function explain(host: string, code: string, { caFile }: ConnectionSettings): Obstacle {
  const at = `The certificate of EventStoreDB at ${host}`
  if (UNKNOWN_CA.has(code)) {
    const remedy =
      caFile === undefined
        ? 'Name the CA that signed it with tlsCAFile in EVENTSTOREDB_URL'
        : `${caFile}, which tlsCAFile names, holds another CA: name the one that signed it`
    return { message: `${at} is signed by a CA that is not known here. ${remedy}.`, isFinal: true }
  }
  switch (code) {
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return {
        message: `${at} is for another name. Use a host in EVENTSTOREDB_URL that the certificate names, or give the server a certificate for this one.`,
        isFinal: true,
      }
    case 'CERT_HAS_EXPIRED':
      return { message: `${at} has expired. Give the server a new one.`, isFinal: true }
    case 'CERT_NOT_YET_VALID':
      return {
        message: `${at} is not valid yet. Look at the clocks of both machines.`,
        isFinal: true,
      }
    case 'EPROTO':
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
      return {
        message: `EventStoreDB at ${host} does not speak TLS. Add tls=false to EVENTSTOREDB_URL, or let the server use TLS.`,
        isFinal: true,
      }
    default:
      return {
        message: `EventStoreDB at ${host} cannot be reached (${code}). Start it, or mend host and port in EVENTSTOREDB_URL.`,
        isFinal: false,
      }
  }
}
