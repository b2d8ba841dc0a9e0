import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { connect } from 'node:net'
import path from 'node:path'
import process from 'node:process'
import t from 'tap'
import { eventually, owner, pick, stranger, TestServer } from '#test/support/server.ts'

/** The server as its users run it: over HTTP, in a process of its own, with its own PostgreSQL. */

t.setTimeout(600_000)
const server = new TestServer()
t.teardown(() => server.remove())
await server.start()

/** What a start that cannot succeed prints, and how it ends. */
async function fails(environment: Record<string, string>, ...parameters: string[]) {
  const child = spawn(process.execPath, ['src/main.ts', ...parameters], {
    env: { ...process.env, ...server.environment, ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  const [status] = (await once(child, 'close')) as [number | null]
  const lines = said.split('\n').filter((line) => line.startsWith('daybook: '))
  return { status, told: lines.join('\n') }
}

t.test('it answers over HTTP, with exact numbers from the text itself', async (t) => {
  const customer = await server.post('/api/crm/customers', { name: 'أحمد محمد', budget: 500000 })
  t.equal(customer.status, 201)
  const body = `{"customerId": "${pick(customer, 'data', 'id')}", "saleAmount": 500000.00}`
  const sale = await server.call('POST', '/api/finance/sales', { body, key: 's-1' })
  t.match(sale.body, { data: { saleAmount: { amount: '500000.00', currency: 'USD' } } })
  const exponent = { body: body.replace('500000.00', '5e5') }
  t.match((await server.call('POST', '/api/finance/sales', exponent)).body, {
    errors: [{ pointer: '/saleAmount', code: 'NUMBER_NOT_EXACT' }],
  })
  t.equal((await server.get('/api/crm/customers', stranger)).status, 200)
})

t.test(
  'its data folder keeps its secrets to itself',
  { skip: process.platform === 'win32' },
  async (t) => {
    const mode = (name: string) => statSync(path.join(server.dataDir, name)).mode & 0o777
    t.equal(mode('master.key').toString(8), '600')
  },
)

t.test('a start that cannot succeed says in one line why, and what to do', async (t) => {
  const { port } = new URL(server.url)
  t.match(await fails({ PORT: port }), { status: 1, told: `Port ${port} is in use` })
  t.match(await fails({ PORT: 'http' }), { status: 1, told: /PORT must be a whole number/ })
  t.match(await fails({}, '--smaple'), {
    status: 1,
    told: /'--smaple'.*arguments are --sample and --role/,
  })
  t.match(await fails({}, '--role', 'king'), {
    status: 1,
    told: /DAYBOOK_ROLE must be one of api, projector, all \(it is "king"\)/,
  })
  const nowhere = { DATABASE_URL: 'postgres://nobody:x@127.0.0.1:9/none' }
  t.match(await fails(nowhere), {
    status: 1,
    told: /DATABASE_URL \(127.0.0.1:9\/none\) cannot be reached/,
  })
  const tokens = JSON.stringify([
    { token: 'x'.repeat(16), organisation: 'main', actor: 'a', role: 'king' },
  ])
  t.match(await fails({ DAYBOOK_TOKENS: tokens }), { status: 1, told: /each role one of owner/ })
})

t.test(
  'asked to end, it finishes what it accepted, and starts again with everything',
  async (t) => {
    const customer = pick(await server.post('/api/crm/customers', { name: 'Badr' }), 'data', 'id')
    const sales = Array.from({ length: 40 }, (_, n) =>
      server
        .post('/api/finance/sales', { customerId: customer, saleAmount: n + 1 }, `end-${n}`)
        .catch(() => undefined),
    )
    await new Promise((resolve) => setTimeout(resolve, 15))
    const ended = server.stop('SIGTERM')
    const answers = await Promise.all(sales)
    t.equal(await ended, 0)
    await server.start()
    for (const [n, answer] of answers.entries()) {
      if (answer?.status !== 201) continue
      const body = { customerId: customer, saleAmount: n + 1 }
      const again = await server.post('/api/finance/sales', body, `end-${n}`)
      t.equal(again.headers.get('idempotency-replayed'), 'true')
      t.equal(pick(again, 'data', 'id'), pick(answer, 'data', 'id'))
    }
    const refused = answers.filter((answer) => answer !== undefined && answer.status !== 201)
    for (const answer of refused) t.equal(answer?.status, 503)
  },
)

t.test(
  'a command in hand when it is asked to end is answered; new ones are not taken',
  async (t) => {
    const body = JSON.stringify({ name: 'Dina' })
    const slow = await sendHeaders('/api/crm/customers', 'in-hand-1', Buffer.byteLength(body))
    server.signal('SIGTERM')
    let refused = await server.get('/api/settings')
    while (refused.status === 200) refused = await server.get('/api/settings')
    t.match(refused, { status: 503, body: { code: 'SHUTTING_DOWN' } })
    t.equal(refused.headers.get('connection'), 'close')
    t.ok(Number(refused.headers.get('retry-after')) > 0)
    const other = await server.post('/api/crm/customers', { name: 'Edna' }, 'not-taken-1')
    t.equal(other.status, 503)
    const answer = await slow.finish(body)
    t.match(answer, /^HTTP\/1\.1 201 /)
    await server.ended
    await server.start()
    const again = await server.call('POST', '/api/crm/customers', { body, key: 'in-hand-1' })
    t.equal(again.headers.get('idempotency-replayed'), 'true', 'nothing of it is lost')
    t.match(answer, pick(again, 'data', 'id'))
    const late = await server.post('/api/crm/customers', { name: 'Edna' }, 'not-taken-1')
    t.equal(late.status, 201)
    t.notOk(late.headers.get('idempotency-replayed'), 'what was refused had not been done')
  },
)

/** A request whose headers the server has taken, and whose body is yet to come. */
async function sendHeaders(path: string, key: string, length: number) {
  const { hostname, port } = new URL(server.url)
  const socket = connect(Number(port), hostname).setEncoding('utf8')
  let heard = ''
  socket.on('data', (text: string) => (heard += text))
  socket.write(
    [
      `POST ${path} HTTP/1.1`,
      `host: ${hostname}`,
      `authorization: Bearer ${owner.token}`,
      `idempotency-key: ${key}`,
      'content-type: application/json',
      `content-length: ${length}`,
      // The server says when it has taken the headers.
      'expect: 100-continue',
      '\r\n',
    ].join('\r\n'),
  )
  while (!heard.includes('100 Continue')) await once(socket, 'data')
  heard = ''
  return {
    async finish(body: string): Promise<string> {
      const closed = once(socket, 'close')
      socket.write(body)
      await closed
      return heard.trimStart()
    },
  }
}

t.test('killed, it starts again with everything that it had answered', async (t) => {
  const created = await server.post('/api/crm/customers', { name: 'Chen' }, 'kill-1')
  await server.stop('SIGKILL')
  await server.start()
  const again = await server.post('/api/crm/customers', { name: 'Chen' }, 'kill-1')
  t.equal(again.headers.get('idempotency-replayed'), 'true')
  t.equal(pick(again, 'data', 'id'), pick(created, 'data', 'id'))
  await eventually('the read model knows', async () => {
    const found = await server.get(`/api/crm/customers/${pick(created, 'data', 'id')}`)
    return found.status === 200
  })
})
