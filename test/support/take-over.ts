import { setTimeout as sleep } from 'node:timers/promises'
import { SilentProxy } from './silent-proxy.ts'
import { dig, eventually, pick, TestServer } from './server.ts'

/** Ways in which the process that runs projections and processes can be gone. */
export const ways = ['asked to end', 'killed', 'hung', 'out of reach'] as const
export type Way = (typeof ways)[number]

/** A server that can run projections, on its own way to PostgreSQL. */
export interface Follower {
  readonly server: TestServer
  readonly proxy: SilentProxy
  remove(): Promise<void>
}

export async function follower(
  environment: Readonly<Record<string, string>>,
  role: 'projector' | 'all',
): Promise<Follower> {
  const proxy = await SilentProxy.before(environment['DATABASE_URL'] ?? '')
  const server = new TestServer({ ...environment, DATABASE_URL: proxy.url, DAYBOOK_ROLE: role })
  return {
    server,
    proxy,
    async remove() {
      await server.remove()
      await proxy.close()
    },
  }
}

/** Makes it be gone; answers what brings it back. */
function gone({ server, proxy }: Follower, way: Way): () => Promise<void> {
  if (way === 'out of reach') {
    proxy.silence()
    return async () => proxy.speak()
  }
  if (way === 'hung') {
    server.signal('SIGSTOP')
    return async () => server.signal('SIGCONT')
  }
  const ended = server.stop(way === 'killed' ? 'SIGKILL' : 'SIGTERM')
  return async () => {
    await ended
    await startedAgain(server)
  }
}

/** As a supervisor would: on a busy machine the database may not answer a start in time. */
async function startedAgain(server: TestServer): Promise<void> {
  for (let left = 5; ; left--) {
    try {
      return await server.start()
    } catch (error) {
      if (left === 0) throw error
    }
  }
}

export interface TakenOver {
  /** Until an event appended afterwards could be read. */
  readonly visibleMs: number
  /** Until it was reacted to. */
  readonly reactedMs: number
  readonly bringBack: () => Promise<void>
}

/** How long it takes until another runs what this one ran, as a caller of the API sees it. */
export async function takenOver(api: TestServer, owner: Follower, way: Way): Promise<TakenOver> {
  const customer = await api.post('/api/crm/customers', { name: 'Somebody' })
  const customerId = pick(customer, 'data', 'id')
  const before = performance.now()
  const bringBack = gone(owner, way)
  const sale = await api.post('/api/finance/sales', { customerId, saleAmount: 1 })
  const position = sale.headers.get('daybook-position')
  const path = `/api/finance/sales/${pick(sale, 'data', 'id')}?min_position=${position}`
  while (dig(await api.get(path), 'meta', 'stale') !== false) await sleep(10)
  const visibleMs = performance.now() - before
  await eventually(
    'reacted to',
    async () => {
      const answer = await api.get(`/api/crm/customers/${customerId}`)
      return answer.status === 200 && pick(answer, 'data', 'status') === 'closed'
    },
    60_000,
  )
  return { visibleMs, reactedMs: performance.now() - before, bringBack }
}

/** Waits until this one runs every projection and process. */
export async function runsAll(api: TestServer, { server }: Follower): Promise<void> {
  await eventually(
    'one of them runs everything',
    async () => {
      const answers = [await api.get('/api/projections'), await api.get('/api/processes')]
      const all = answers.flatMap(
        (answer) =>
          dig(answer, 'data') as readonly { readonly owner?: string; readonly state: string }[],
      )
      return all.every(
        ({ owner, state }) =>
          owner?.endsWith(`:${server.pid}`) === true && /live|running/.test(state),
      )
    },
    60_000,
  )
}
