import { spawn } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'
import t from 'tap'
import { eventually, TestServer } from '#test/support/server.ts'

t.setTimeout(300_000)

t.test('npm start that is asked to end leaves no server behind', async (t) => {
  const server = new TestServer()
  t.teardown(() => server.remove())
  const npm = spawn('npm', ['start'], {
    env: { ...process.env, ...server.environment },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let said = ''
  npm.stdout.setEncoding('utf8').on('data', (text: string) => (said += text))
  await eventually('it is ready', async () => /ready at http/.test(said), 120_000)
  const [url = ''] = /http:\S+\d/.exec(said) ?? []
  t.equal((await fetch(`${url}/health`)).status, 200)
  // Whoever has its output open still runs.
  const closed = once(npm, 'close')
  npm.kill('SIGTERM')
  await closed
  await t.rejects(fetch(`${url}/health`), 'nobody listens any longer')
})
