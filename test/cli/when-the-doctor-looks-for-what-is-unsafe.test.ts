import { chmodSync, writeFileSync } from 'node:fs'
import t from 'tap'
import type { Finding } from '#cli/doctor/check.ts'
import { checkNetwork } from '#cli/doctor/check-network.ts'
import { checkSecrets } from '#cli/doctor/check-secrets.ts'
import { type Environment, readConfig } from '#config'
import { TestServer } from '#test/support/server.ts'

const GOOD = 'xT4Zq9-LmW2vRb7KcN1dYs8HgJ5pQe0u'
const callers = (...tokens: readonly string[]) =>
  JSON.stringify(
    tokens.map((token, n) => ({ token, organisation: 'main', actor: `a${n}`, role: 'owner' })),
  )

const found = (findings: readonly Finding[], check: string) =>
  findings.filter((finding) => finding.check === check).map(({ state }) => state)
const network = (env: Environment, check: string) => found(checkNetwork(readConfig(env)), check)
const secrets = async (env: Environment, check: string) =>
  found(await checkSecrets(readConfig({ DAYBOOK_DATA: '/no/such/folder', ...env })), check)

t.test(
  'tokens that can be guessed, or that two callers have, are named by their caller',
  async (t) => {
    const guessable = ['changeme-changeme', '0'.repeat(64), 'owner-of-main-0000000000']
    for (const token of guessable) {
      t.same(await secrets({ DAYBOOK_TOKENS: callers(GOOD, token) }, 'tokens'), ['failure'], token)
    }
    t.same(await secrets({ DAYBOOK_TOKENS: callers(GOOD, GOOD) }, 'tokens'), ['failure'])
    const config = readConfig({ DAYBOOK_TOKENS: callers(GOOD, 'changeme-changeme') })
    const [finding] = (await checkSecrets(config)).filter(({ check }) => check === 'tokens')
    t.match(finding?.message, /The token of a1 of main can be guessed: .*openssl/)
    t.notMatch(finding?.message, /changeme/)
    const ofNone = [{ token: 'changeme-changeme', actor: 'ines', role: 'installation' }]
    const ofInstallation = readConfig({ DAYBOOK_TOKENS: JSON.stringify(ofNone) })
    t.match(
      (await checkSecrets(ofInstallation)).find(({ check }) => check === 'tokens'),
      { state: 'failure', message: /^The token of ines of the installation can be guessed/ },
    )
    for (const token of [
      GOOD,
      'f3a9c1d27b604e85a1c9d0e7b2f46388',
      '2f1c7d0e-9b3a-4c58-8e6f-a1b2c3d4e5f6',
    ]) {
      t.same(await secrets({ DAYBOOK_TOKENS: callers(token) }, 'tokens'), ['ok'], token)
    }
  },
)

t.test('files of secrets that others can read are named', async (t) => {
  const folder = t.testdir({
    'tokens.json': callers(GOOD),
    'master.key': '',
    url: 'postgres://a@b/c',
  })
  const env = { DAYBOOK_DATA: folder, DATABASE_URL_FILE: `${folder}/url` }
  const files = ['master.key', 'tokens.json', 'url']
  for (const name of files) chmodSync(`${folder}/${name}`, 0o600)
  t.same(await secrets(env, 'secrets'), ['ok', 'ok', 'ok'])
  for (const [n, name] of files.entries()) {
    chmodSync(`${folder}/${name}`, 0o640)
    const states = files.map((_, m) => (m === n ? 'failure' : 'ok'))
    t.same(await secrets(env, 'secrets'), states, name)
    chmodSync(`${folder}/${name}`, 0o600)
  }
  t.same(await secrets(env, 'tokens'), ['warning', 'ok'], 'those of the file')
  const configured = { ...env, DAYBOOK_TOKENS: callers(GOOD) }
  t.same(await secrets(configured, 'tokens'), ['warning', 'ok'], 'a file that is not looked at')
  writeFileSync(`${folder}/tokens.json`, '{')
  t.same(await secrets(env, 'tokens'), ['failure'], 'which cannot be read')
})

t.test('a master key that is only on this machine, with the data elsewhere, is told', async (t) => {
  const DATABASE_URL = 'postgres://daybook@db/daybook'
  const DAYBOOK_MASTER_KEY = Buffer.alloc(32, 7).toString('base64')
  t.same(await secrets({ DATABASE_URL }, 'master key'), ['warning'])
  t.same(await secrets({}, 'master key'), ['ok'])
  t.same(await secrets({ DATABASE_URL, DAYBOOK_MASTER_KEY }, 'master key'), ['ok'])
})

t.test('what can be reached or read from outside is told', async (t) => {
  t.same(network({}, 'network'), ['ok'])
  t.same(network({ HOST: '0.0.0.0' }, 'network'), ['warning'])
  t.same(network({ HOST: '0.0.0.0', DAYBOOK_TRUSTED_PROXIES: '10.0.0.2' }, 'network'), ['ok'])
  const esdb = (EVENTSTOREDB_URL: string) => network({ EVENTSTOREDB_URL }, 'log TLS')
  t.same(esdb('esdb://localhost:2113?tls=false'), [])
  t.same(esdb('esdb://es.example:2113?tls=false'), ['warning'])
  t.same(esdb('esdb://127.0.0.1:2113,es.example:2113?tls=false'), ['warning'])
  t.same(esdb('esdb://es.example:2113?tlsVerifyCert=false'), ['warning'])
  t.same(esdb('esdb://es.example:2113'), ['ok'])
  t.same(esdb('esdb://es.example:2113?nonsense=1'), ['failure'])
  const postgres = (DATABASE_URL: string) => network({ DATABASE_URL }, 'database TLS')
  t.same(postgres('postgres://a:b@127.0.0.1:5432/c'), [])
  t.same(postgres('postgres://a:b@localhost/c'), [])
  t.same(postgres('postgres://a:b@db.example/c?host=/run/postgresql'), [])
  t.same(postgres('postgres://a:b@db.example/c'), ['warning'])
  t.same(postgres('postgres://a:b@db.example/c?sslmode=disable'), ['warning'])
  t.same(postgres('postgres://a:b@db.example/c?sslmode=verify-full'), ['ok'])
})

t.test('limits that are off are named', async (t) => {
  t.same(network({}, 'limits'), ['ok'])
  const off = checkNetwork(readConfig({ DAYBOOK_CALLER_REQUESTS_PER_MINUTE: '0' }))
  t.match(
    off.find(({ check }) => check === 'limits'),
    { state: 'warning', message: /by DAYBOOK_CALLER_REQUESTS_PER_MINUTE: 0 means/ },
  )
})

t.test('as a command it says so to people and to programs, and ends with a failure', async (t) => {
  const server = new TestServer({ HOST: '0.0.0.0' })
  t.teardown(() => server.remove())
  const { code, out } = await server.daybook('doctor', '--json')
  t.equal(code, 1)
  const findings = JSON.parse(out) as Finding[]
  t.same(found(findings, 'network'), ['warning'])
  t.same(found(findings, 'tokens'), ['failure', 'failure', 'failure'])
  for (const { token } of JSON.parse(server.environment['DAYBOOK_TOKENS'] ?? '[]')) {
    t.notMatch(out, token)
  }
})
