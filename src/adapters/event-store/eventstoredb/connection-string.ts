import { z } from 'zod'
import { EventStoreDbUnusable } from './errors.ts'

/**
 * Reads what stands in `EVENTSTOREDB_URL`. The client library has a reader of its own, which is not used: it
 * prints the whole string, password included, when it meets an option it does not know, cuts a password at
 * its first colon, takes a slash before the options for a part of the host's name, and of several hosts
 * after `esdb+discover` forgets all but the first.
 */

export interface Host {
  readonly address: string
  readonly port: number
}

const nodePreferences = ['leader', 'follower', 'read_only_replica', 'random'] as const
export type NodePreference = (typeof nodePreferences)[number]

export interface ConnectionSettings {
  readonly hosts: readonly Host[]
  /** Whether the nodes are asked who leads; else the one host is spoken to, whatever it is. */
  readonly discovers: boolean
  readonly credentials: { readonly username: string; readonly password: string } | undefined
  readonly tls: boolean
  readonly verifiesCertificate: boolean
  /** Paths of PEM files. */
  readonly caFile: string | undefined
  readonly userCertFile: string | undefined
  readonly userKeyFile: string | undefined
  readonly nodePreference: NodePreference
  readonly connectionName: string
  readonly maxDiscoverAttempts: number
  /** Milliseconds. */
  readonly discoveryInterval: number
  /** Seconds. */
  readonly gossipTimeout: number
  /** Milliseconds. */
  readonly keepAliveInterval: number
  readonly keepAliveTimeout: number
  readonly defaultDeadline: number
}

const DEFAULT_PORT = 2113
/** What -1 stands for: the longest that a timer can be set to. */
const NEVER_MS = 2 ** 31 - 1
const EXAMPLE = 'esdb://user:password@host:2113?tlsCAFile=ca.crt'

const wholeNumber = z
  .string()
  .regex(/^\d{1,9}$/, 'must be a whole number')
  .transform(Number)
  .refine((value) => value > 0, 'must be above 0')
const keepAlive = z
  .literal('-1')
  .transform(() => NEVER_MS)
  .or(wholeNumber)
const flag = z.enum(['true', 'false'], 'must be true or false').transform((text) => text === 'true')
const anyText = z.string().min(1, 'must not be empty')

/** By name as a reader compares it: in lower case, without hyphens and underscores. */
const options = z.object({
  tls: flag.default(true),
  tlsverifycert: flag.default(true),
  tlscafile: anyText.optional(),
  usercertfile: anyText.optional(),
  userkeyfile: anyText.optional(),
  nodepreference: z
    .string()
    .transform((text) => nodePreferences.find((known) => flat(known) === flat(text)))
    .refine((found) => found !== undefined, `must be one of ${nodePreferences.join(', ')}`)
    .default('leader'),
  connectionname: anyText.default('daybook'),
  maxdiscoverattempts: wholeNumber.default(10),
  discoveryinterval: wholeNumber.default(100),
  gossiptimeout: wholeNumber.default(3),
  keepaliveinterval: keepAlive.default(10_000),
  keepalivetimeout: keepAlive.default(10_000),
  defaultdeadline: wholeNumber.default(10_000),
  // Known to other clients and without a meaning here: what it is about is always thrown.
  throwonappendfailure: flag.optional(),
})

const flat = (name: string): string => name.toLowerCase().replace(/[_-]/g, '')

/** @throws EventStoreDbUnusable naming the part that cannot be read, without any of its secrets. */
export function parseConnectionString(text: string): ConnectionSettings {
  const [, discover, authority = '', query = ''] =
    /^esdb(\+discover)?:\/\/([^/?]*)\/?(?:\?(.*))?$/s.exec(text.trim()) ?? malformed()
  const at = authority.lastIndexOf('@')
  const hosts = authority
    .slice(at + 1)
    .split(',')
    .map(hostOf)
  const found = optionsOf(query)
  if ((found.usercertfile === undefined) !== (found.userkeyfile === undefined)) {
    throw unusable('userCertFile and userKeyFile need one another: give both or none')
  }
  return {
    hosts,
    discovers: discover !== undefined || hosts.length > 1,
    credentials: at < 0 ? undefined : credentialsOf(authority.slice(0, at)),
    tls: found.tls,
    verifiesCertificate: found.tlsverifycert,
    caFile: found.tlscafile,
    userCertFile: found.usercertfile,
    userKeyFile: found.userkeyfile,
    nodePreference: found.nodepreference ?? 'leader',
    connectionName: found.connectionname,
    maxDiscoverAttempts: found.maxdiscoverattempts,
    discoveryInterval: found.discoveryinterval,
    gossipTimeout: found.gossiptimeout,
    keepAliveInterval: found.keepaliveinterval,
    keepAliveTimeout: found.keepalivetimeout,
    defaultDeadline: found.defaultdeadline,
  }
}

export const hostText = ({ address, port }: Host): string => `${address}:${port}`

function unusable(what: string): EventStoreDbUnusable {
  return new EventStoreDbUnusable(`EVENTSTOREDB_URL cannot be used: ${what}`)
}

function malformed(): never {
  throw unusable(
    `it must look like ${EXAMPLE}; in user and password, write the characters / ? @ : % as %2F %3F %40 %3A %25`,
  )
}

function hostOf(text: string): Host {
  const found = /^([A-Za-z0-9._-]+)(?::(\d{1,5}))?$/.exec(text.trim())
  const port = Number(found?.[2] ?? DEFAULT_PORT)
  if (found?.[1] === undefined || port < 1 || port > 65_535) {
    // What stands there may be a password that was cut in the wrong place: it is not shown.
    throw unusable(
      'each host must be a name or an IPv4 address, with a port from 1 to 65535 after a colon; several are ' +
        'separated by commas. A password that holds / ? @ or , must have them written as %2F %3F %40 %2C',
    )
  }
  return { address: found[1], port }
}

function credentialsOf(text: string): NonNullable<ConnectionSettings['credentials']> {
  const colon = text.indexOf(':')
  if (colon < 1 || colon === text.length - 1) {
    throw unusable('before the @ must stand user:password, both not empty')
  }
  const what = 'in user and password, a % begins the code of a character; % itself is written %25'
  return {
    username: decoded(text.slice(0, colon), what),
    password: decoded(text.slice(colon + 1), what),
  }
}

function optionsOf(query: string): z.output<typeof options> {
  const given = new Map<string, string>()
  const names = new Map<string, string>()
  for (const pair of query.split('&').filter(Boolean)) {
    const [name = '', ...value] = pair.split('=')
    if (!/^[A-Za-z_-]+$/.test(name) || !(flat(name) in options.shape)) {
      throw unusable(
        'it has an option that is not known. Known are tls, tlsVerifyCert, tlsCAFile, userCertFile, userKeyFile, ' +
          'nodePreference, connectionName, maxDiscoverAttempts, discoveryInterval, gossipTimeout, ' +
          'keepAliveInterval, keepAliveTimeout, defaultDeadline and throwOnAppendFailure, each as name=value',
      )
    }
    names.set(flat(name), name)
    given.set(flat(name), decoded(value.join('=').trim(), `${name} is not encoded as in a URL`))
  }
  const parsed = options.safeParse(Object.fromEntries(given))
  if (parsed.success) return parsed.data
  const rules = parsed.error.issues.map(({ path, message }) => {
    const name = String(path[0])
    return `${names.get(name) ?? name} ${message}`
  })
  throw unusable(rules.join(', '))
}

function decoded(text: string, otherwise: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw unusable(otherwise)
  }
}
