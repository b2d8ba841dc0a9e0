import { writeFileSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { loadCallerTokens } from '#adapters/tokens/caller-tokens.ts'

t.test('tokens of an earlier version are found where it put them', async (t) => {
  const dataDir = t.testdir()
  const file = path.join(dataDir, 'tokens.json')
  const load = () => loadCallerTokens({ configured: undefined, dataDir })
  t.same(await load(), { tokens: [], file: undefined }, 'and none are made')
  const token = { token: 'x'.repeat(16), organisation: 'main', actor: 'owner', role: 'owner' }
  writeFileSync(file, JSON.stringify([token]))
  t.same(await load(), { tokens: [token], file })
})

t.test('configured tokens leave the file alone', async (t) => {
  const dataDir = t.testdir({ 'tokens.json': '[{' })
  const configured = [
    { token: 'x'.repeat(16), organisation: 'main', actor: 'alma', role: 'auditor' },
  ] as const
  const found = await loadCallerTokens({ configured, dataDir })
  t.same(found, { tokens: configured, file: undefined })
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

t.test(
  'whoever runs the installation is of no organisation, and everybody else of one',
  async (t) => {
    const dataDir = t.testdir()
    const file = path.join(dataDir, 'tokens.json')
    const load = (caller: object) => {
      writeFileSync(file, JSON.stringify([{ token: 'x'.repeat(16), actor: 'a', ...caller }]))
      return loadCallerTokens({ configured: undefined, dataDir })
    }
    const message = /0\.organisation must be left out for the role installation/
    await t.rejects(load({ role: 'installation', organisation: 'main' }), { message })
    await t.rejects(load({ role: 'owner' }), { message })
    t.match((await load({ role: 'installation' })).tokens, [{ organisation: '' }])
    t.match((await load({ role: 'service', organisation: 'main' })).tokens, [{ role: 'service' }])
  },
)
