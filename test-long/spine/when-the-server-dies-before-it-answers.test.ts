import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { commandIdOf } from '#commands/command-id.ts'
import type { EventStore, StoredEvent } from '#log/event-store.ts'
import { type Answer, dig, owner, pick, type TestServer } from '#test/support/server.ts'
import { accounts, decimal, type Row } from './support/answers.ts'
import { bothLogs } from './support/logs.ts'
import { settled } from './support/settled.ts'
import { sharedLog } from './support/two-servers.ts'

/** Commands of each kind that are under way when the server is killed. */
const OF_A_KIND = 8
/** Kills that must have come between an append and its answer. */
const WANTED = 5
const KILLS_AT_MOST = 40

for (const log of bothLogs) {
  t.test(
    `what was appended is answered when it is asked for again, the log in ${log.name}`,
    async (t) => {
      const shared = await sharedLog(t, log)
      if (shared === undefined) return
      const { store } = shared
      const story = new Story(t, shared.server(), shared.server(), store)
      await story.begin()
      while (story.killsBetween < WANTED && story.kills < KILLS_AT_MOST) await story.round()
      const { kills, killsBetween, between, answered, never } = story
      t.comment(
        `${kills} kills, ${killsBetween} of them between an append and its answer: ` +
          `${between} commands appended and not answered, ${answered} answered, ${never} never appended`,
      )
      t.ok(killsBetween >= WANTED)
      await story.assertTotals()
    },
  )
}

interface Command {
  readonly key: string
  readonly method: string
  readonly path: string
  readonly body: object
  /** What of the cash account it moves, in minor units. */
  readonly cash: bigint
}

class Story {
  readonly #t: Test
  readonly #mortal: TestServer
  readonly #other: TestServer
  readonly #store: EventStore
  #customers: readonly string[] = []
  #sales: readonly string[] = []
  #cash = 0n
  kills = 0
  killsBetween = 0
  between = 0
  answered = 0
  never = 0

  constructor(t: Test, mortal: TestServer, other: TestServer, store: EventStore) {
    this.#t = t
    this.#mortal = mortal
    this.#other = other
    this.#store = store
  }

  async begin(): Promise<void> {
    await this.#other.start()
    await this.#mortal.start()
    const made = async (path: string, body: (i: number) => object) =>
      Promise.all(
        Array.from({ length: OF_A_KIND }, async (_, i) => {
          const answer = await this.#other.post(path, body(i))
          if (answer.status !== 201) throw new Error(JSON.stringify(answer.body))
          return pick(answer, 'data', 'id')
        }),
      )
    this.#customers = await made('/api/crm/customers', (i) => ({ name: `Customer ${i}` }))
    this.#sales = await made('/api/finance/sales', (i) => ({
      customerId: this.#customers[i],
      saleAmount: '1000000.00',
    }))
  }

  /** One kill, and what is said afterwards of each command that was under way. */
  async round(): Promise<void> {
    const commands = this.#commands()
    const answers = await this.#killedAtFirstEvent(commands)
    this.kills += 1
    const before = await this.#eventsAtRest(commands)
    const cut = commands.filter(({ key }) => !answers.has(key) && before.has(key))
    if (cut.length > 0) this.killsBetween += 1
    this.between += cut.length
    this.answered += answers.size
    this.never += commands.length - answers.size - cut.length

    await this.#otherWriters(commands)
    await this.#mortal.start()
    for (const command of commands) {
      await this.#askedAgain(command, before.get(command.key), answers.get(command.key))
    }
    const after = await this.#eventsOf(commands)
    for (const command of commands) {
      const events = after.get(command.key) ?? []
      this.#t.equal(
        new Set(events.map(({ revision }) => revision)).size,
        command.path.endsWith('/sales') ? 3 : 1,
        'its events are there once',
      )
      this.#cash += command.cash
    }
  }

  #commands(): readonly Command[] {
    const round = this.kills
    return this.#customers.flatMap((customerId, i) => {
      const amount = BigInt(100 + round * 10 + i)
      const key = (what: string) => `${what}-${round}-${i}`
      const paid = { amount: decimal(amount), method: 'cash' }
      return [
        {
          key: key('sale'),
          method: 'POST',
          path: '/api/finance/sales',
          body: { customerId, saleAmount: decimal(amount), paymentMethod: 'cash' },
          cash: amount,
        },
        {
          key: key('details'),
          method: 'PATCH',
          path: `/api/crm/customers/${customerId}`,
          body: { phone: `+4420${round}000${i}` },
          cash: 0n,
        },
        {
          key: key('payment'),
          method: 'POST',
          path: `/api/finance/sales/${this.#sales[i]}/payments`,
          body: paid,
          cash: amount,
        },
      ]
    })
  }

  /** Sends all at once and kills the server as soon as one of them stands in the log. */
  async #killedAtFirstEvent(commands: readonly Command[]): Promise<ReadonlyMap<string, Answer>> {
    const ids = new Set(commands.map(commandId))
    const stop = new AbortController()
    const after = await this.#store.head()
    const feed = this.#store.subscribe({ ...(after && { after }), signal: stop.signal })
    const killing = (async () => {
      for await (const { events } of feed) {
        if (!events.some(({ metadata }) => ids.has(metadata.commandId))) continue
        await this.#mortal.stop('SIGKILL')
        stop.abort()
      }
    })()
    const answers = new Map<string, Answer>()
    await Promise.all(
      commands.map(async (command) => {
        const answer = await this.#send(this.#mortal, command).catch(() => undefined)
        if (answer !== undefined) answers.set(command.key, answer)
      }),
    )
    await killing
    return answers
  }

  #send(server: TestServer, { method, path, body, key }: Command): Promise<Answer> {
    return server.call(method, path, { body, key })
  }

  /** The events of each command, as the log has them. */
  async #eventsOf(commands: readonly Command[]): Promise<ReadonlyMap<string, StoredEvent[]>> {
    const keys = new Map(commands.map((command) => [commandId(command), command.key]))
    const found = new Map<string, StoredEvent[]>()
    for await (const page of this.#store.readAll()) {
      for (const event of page) {
        const key = keys.get(event.metadata.commandId)
        // A first sale is noted on its customer by the same command.
        if (key === undefined || event.type === 'CustomerSaleNoted') continue
        found.set(key, [...(found.get(key) ?? []), event])
      }
    }
    return found
  }

  /** Another process writes to the same streams, and to others, while the server is away. */
  async #otherWriters(commands: readonly Command[]): Promise<void> {
    const send = async (method: string, path: string, body: object): Promise<void> => {
      const answer = await this.#other.call(method, path, { body })
      if (answer.status >= 300) throw new Error(JSON.stringify(answer.body))
    }
    await Promise.all(
      this.#customers.map((customerId) =>
        send('PATCH', `/api/crm/customers/${customerId}`, { phone: `+1 555 ${this.kills}` }),
      ),
    )
    const made = (await this.#eventsOf(commands)).values().toArray().flat()
    const sales = made.flatMap(({ type, data }) =>
      type === 'SaleRecorded' ? [data['saleId'] as string] : [],
    )
    for (const saleId of [...this.#sales, ...sales]) {
      await send('POST', `/api/finance/sales/${saleId}/payments`, {
        amount: '0.01',
        method: 'cash',
      })
      this.#cash += 1n
    }
    await send('POST', '/api/crm/customers', { name: 'Somebody else' })
  }

  /** What the server had sent when it was killed may still be on its way into the log. */
  async #eventsAtRest(commands: readonly Command[]) {
    for (let last = -1; ; await sleep(300)) {
      const found = await this.#eventsOf(commands)
      const count = [...found.values()].flat().length
      if (count === last) return found
      last = count
    }
  }

  /** The same key again, twice, to either server. */
  async #askedAgain(
    command: Command,
    stored: readonly StoredEvent[] | undefined,
    first: Answer | undefined,
  ): Promise<void> {
    const t = this.#t
    const again = await this.#send(this.#mortal, command)
    const once = command.method === 'POST' ? 201 : 200
    t.equal(again.status, once, JSON.stringify(again.body))
    const isReplay = again.headers.get('idempotency-replayed') === 'true'
    t.equal(isReplay, stored !== undefined, 'a replay is told from a first time')
    t.equal(dig(again, 'meta', 'replayed'), stored !== undefined)
    if (first !== undefined) {
      t.ok(stored !== undefined, 'what was answered is in the log')
      t.same(dig(again, 'data'), dig(first, 'data'), 'the first answer')
      for (const header of ['etag', 'location']) {
        t.equal(again.headers.get(header), first.headers.get(header), header)
      }
    }
    for (const event of stored ?? []) assertTells(t, again, event)
    const elsewhere = await this.#send(this.#other, command)
    t.equal(elsewhere.headers.get('idempotency-replayed'), 'true')
    t.same(dig(elsewhere, 'data'), dig(again, 'data'), 'the other server answers the same')
  }

  /** Each key counted once. */
  async assertTotals(): Promise<void> {
    await settled(this.#mortal)
    const { cash } = await accounts(this.#mortal)
    this.#t.equal(cash?.balance, decimal(this.#cash), 'all the cash, once')
  }
}

function commandId({ method, path, key }: Command): string {
  const { organisation, actor } = owner
  return commandIdOf({ organisation, actor, route: `${method} ${path}`, key })
}

/** The answer says what the event in the log says. */
function assertTells(t: Test, answer: Answer, { type, data }: StoredEvent): void {
  const told = dig(answer, 'data') as Row
  const sum = (minorUnits: unknown) => ({ amount: decimal(BigInt(minorUnits as string)) })
  if (type === 'SaleRecorded') {
    t.match(told, { id: data['saleId'], saleAmount: sum(data['net']) })
  }
  if (type === 'SalePaymentReceived') {
    t.match(told['payment'] ?? told, { id: data['paymentId'], amount: sum(data['amount']) })
  }
  if (type === 'CustomerDetailsChanged') {
    t.match(told, { id: data['customerId'], changed: { phone: /^\+4420/ } })
  }
}
