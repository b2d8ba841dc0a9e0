import type { TestApi } from '#test/support/api.ts'
import { dig, owner, pick, stranger, type TestCaller } from '#test/support/server.ts'
import type { Meanings } from './request.ts'

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g

/** What two organisations have, so that requests can name it, and what neither may learn of the other. */
export class World {
  readonly #api: TestApi
  /** By organisation and kind, the newest last. */
  readonly #pools = new Map<string, string[]>()
  /** Ids of one organisation that the other was told by its own requests. */
  readonly #told = new Set<string>()
  #count = 0

  constructor(api: TestApi) {
    this.#api = api
  }

  add(organisation: string, kind: string, value: string): void {
    const pool = this.#pool(organisation, kind)
    if (!pool.includes(value)) pool.push(value)
  }

  #pool(organisation: string, kind: string): string[] {
    const name = `${organisation} ${kind}`
    const pool = this.#pools.get(name) ?? []
    this.#pools.set(name, pool)
    return pool
  }

  /** What names mean to a caller. */
  meanings({ organisation }: TestCaller): Meanings {
    const foreign = organisation === owner.organisation ? stranger : owner
    return {
      mark: markOf(organisation),
      thing: (whose, kind, number) => {
        const pool = this.#pool(whose === 'own' ? organisation : foreign.organisation, kind)
        const found = pool[pool.length - 1 - (number % Math.max(1, pool.length))] ?? 'none'
        if (whose === 'foreign') for (const [id] of found.matchAll(UUID)) this.#told.add(id)
        return found
      },
    }
  }

  /** What of the other organisation stands in a text that a caller got. */
  leakedTo({ organisation }: TestCaller, text: string): string | undefined {
    const other = organisation === owner.organisation ? stranger : owner
    if (text.includes(markOf(other.organisation))) return markOf(other.organisation)
    const theirs = this.#pool(other.organisation, 'ids')
    const known = new Set(theirs)
    return text.match(UUID)?.find((id) => known.has(id) && !this.#told.has(id))
  }

  /** Notes the ids in an answer that its caller's organisation has made. */
  note({ organisation }: TestCaller, location: string | undefined): void {
    const [, kind, id] = /\/([\w-]+)\/([^/]+)$/.exec(location ?? '') ?? []
    if (kind === undefined || id === undefined) return
    this.add(organisation, kind, decodeURIComponent(id))
    this.add(organisation, 'ids', decodeURIComponent(id))
  }

  /** One more of everything, fresh enough for whatever may be done with it. */
  async refresh(caller: TestCaller): Promise<void> {
    const { organisation } = caller
    const mark = `${markOf(organisation)} ${++this.#count}`
    const tier = `t-${organisation}`
    const make = async (path: string, body: object) => {
      const answer = await this.#api.post(path, body, { caller })
      this.note(caller, answer.headers['location'])
      return answer
    }
    const made = async (path: string, body: object) => pick(await make(path, body), 'data', 'id')
    const change = (method: 'PUT' | 'PATCH', path: string, body: object) =>
      this.#api.call(method, path, { body, caller })
    const money = (amount: string) => ({ amount, currency: 'SAR' })
    await change('PUT', `/api/finance/commission-tiers/${tier}`, { name: mark, rate: '5' })
    await change('PUT', `/api/finance/commission-tiers/assignments/${caller.actor}`, { tier })
    this.add(organisation, 'tiers', tier)
    const customerId = await made('/api/crm/customers', { name: mark, note: mark, phone: mark })
    const sold = { customerId, saleAmount: money('900.00') }
    const paid = { method: 'cash', amount: money('30.00'), reference: mark }
    for (const basis of ['agent', 'principal']) {
      await change('PATCH', '/api/settings', { basis, baseCurrency: 'SAR' })
      const source = { system: mark, number: basis }
      const saleId = await made('/api/finance/sales', { ...sold, source })
      this.add(organisation, 'payments', await made(`/api/finance/sales/${saleId}/payments`, paid))
    }
    await make('/api/finance/credit-notes', { customerId, amount: money('70.00') })
    await make('/api/finance/bad-debts', { customerId, amount: money('60.00'), reason: mark })
    const email = `${organisation}-${this.#count}@example.com`
    await make('/api/members', { email, name: mark, role: 'analyst' })
    const wallet = await made('/api/wallets', { customerId, currency: 'SAR', name: mark })
    const use = (verb: string, body: object) => make(`/api/wallets/${wallet}/${verb}`, body)
    await use('topups', { amount: '500.00', method: 'bank', reference: mark })
    await use('debits', { amount: '20.00', description: mark })
    await use('holds', { amount: '30.00' })
  }

  /** Notes what the log and the ledger hold by now, as the organisation is shown it. */
  async lookAround(caller: TestCaller): Promise<void> {
    const { organisation } = caller
    const listed = async (path: string): Promise<readonly Record<string, unknown>[]> =>
      dig(await this.#api.get(path, { caller }), 'data') as readonly Record<string, unknown>[]
    const fields = { id: 'events', stream: 'streams', correlationId: 'correlations' }
    for (const event of await listed('/api/events?limit=500&direction=backwards')) {
      for (const [field, kind] of Object.entries({ ...fields, commandId: 'commands' })) {
        const value = event[field]
        if (typeof value !== 'string') continue
        this.add(organisation, kind, value)
        for (const [id] of value.matchAll(UUID)) this.add(organisation, 'ids', id)
      }
    }
    for (const { entry } of await listed('/api/ledger/entries?limit=100')) {
      this.add(organisation, 'entries', String(entry))
    }
    for (const { name } of await listed('/api/projections')) {
      this.add(organisation, 'projections', String(name))
    }
    this.add(organisation, 'positions', String(await this.#api.daybook.log.head()))
  }
}

/** Stands in every text that an organisation writes of its own accord, and in none of the other's. */
function markOf(organisation: string): string {
  return `only-${organisation}-writes-this`
}
