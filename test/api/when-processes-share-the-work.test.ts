import { Agent, request } from 'node:http'
import t from 'tap'
import {
  type Answer,
  dig,
  eventually as within,
  owner,
  pick,
  TestServer,
} from '#test/support/server.ts'

/** Two API processes and two projectors on one data folder, each in a process of its own. */

// Ten seconds on a machine of its own.
t.setTimeout(600_000)
// Four servers on a slow machine may be behind for a while.
const patient = { DAYBOOK_WAIT_DEADLINE_MS: '60000' }
const first = new TestServer({ ...patient, DAYBOOK_ROLE: 'api' })
const other = new TestServer({ ...patient, DAYBOOK_DATA: first.dataDir })
const projectors = [1, 2].map(() => new TestServer({ ...patient, DAYBOOK_DATA: first.dataDir }))
const [projector = first] = projectors
const all = [first, other, ...projectors]
t.teardown(async () => {
  await Promise.all(all.map((server) => server.stop()))
  for (const server of all) await server.remove()
})

/** However busy the machine is. */
const eventually = (name: string, holds: () => Promise<boolean>) => within(name, holds, 60_000)

interface Followed {
  readonly name: string
  readonly owner?: string
  readonly ok?: boolean
}
const followed = (answer: Answer, ...path: readonly string[]) =>
  dig(answer, 'data', ...path) as readonly Followed[]

/** Who runs what, as the process itself says it. */
async function owners(server: TestServer): Promise<string> {
  const [projections, processes] = [
    await server.get('/api/projections'),
    await server.get('/api/processes'),
  ]
  const all = [...followed(projections), ...followed(processes)]
  return all.map(({ name, owner: by }) => `${name} ${by}`).join('\n')
}

t.test('processes that start at once migrate one database and serve their parts', async (t) => {
  await Promise.all([first.start(), other.start('--role', 'api')])
  const ready = await first.get('/ready')
  t.match(ready, { status: 503, body: { success: false, data: { status: 'not_ready' } } })
  t.match((await first.get('/api/finance/sales')).body, { code: 'READ_MODEL_MISSING' })

  await Promise.all(projectors.map((server) => server.start('--role', 'projector')))
  await eventually('ready', async () => {
    const answers = await Promise.all(all.map((server) => server.get('/ready')))
    return answers.every((answer) => pick(answer, 'data', 'status') === 'ready')
  })
  const told = await first.get('/ready')
  const names = [...followed(told, 'projections'), ...followed(told, 'processes')]
  for (const { name, owner: by } of names) {
    t.ok(
      projectors.some(({ pid }) => by?.endsWith(`:${pid}`)),
      `${name} is run by a projector: ${by}`,
    )
  }
})

t.test('a projector serves operators only, and says so to others', async (t) => {
  t.equal((await projector.get('/health')).status, 200)
  t.equal((await projector.get('/metrics')).status, 200)
  t.match(await projector.post('/api/crm/customers', { name: 'Ahmed' }), {
    status: 421,
    body: {
      code: 'SERVED_ELSEWHERE',
      detail: /POST \/api\/crm\/customers to a process whose role/,
    },
  })
})

t.test(
  'what one process appends, and another folds, a third answers when asked to wait',
  async (t) => {
    const customerId = pick(await first.post('/api/crm/customers', { name: 'Badr' }), 'data', 'id')
    const sales = await Promise.all(
      Array.from({ length: 20 }, () =>
        first.post('/api/finance/sales', { customerId, saleAmount: 10, paymentMethod: 'cash' }),
      ),
    )
    const positions = sales.map((sale) => sale.headers.get('daybook-position') ?? '')
    const lists = await Promise.all(
      positions.map((position, n) =>
        other.get(`/api/finance/sales/${pick(sales[n]!, 'data', 'id')}?min_position=${position}`),
      ),
    )
    for (const list of lists) t.match(list, { status: 200, body: { meta: { stale: false } } })
    await eventually('the reaction of a projector', async () => {
      const answer = await other.get(`/api/crm/customers/${customerId}`)
      return pick(answer, 'data', 'status') === 'closed'
    })
  },
)

t.test('every process tells who runs what', async (t) => {
  const told = await owners(first)
  t.notMatch(told, /undefined/)
  for (const server of all) t.equal(await owners(server), told)
})

t.test('one key at two processes at once is one command with one answer', async (t) => {
  const customerId = pick(await first.post('/api/crm/customers', { name: 'Chen' }), 'data', 'id')
  const wallet = pick(await first.post('/api/wallets', { customerId }), 'data', 'id')
  await first.post(`/api/wallets/${wallet}/topups`, { amount: '1000.00', method: 'bank' })
  const commands = (n: number) =>
    [
      ['/api/crm/customers', { name: 'Dana', phone: `+96650000${1000 + n}` }],
      ['/api/finance/sales', { customerId, saleAmount: 10 + n, paymentMethod: 'cash' }],
      [`/api/wallets/${wallet}/debits`, { amount: '1.00', description: `${n}` }],
    ] as const
  for (let n = 0; n < 15; n++) {
    await Promise.all(
      commands(n).map(async ([path, body]) => {
        const answers = await Promise.all(
          [first, other].map((server) => server.post(path, body, `both-${n}`)),
        )
        const [one, two] = answers
        t.same([one?.status, two?.status], [201, 201], JSON.stringify(answers))
        t.same(dig(one!, 'data'), dig(two!, 'data'))
        const replays = answers.filter(({ headers }) => headers.has('idempotency-replayed'))
        t.equal(replays.length, 1, 'one of them did it, the other found it done')
      }),
    )
  }
})

interface Sent {
  readonly key: string
  readonly body: object
  readonly status: number
  readonly connection: string | undefined
}

/** Undefined when there was nobody to take it. */
function send(agent: Agent, key: string, body: object): Promise<Sent | undefined> {
  const { promise, resolve } = Promise.withResolvers<Sent | undefined>()
  const headers = {
    authorization: `Bearer ${owner.token}`,
    'content-type': 'application/json',
    'idempotency-key': key,
  }
  const asked = request(`${other.url}/api/finance/sales`, { method: 'POST', agent, headers })
  asked.on('response', (response) => {
    const { statusCode: status = 0, headers: answered } = response
    response.resume()
    response.on('end', () => resolve({ key, body, status, connection: answered.connection }))
  })
  asked.on('error', () => resolve(undefined))
  asked.end(JSON.stringify(body))
  return promise
}

t.test('asked to end, it answers what it has in hand and sends others away', async (t) => {
  const agent = new Agent({ keepAlive: true })
  t.teardown(() => agent.destroy())
  const customerId = pick(await other.post('/api/crm/customers', { name: 'Edi' }), 'data', 'id')
  const answers: Sent[] = []
  let n = 0
  const callers = Array.from({ length: 32 }, async () => {
    for (;;) {
      const answer = await send(agent, `last-${n++}`, { customerId, saleAmount: n })
      if (answer === undefined) return
      answers.push(answer)
    }
  })
  await eventually('it is under load', async () => answers.length > 100)
  t.equal(await other.stop('SIGTERM'), 0)
  await Promise.all(callers)
  const refused = answers.filter(({ status }) => status === 503)
  t.comment(`${answers.length} answered, ${refused.length} of them sent away`)
  t.ok(refused.every(({ connection }) => connection === 'close'))
  const done = answers.filter(({ status }) => status === 201)
  t.equal(done.length + refused.length, answers.length, 'nothing else')
  for (const [answered, isDone] of [...done.slice(-50).map(yes), ...refused.slice(-50).map(no)]) {
    const again = await first.post('/api/finance/sales', answered.body, answered.key)
    t.equal(again.headers.has('idempotency-replayed'), isDone, 'done once, or not at all')
  }
})

const yes = (sent: Sent) => [sent, true] as const
const no = (sent: Sent) => [sent, false] as const
