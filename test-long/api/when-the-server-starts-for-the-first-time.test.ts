import { spawnSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import process from 'node:process'
import t from 'tap'
import { dig, eventually, type TestCaller, TestServer } from '#test/support/server.ts'

t.setTimeout(180_000)

/** First starts, each with a PostgreSQL that is made for it. */

t.test(
  'at its first start it makes tokens of an owner and of the installation, and loads the sample when asked to',
  async (t) => {
    const fresh = new TestServer({ DAYBOOK_TOKENS: '' })
    t.teardown(() => fresh.remove())
    await fresh.start('--sample')
    t.match(fresh.output, /sample company is in organisation main/)
    const file = /were put into (\S+)/.exec(fresh.output)?.[1] ?? ''
    t.equal(statSync(file).mode & 0o777, 0o600)
    const tokens = JSON.parse(readFileSync(file, 'utf8')) as TestCaller[]
    t.match(tokens, [{ role: 'owner', organisation: 'main' }, { role: 'installation' }])
    const caller = tokens[0] as TestCaller
    const figures = async () => {
      const path = '/api/finance/stats'
      await eventually('the figures are there', async () => {
        const totals = dig(await fresh.get(path, caller), 'data', 'totals')
        return (totals as { totalSales: number }[])[0]?.totalSales === 199
      })
      return dig(await fresh.get(path, caller), 'data', 'totals')
    }
    const first = await figures()
    t.match(first, [{ currency: 'SAR' }])
    await fresh.stop()
    await fresh.start('--sample')
    t.same(await figures(), first, 'loaded again, nothing changes')
  },
)

t.test('a port that is in use is named', async (t) => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  t.teardown(() => taken.close())
  const address = taken.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const server = new TestServer({ PORT: String(port) })
  t.teardown(() => server.remove())
  const ended = spawnSync(process.execPath, ['src/main.ts'], {
    env: { ...process.env, ...server.environment },
    encoding: 'utf8',
  })
  t.equal(ended.status, 1)
  t.match(ended.stderr, `daybook: Port ${port} is in use. Stop what listens there`)
})
