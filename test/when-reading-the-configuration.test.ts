import t from 'tap'
import { ConfigError, type Environment, readConfig, setupLink } from '#config'

function refusal(env: Environment): string {
  try {
    readConfig(env)
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
  return 'not refused'
}

t.test('nothing has to be set', async (t) => {
  const config = readConfig({})
  t.match(config, { dataDir: './.daybook', host: '127.0.0.1', port: 3000, logLevel: 'info' })
  t.equal(config.databaseUrl, undefined)
  t.equal(config.eventStoreDbUrl, undefined)
  t.equal(config.masterKeys, undefined)
  t.equal(config.tokens, undefined)
  t.equal(config.limits.bodyBytes, 1024 * 1024)
})

t.test('a variable that is set to nothing counts as absent', async (t) => {
  t.strictSame(readConfig({ DATABASE_URL: '', PORT: '', DAYBOOK_TOKENS: '' }), readConfig({}))
})

t.test('what is set is taken', async (t) => {
  const token = {
    token: 'a-token-of-enough-length',
    organisation: 'main',
    actor: 'ann',
    role: 'owner',
  }
  const config = readConfig({
    PORT: '0',
    DATABASE_URL: 'postgresql://me@db/books',
    EVENTSTOREDB_URL: 'esdb+discover://a:2113,b:2113?tls=false',
    DAYBOOK_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
    DAYBOOK_TOKENS: JSON.stringify([token]),
    DAYBOOK_BODY_BYTES: '2048',
    LOG_LEVEL: 'silent',
  })
  t.equal(config.port, 0)
  t.equal(config.databaseUrl, 'postgresql://me@db/books')
  t.equal(config.eventStoreDbUrl, 'esdb+discover://a:2113,b:2113?tls=false')
  t.strictSame(config.masterKeys, [Buffer.alloc(32, 7)])
  t.strictSame(config.tokens, [token])
  t.equal(config.limits.bodyBytes, 2048)
})

t.test('a link leads where browsers reach the server', async (t) => {
  for (const [env, origin] of [
    [{}, 'http://127.0.0.1:3000'],
    [{ HOST: '0.0.0.0', PORT: '8080' }, 'http://127.0.0.1:8080'],
    [{ HOST: '::' }, 'http://127.0.0.1:3000'],
    [{ HOST: '::1' }, 'http://[::1]:3000'],
    [{ HOST: 'books.local' }, 'http://books.local:3000'],
    [{ DAYBOOK_PUBLIC_URL: 'https://books.example' }, 'https://books.example'],
  ] as const) {
    t.equal(setupLink(readConfig(env), 'dbl_x'), `${origin}/setup#dbl_x`)
  }
})

t.test('what cannot be used is named with its rule', async (t) => {
  const cases: readonly [Environment, RegExp][] = [
    [{ PORT: 'http' }, /^PORT must be a whole number from 0 to 65535 \(it is "http"\)$/m],
    [{ PORT: '70000' }, /^PORT must be a whole number from 0 to 65535/m],
    [{ PORT: '-1' }, /^PORT must be/m],
    [{ PORT: '3000.5' }, /^PORT must be/m],
    [{ DAYBOOK_PUBLIC_URL: 'https://books.example/' }, /^DAYBOOK_PUBLIC_URL must be an origin/m],
    [{ DAYBOOK_OWNER_EMAIL: 'olga' }, /^DAYBOOK_OWNER_EMAIL must be an e-mail address/m],
    [{ DAYBOOK_TIME_ZONE: 'Riyadh' }, /^DAYBOOK_TIME_ZONE must be a name of the IANA’s list/m],
    [{ DAYBOOK_CURRENCY: 'riyal' }, /^DAYBOOK_CURRENCY must be a currency of ISO 4217/m],
    [{ DAYBOOK_LANGUAGE: 'de' }, /^DAYBOOK_LANGUAGE must be en, ar or fa \(it is "de"\)/m],
    [{ DATABASE_URL: 'mysql://x/y' }, /^DATABASE_URL must be a URL like postgres:/m],
    [{ DATABASE_URL: 'nonsense' }, /^DATABASE_URL must be a URL like postgres:/m],
    [{ DATABASE_URL: 'postgres://[half' }, /^DATABASE_URL is not a URL/m],
    [{ EVENTSTOREDB_URL: 'http://x' }, /^EVENTSTOREDB_URL must be a URL like esdb:/m],
    [{ DAYBOOK_MASTER_KEY: 'c2hvcnQ=' }, /^DAYBOOK_MASTER_KEY must be 32 bytes in base64/m],
    [{ DAYBOOK_TOKENS: '{' }, /^DAYBOOK_TOKENS must be a JSON array/m],
    [{ DAYBOOK_TOKENS: '[{"token":"short"}]' }, /^DAYBOOK_TOKENS must be a JSON array/m],
    [
      {
        DAYBOOK_TOKENS:
          '[{"token":"dbk_as-if-we-had-made-it","actor":"ines","role":"installation"}]',
      },
      /^DAYBOOK_TOKENS must be .* none beginning with dba_ or dbk_/m,
    ],
    [{ LOG_LEVEL: 'loud' }, /^LOG_LEVEL must be one of trace, .*"loud"/m],
    [{ DAYBOOK_BODY_BYTES: '1MB' }, /^DAYBOOK_BODY_BYTES must be a whole number from 1024/m],
    [{ DAYBOOK_REQUEST_TIMEOUT_MS: '10' }, /^DAYBOOK_REQUEST_TIMEOUT_MS must be .* from 1000/m],
    [{ DAYBOOK_TRUSTED_PROXIES: 'my-proxy' }, /^DAYBOOK_TRUSTED_PROXIES must be addresses or/m],
    [{ DAYBOOK_TRUSTED_PROXIES: '0.0.0.0/0' }, /^DAYBOOK_TRUSTED_PROXIES must be addresses or/m],
    [{ DAYBOOK_TRUSTED_PROXIES: '10.0.0.0/33' }, /^DAYBOOK_TRUSTED_PROXIES must be addresses/m],
    [{ DAYBOOK_CORS_ORIGINS: '*' }, /^DAYBOOK_CORS_ORIGINS must be origins like https/m],
    [{ DAYBOOK_CORS_ORIGINS: 'https://a.example/x' }, /^DAYBOOK_CORS_ORIGINS must be origins/m],
    [
      { DAYBOOK_OIDC_ISSUER: 'http://login.example' },
      /^DAYBOOK_OIDC_ISSUER must be a URL like https.*http only on this machine/m,
    ],
    [
      { DAYBOOK_OIDC_REDIRECT_URI: 'https://books.example/callback' },
      /^DAYBOOK_OIDC_REDIRECT_URI must be a URL like https:.*\/api\/auth\/oidc\/callback/m,
    ],
    [{ DAYBOOK_OIDC_LINK_BY_EMAIL: 'yes' }, /^DAYBOOK_OIDC_LINK_BY_EMAIL must be true or false/m],
    [{ DAYBOOK_OIDC_LINK_BY_EMAIL: 'true' }, /^DAYBOOK_OIDC_ISSUER, .* belong together/m],
    [{ DAYBOOK_OIDC_CLIENT_SECRET: 'x' }, /^DAYBOOK_OIDC_ISSUER, .* belong together/m],
    [{ DAYBOOK_PAGE_SIZE: '9', DAYBOOK_PAGE_SIZE_MAX: '5' }, /DAYBOOK_PAGE_SIZE must not be above/],
  ]
  for (const [env, message] of cases) t.match(refusal(env), message)
})

t.test('lists have commas between', async (t) => {
  t.same(readConfig({}).network, { trustedProxies: [], corsOrigins: [] })
  const { network } = readConfig({
    DAYBOOK_TRUSTED_PROXIES: '10.0.0.0/8, ::1,uniquelocal',
    DAYBOOK_CORS_ORIGINS: 'https://books.example,http://localhost:5173',
  })
  t.same(network.trustedProxies, ['10.0.0.0/8', '::1', 'uniquelocal'])
  t.same(network.corsOrigins, ['https://books.example', 'http://localhost:5173'])
})

t.test('everything wrong is said at once, and secrets are not repeated', async (t) => {
  const said = refusal({
    PORT: 'x',
    DATABASE_URL: 'mysql://me:hush@db',
    DAYBOOK_TOKENS: '["hush"]',
  })
  t.equal(said.split('\n').length, 4)
  t.match(said, /start again\.$/)
  t.notMatch(said, /hush/)
})

t.test('a secret may stand in a file, as containers have it', async (t) => {
  const folder = t.testdir({ url: 'postgres://daybook:pw@postgres:5432/daybook\n', empty: '' })
  const DATABASE_URL_FILE = `${folder}/url`
  t.equal(
    readConfig({ DATABASE_URL_FILE }).databaseUrl,
    'postgres://daybook:pw@postgres:5432/daybook',
  )
  t.same(readConfig({ DATABASE_URL_FILE }).secretFiles, [DATABASE_URL_FILE])
  const refused = (env: Record<string, string>, message: RegExp) =>
    t.throws(() => readConfig(env), { name: 'ConfigError', message })
  refused({ DATABASE_URL_FILE, DATABASE_URL: 'postgres://x@y/z' }, /are both set. Unset one/)
  refused(
    { DAYBOOK_TOKENS_FILE: `${folder}/none` },
    /DAYBOOK_TOKENS_FILE must name a file .*ENOENT/,
  )
  refused({ DATABASE_URL_FILE: `${folder}/empty` }, /DATABASE_URL must be a URL/)
})

t.test('a process has one of three roles', async (t) => {
  t.equal(readConfig({}).role, 'all')
  t.equal(readConfig({ DAYBOOK_ROLE: 'projector' }).role, 'projector')
  t.throws(() => readConfig({ DAYBOOK_ROLE: 'king' }), {
    name: 'ConfigError',
    message: /DAYBOOK_ROLE must be one of api, projector, all \(it is "king"\)/,
  })
})

t.test(
  'a provider of identities is taken whole, and trusted with addresses when that is said',
  async (t) => {
    const env = {
      DAYBOOK_OIDC_ISSUER: 'https://login.example/books',
      DAYBOOK_OIDC_CLIENT_ID: 'daybook',
      DAYBOOK_OIDC_CLIENT_SECRET: 'of the client',
      DAYBOOK_OIDC_REDIRECT_URI: 'https://books.example/api/auth/oidc/callback',
    }
    t.strictSame(readConfig(env).openIdConnect, {
      issuer: 'https://login.example/books',
      clientId: 'daybook',
      clientSecret: 'of the client',
      redirectUri: 'https://books.example/api/auth/oidc/callback',
      isTrustedWithEmail: false,
    })
    const trusted = readConfig({ ...env, DAYBOOK_OIDC_LINK_BY_EMAIL: 'true' })
    t.equal(trusted.openIdConnect?.isTrustedWithEmail, true)
    for (const issuer of ['http://localhost:8080', 'http://127.0.0.1:8080', 'http://[::1]:8080']) {
      t.equal(readConfig({ ...env, DAYBOOK_OIDC_ISSUER: issuer }).openIdConnect?.issuer, issuer)
    }
    for (const issuer of [
      'https://me@login.example',
      'https://login.example/?x',
      'login.example',
    ]) {
      t.match(refusal({ ...env, DAYBOOK_OIDC_ISSUER: issuer }), /^DAYBOOK_OIDC_ISSUER must be/)
    }
  },
)
