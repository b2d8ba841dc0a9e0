import fc from 'fast-check'
import t from 'tap'
import { parseConnectionString } from '#adapters/event-store/eventstoredb/connection-string.ts'

function refusal(text: string): string {
  try {
    parseConnectionString(text)
  } catch (error) {
    if (error instanceof Error && error.name === 'EventStoreDbUnusable') return error.message
    throw error
  }
  return 'not refused'
}

t.test('one host, with what is usual', async (t) => {
  t.match(parseConnectionString('esdb://localhost:2114?tls=false'), {
    hosts: [{ address: 'localhost', port: 2114 }],
    discovers: false,
    tls: false,
    credentials: undefined,
    nodePreference: 'leader',
  })
  const plain = parseConnectionString('esdb://db.example')
  t.match(plain, { hosts: [{ address: 'db.example', port: 2113 }], tls: true, caFile: undefined })
  t.strictSame(parseConnectionString(' esdb://db.example/ '), plain, 'a slash changes nothing')
  t.strictSame(
    parseConnectionString('esdb://localhost/?tls=false'),
    parseConnectionString('esdb://localhost?tls=false'),
  )
})

t.test('several hosts are all asked who leads, whatever the scheme', async (t) => {
  const hosts = ['a', 'b', 'c'].map((address) => ({ address, port: 2113 }))
  for (const scheme of ['esdb', 'esdb+discover']) {
    const found = parseConnectionString(`${scheme}://a:2113,b,c:2113?nodePreference=Follower`)
    t.match(found, { hosts, discovers: true, nodePreference: 'follower' })
  }
  t.match(parseConnectionString('esdb+discover://cluster.example:2113'), { discovers: true })
})

t.test('options, by name in any case', async (t) => {
  const text =
    'esdb://a?TlsCaFile=certs/my%20ca.crt&tlsVerifyCert=false&userCertFile=u.crt&userKeyFile=u.key' +
    '&nodePreference=readOnlyReplica&connectionName=books&maxDiscoverAttempts=3&discoveryInterval=50' +
    '&gossipTimeout=2&keepAliveInterval=-1&keepAliveTimeout=20000&defaultDeadline=5000&throwOnAppendFailure=false'
  t.match(parseConnectionString(text), {
    caFile: 'certs/my ca.crt',
    verifiesCertificate: false,
    userCertFile: 'u.crt',
    userKeyFile: 'u.key',
    nodePreference: 'read_only_replica',
    connectionName: 'books',
    maxDiscoverAttempts: 3,
    discoveryInterval: 50,
    gossipTimeout: 2,
    keepAliveInterval: 2 ** 31 - 1,
    keepAliveTimeout: 20_000,
    defaultDeadline: 5000,
  })
})

t.test('any user and any password come through, encoded', async () => {
  const name = fc.string({ unit: 'grapheme', minLength: 1 })
  fc.assert(
    fc.property(name, name, (username, password) => {
      const [user, secret] = [username, password].map(encodeURIComponent)
      const { credentials, hosts } = parseConnectionString(
        `esdb://${user}:${secret}@host:1?tls=true`,
      )
      return (
        credentials?.username === username &&
        credentials.password === password &&
        hosts[0]?.address === 'host'
      )
    }),
  )
})

t.test('a colon or an @ in a password need no code', async (t) => {
  const { credentials, hosts } = parseConnectionString('esdb://me:a:b@c@host')
  t.strictSame(credentials, { username: 'me', password: 'a:b@c' })
  t.strictSame(hosts, [{ address: 'host', port: 2113 }])
})

t.test('what cannot be read is told with its rule', async (t) => {
  const refused: Readonly<Record<string, RegExp>> = {
    'http://host': /must look like esdb:/,
    'esdb://': /each host/,
    'esdb://host:0': /port from 1 to 65535/,
    'esdb://host:99999': /port from 1 to 65535/,
    'esdb://a,,b': /each host/,
    'esdb://[::1]:2113': /IPv4/,
    'esdb://me@host': /user:password/,
    'esdb://me:@host': /user:password/,
    'esdb://me:50%off@host': /% itself is written %25/,
    'esdb://me:a/b@host': /write the characters/,
    'esdb://host?tls': /tls must be true or false/,
    'esdb://host?tls=no': /tls must be true or false/,
    'esdb://host?tlsca=x': /not known/,
    'esdb://host?nodePreference=boss': /leader, follower/,
    'esdb://host?gossipTimeout=fast': /gossipTimeout must be a whole number/,
    'esdb://host?keepAliveInterval=0': /keepAliveInterval/,
    'esdb://host?tlsCAFile=': /tlsCAFile must not be empty/,
    'esdb://host?userCertFile=a.crt': /userKeyFile/,
  }
  for (const [text, rule] of Object.entries(refused)) t.match(refusal(text), rule, text)
})

t.test('whatever is wrong, the password is not told', async () => {
  const secret = 'S3cr3t'
  const junk = fc.string({ unit: fc.constantFrom(...Array.from('aesdb:/?@,%&=+[]x0 ')) })
  fc.assert(
    fc.property(junk, junk, junk, junk, (before, left, right, after) => {
      const text = `esdb://${before}:${left}${secret}${right}@${after}`
      return !refusal(text).includes(secret)
    }),
    { numRuns: 1000 },
  )
})
