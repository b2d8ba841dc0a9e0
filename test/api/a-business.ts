import { randomUUID } from 'node:crypto'
import type { ApiAnswer, TestApi } from '#test/support/api.ts'
import { dig, eventually, pick, type TestCaller } from '#test/support/server.ts'
import { sessionOf } from '#test/support/session-of.ts'

/** What an organisation has: everything of it that can stand in a path, a query or a body. */
export interface Names {
  /** Stands in every text that the organisation chose: four letters. */
  readonly mark: string
  /** Who made all of it. */
  readonly actor: string
  /** In which somebody else made one thing of it. */
  readonly session: string
  readonly customer: string
  readonly number: string
  /** The same person, registered once more, and what says so. */
  readonly again: string
  readonly link: string
  readonly agent: string
  /** Of the customer; nobody else's. */
  readonly phone: string
  readonly tier: string
  readonly sale: string
  readonly saleNumber: string
  readonly payment: string
  readonly creditNote: string
  readonly badDebt: string
  readonly wallet: string
  readonly apiKey: string
  /** Who is invited. */
  readonly member: string
  /** Numbers of movements. */
  readonly topUp: string
  readonly debit: string
  readonly hold: string
  readonly unmasking: string
  /** Of the latest entry of the ledger. */
  readonly entry: string
  readonly events: readonly string[]
  readonly streams: readonly string[]
  readonly correlations: readonly string[]
  readonly causation: string
  readonly command: string
  /** A command that was refused, and its Idempotency-Key. */
  readonly refused: string
  readonly key: string
}

/** Amounts of nobody else: a figure that holds one of them is of this organisation. */
export interface Amounts {
  readonly sale: string
  readonly topUp: string
  /** Sales of the same amount beside. */
  readonly moreSales: number
}

/**
 * Every kind of thing of an organisation, made over HTTP, and settled: read models, processes and the
 * audit trail know all of it.
 */
export async function makeBusiness(
  api: TestApi,
  caller: TestCaller,
  mark: string,
  amounts: Amounts,
): Promise<Names> {
  const send = (path: string, body: object, key?: string) =>
    api.post(path, body, { caller, ...(key !== undefined && { key }) })
  const put = (path: string, body: object) => api.call('PUT', path, { body, caller })
  const agent = `${mark}-agent`
  const tier = `${mark}-tier`
  await put(`/api/finance/commission-tiers/${tier}`, { name: `Tier of ${mark}`, rate: '2.5' })
  await put(`/api/finance/commission-tiers/assignments/${agent}`, { tier })
  const person = { name: `Zainab ${mark}`, number: `${mark}-c1`, agent, source: mark }
  const contact = { phone: phoneOf(mark), email: `${mark}@example.com`, country: mark }
  const registered = await send('/api/crm/customers', { ...person, ...contact }, `${mark}-key`)
  const customerId = idOf(registered)
  const again = idOf(await send('/api/crm/customers', { ...person, number: `${mark}-c2` }))
  const one = { customerIds: [customerId, again], reason: 'same_contact' }
  const link = idOf(await send('/api/privacy/links', one))
  const source = (kind: string) => ({ system: mark, number: `${mark}-${kind}` })
  const sell = { customerId, agent, saleAmount: amounts.sale, location: mark }
  const sale = idOf(await send('/api/finance/sales', { ...sell, source: source('s1') }))
  const paid = { method: 'bank', amount: '10.00', reference: mark }
  const payment = idOf(await send(`/api/finance/sales/${sale}/payments`, paid))
  const credited = { customerId, agent, amount: amounts.sale, source: source('n1') }
  const creditNote = idOf(await send('/api/finance/credit-notes', credited))
  const { session, tokens } = await api.daybook.identity.sessions.begin({
    ...sessionOf(randomUUID()),
    organisation: caller.organisation,
  })
  const more = { saleId: sale, amount: '5.00', source: source('n2') }
  const bySession = { caller: { ...caller, token: tokens.accessToken } }
  await api.post('/api/finance/credit-notes', more, bySession)
  const owed = { saleId: sale, amount: '20.00', reason: mark, source: source('b1') }
  const badDebt = pick(await send('/api/finance/bad-debts', owed), 'data', 'badDebtId')
  const apiKey = idOf(await send('/api/api-keys', { name: `Till of ${mark}` }))
  const invited = { name: `Zainab ${mark}`, email: `${mark}@example.com`, role: 'operator' }
  const member = idOf(await send('/api/members', invited))
  const wallet = await makeWallet(api, caller, { customerId, mark, topUp: amounts.topUp })
  const shown = { actor: `key:${apiKey}`, until: tomorrow(), reason: mark }
  const unmasking = idOf(await send('/api/unmaskings', shown))
  // An entry has a number that no organisation has that recorded less.
  for (let n = 1; n <= amounts.moreSales; n += 1) {
    const lines = [{ description: mark, quantity: 1, unitPrice: amounts.sale }]
    await send('/api/finance/sales', { customerId, agent, lines, source: source(`more-${n}`) })
  }
  await forget(api, caller, { customerId, mark })
  await settled(api, caller, mark)
  return {
    mark,
    actor: caller.actor,
    session: session.sessionId,
    customer: customerId,
    number: person.number,
    again,
    link,
    agent,
    phone: contact.phone,
    tier,
    sale,
    saleNumber: `${mark}-s1`,
    payment,
    creditNote,
    badDebt,
    unmasking,
    apiKey,
    member,
    key: `${mark}-refused`,
    ...wallet,
    ...(await namesInLog(api, caller)),
  }
}

/** Digits of the letters of the mark. */
const phoneOf = (mark: string): string => `+96650${Buffer.from(mark).readUIntBE(0, 4)}`

/** This hour of it, in UTC. */
export const tomorrow = (): string => new Date(Date.now() + 24 * 3600 * 1000).toISOString()

const idOf = (answer: ApiAnswer): string => pick(answer, 'data', 'id')

async function makeWallet(
  api: TestApi,
  caller: TestCaller,
  { customerId, mark, topUp }: { customerId: string; mark: string; topUp: string },
): Promise<Pick<Names, 'wallet' | 'topUp' | 'debit' | 'hold'>> {
  const opened = { customerId, name: `Wallet of ${mark}`, currency: 'USD' }
  const wallet = idOf(await api.post('/api/wallets', opened, { caller }))
  const path = `/api/wallets/${wallet}`
  const number = (answer: ApiAnswer): string => pick(answer, 'data', 'movement')
  const move = async (kind: string, body: object) =>
    number(await api.post(`${path}/${kind}`, { ...body, reference: mark }, { caller }))
  const cameIn = await move('topups', { amount: topUp, method: 'bank' })
  const taken = await move('debits', { amount: '7.00', description: mark })
  const mended = { field: 'description', movement: taken, text: `${mark} again`, reason: mark }
  await api.post(`${path}/corrections`, mended, { caller })
  const held = await move('holds', { amount: '3.00' })
  const refused = { caller, key: `${mark}-refused`, body: { amount: '99999999.00' } }
  await api.call('POST', `${path}/debits`, refused)
  return { wallet, topUp: cameIn, debit: taken, hold: held }
}

/** An erasure that waits for a second person, and a legal hold. */
async function forget(
  api: TestApi,
  caller: TestCaller,
  { customerId, mark }: { customerId: string; mark: string },
): Promise<void> {
  const settle = (erasureNeedsApproval: boolean) =>
    api.call('PATCH', '/api/settings', { body: { erasureNeedsApproval }, caller })
  await settle(true)
  const asked = { customerId, reason: 'asked_by_person' }
  await api.post('/api/privacy/erasures', asked, { caller })
  await settle(false)
  await api.post('/api/privacy/holds', { customerId, reason: mark }, { caller })
}

/** What is written behind the answers is there too. */
async function settled(api: TestApi, caller: TestCaller, mark: string): Promise<void> {
  const seen = async (path: string) => {
    const rows = dig(await api.get(path, { caller }), 'data') as readonly unknown[]
    return rows.length > 0
  }
  await eventually('its refusal is on record', () => seen(`/api/refusals?key=${mark}-refused`))
  await eventually('its customer is closed', () => seen('/api/crm/customers?status=closed'))
  await api.get(`/api/events?actor=${mark}-agent`, { caller })
  await eventually('its look is on record', () => seen('/api/accesses'))
  await api.caughtUp()
}

interface Event {
  readonly id: string
  readonly stream: string
  readonly type: string
  readonly correlationId: string
  readonly causationId: string | null
  readonly commandId: string
}

async function namesInLog(api: TestApi, caller: TestCaller) {
  const rows = async (path: string) => dig(await api.get(path, { caller }), 'data')
  const events = (await rows('/api/events?limit=500')) as readonly Event[]
  const caused = events.find(({ causationId }) => causationId !== null)
  const one = (values: readonly string[]): readonly string[] => [...new Set(values)]
  const [first] = events
  if (first === undefined || caused === undefined) throw new Error('Nothing was recorded')
  return {
    events: [first.id, caused.id],
    refused: pick({ status: 200, body: await rows('/api/refusals?limit=1') }, 0, 'commandId'),
    streams: one(events.map(({ stream }) => stream)),
    correlations: one([first, caused].map(({ correlationId }) => correlationId)),
    causation: caused.causationId ?? '',
    command: first.commandId,
    entry: pick({ status: 200, body: await rows('/api/ledger/entries?limit=1') }, 0, 'entry'),
  }
}
