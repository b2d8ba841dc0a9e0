import { parseConnectionString } from '#adapters/event-store/eventstoredb/connection-string.ts'
import type { Config } from '#config'
import { type Finding, failure, ok, warning } from './check.ts'

/** Who can reach the server, what can be read on the way, and how much anybody may ask. */
export function checkNetwork(config: Config): readonly Finding[] {
  return [
    checkListening(config),
    ...checkDatabaseTransport(config.databaseUrl),
    ...checkLogTransport(config.eventStoreDbUrl),
    checkRates(config),
  ]
}

function checkListening({ host, network: { trustedProxies } }: Config): Finding {
  if (isOwn(host)) return ok('network', `Listens on ${host}, for this machine alone`)
  if (trustedProxies.length === 0) {
    return warning(
      'network',
      `Listens on ${host} without TLS: put a proxy with TLS in front and name it in DAYBOOK_TRUSTED_PROXIES, or set HOST to 127.0.0.1`,
    )
  }
  return ok(
    'network',
    `Listens on ${host}; assumed is that only the proxies ${trustedProxies.join(', ')} reach it, and that they have TLS`,
  )
}

function checkDatabaseTransport(url: string | undefined): readonly Finding[] {
  if (url === undefined) return []
  const { hostname, searchParams } = new URL(url)
  // A socket of this machine stands in the parameters.
  const host = searchParams.get('host') ?? decodeURIComponent(hostname)
  if (isOwn(host)) return []
  const mode = searchParams.get('sslmode') ?? searchParams.get('ssl') ?? ''
  // The driver verifies the certificate with each of these.
  if (/^(true|1|require|verify-ca|verify-full)$/.test(mode))
    return [ok('database TLS', `PostgreSQL on ${host} is asked over TLS`)]
  return [
    warning(
      'database TLS',
      `What passes between here and PostgreSQL on ${host} can be read or changed on the way, but within a private network: add sslmode=verify-full to DATABASE_URL`,
    ),
  ]
}

function checkLogTransport(url: string | undefined): readonly Finding[] {
  if (url === undefined) return []
  try {
    const { hosts, tls, verifiesCertificate, credentials } = parseConnectionString(url)
    const others = hosts.map(({ address }) => address).filter((address) => !isOwn(address))
    if (others.length === 0) return []
    const place = `EventStoreDB on ${others.join(', ')}`
    if (!tls) {
      const what = credentials === undefined ? 'The log' : 'The log, and the password of its user,'
      return [
        warning(
          'log TLS',
          `${what} can be read on the way to ${place}, but within a private network: set tls=true in EVENTSTOREDB_URL`,
        ),
      ]
    }
    return verifiesCertificate
      ? [ok('log TLS', `${place} is asked over TLS`)]
      : [
          warning(
            'log TLS',
            `Anybody on the way could pretend to be ${place}: take tlsVerifyCert=false out of EVENTSTOREDB_URL`,
          ),
        ]
  } catch (error) {
    return [failure('log TLS', (error as Error).message)]
  }
}

function checkRates({ limits }: Config): Finding {
  const off = [
    limits.callerRequestsPerMinute === 0 && 'DAYBOOK_CALLER_REQUESTS_PER_MINUTE',
    limits.addressRequestsPerMinute === 0 && 'DAYBOOK_ADDRESS_REQUESTS_PER_MINUTE',
    limits.eventLoopDelayMs === 0 && 'DAYBOOK_EVENT_LOOP_DELAY_MS',
  ].filter((name) => name !== false)
  if (off.length === 0) return ok('limits', 'Nobody can ask without limit')
  return warning('limits', `No limit is set by ${off.join(', ')}: 0 means as much as anybody likes`)
}

function isOwn(host: string): boolean {
  return host === '' || host.startsWith('/') || /^(localhost|127(\.\d+){3}|\[?::1\]?)$/.test(host)
}
