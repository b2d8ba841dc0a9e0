import { readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { loadCallerTokens } from '#adapters/tokens/caller-tokens.ts'

t.test('at the first start an owner of main is made, in a file of their own', async (t) => {
  const dataDir = path.join(t.testdir(), 'data')
  const first = await loadCallerTokens({ configured: undefined, dataDir })
  t.match(first.tokens, [{ organisation: 'main', actor: 'owner', role: 'owner' }])
  const file = first.madeIn ?? ''
  t.equal(statSync(file).mode & 0o777, 0o600)
  t.same(JSON.parse(readFileSync(file, 'utf8')), first.tokens)
  const second = await loadCallerTokens({ configured: undefined, dataDir })
  t.same(second, { tokens: first.tokens, madeIn: undefined })
})

t.test('configured tokens leave the file alone', async (t) => {
  const dataDir = t.testdir()
  const configured = [
    { token: 'x'.repeat(16), organisation: 'main', actor: 'alma', role: 'auditor' },
  ] as const
  const found = await loadCallerTokens({ configured, dataDir })
  t.same(found, { tokens: configured, madeIn: undefined })
  t.throws(() => statSync(path.join(dataDir, 'tokens.json')))
})

t.test('a file that holds no tokens is said to be none', async (t) => {
  const dataDir = t.testdir()
  const file = path.join(dataDir, 'tokens.json')
  const load = () => loadCallerTokens({ configured: undefined, dataDir })
  writeFileSync(file, '[{]')
  await t.rejects(load(), { name: 'TokensError', message: /is not JSON.*Mend it/s })
  writeFileSync(file, '[{"token": "short", "organisation": "main", "actor": "a", "role": "owner"}]')
  await t.rejects(load(), { message: /0\.token must have at least 16 characters/ })
  writeFileSync(
    file,
    `[{"token": "${'x'.repeat(16)}", "organisation": "main", "actor": "a", "role": "king"}]`,
  )
  await t.rejects(load(), { message: /0\.role must be one of owner/ })
})
