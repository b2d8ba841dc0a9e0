import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { commandWallet, type WalletRequest } from '#commands/wallet/command-wallet.ts'
import { whenFree } from '#test/projections/engine/support/running-engine.ts'
import { testApi } from '#test/support/api.ts'
import { dig, pick, stranger } from '#test/support/server.ts'

const api = await testApi(t)
await api.call('PATCH', '/api/settings', { body: { baseCurrency: 'ZAR' } })
const customerId = pick(await api.post('/api/crm/customers', { name: 'Thandi' }), 'data', 'id')

const zar = (amount: string) => ({ amount, currency: 'ZAR' })
const vat = { taxCode: 'VAT', taxRates: { VAT: '15' } }

/** A wallet with so much in it; answers its path. */
async function wallet(amount?: string, more: object = {}): Promise<string> {
  const opened = await api.post('/api/wallets', { customerId, ...more })
  const path = `/api/wallets/${pick(opened, 'data', 'id')}`
  if (amount !== undefined) await api.post(`${path}/topups`, { amount, method: 'card' })
  return path
}

const standing = async (path: string) => {
  await api.caughtUp()
  const { balance, held, available } = dig(await api.get(path), 'data') as Record<string, unknown>
  return { balance, held, available }
}

t.test('a wallet is opened, filled, used and refunded, and its statement tells it', async (t) => {
  const path = await wallet('1000.00', { name: 'Production' })
  const used = await api.post(`${path}/debits`, { amount: 300, ...vat, description: 'vm-17' })
  t.match(used, { status: 201, headers: { location: path } })
  t.match(used.body, {
    data: {
      movement: '3',
      kind: 'debit',
      amount: zar('345.00'),
      net: zar('300.00'),
      tax: zar('45.00'),
    },
  })
  const back = await api.post(`${path}/refunds`, { debit: '3', amount: '115.00', reason: 'down' })
  t.match(back.body, {
    data: { movement: '4', kind: 'refund', about: '3', net: zar('100.00'), tax: zar('15.00') },
  })
  await api.post(`${path}/payouts`, { amount: '70.00', method: 'bank', reference: 'out-1' })
  t.same(await standing(path), {
    balance: zar('700.00'),
    held: zar('0.00'),
    available: zar('700.00'),
  })
  t.match((await api.get(path)).body, { data: { customerName: 'Thandi', name: 'Production' } })

  const statement = await api.get(`${path}/statement?limit=2`)
  t.match(statement.body, {
    data: {
      opening: zar('0.00'),
      closing: zar('700.00'),
      movements: [
        { movement: '2', kind: 'top_up', amount: zar('1000.00'), balance: zar('1000.00') },
        {
          movement: '3',
          kind: 'debit',
          amount: zar('-345.00'),
          balance: zar('655.00'),
          text: 'vm-17',
        },
      ],
    },
  })
  const cursor = pick(statement, 'meta', 'nextCursor')
  t.match((await api.get(`${path}/statement?limit=2&cursor=${cursor}`)).body, {
    data: {
      movements: [
        { movement: '4', kind: 'refund', about: '3', balance: zar('770.00') },
        { movement: '5', kind: 'pay_out', method: 'bank', balance: zar('700.00') },
      ],
    },
    meta: { nextCursor: null },
  })
  const tomorrow = await api.get(`${path}/statement?from=2999-01-01`)
  t.match(tomorrow.body, { data: { opening: zar('700.00'), movements: [] } })
})

t.test('before it was opened there was no wallet, in whatever way it is asked for', async (t) => {
  const path = await wallet('10.00')
  await api.caughtUp()
  const events = `/api/events?type=WalletOpened&wallet=${path.split('/').at(-1)}`
  const opened = Number(dig(await api.get(events), 'data', 0, 'ordinal'))
  for (const part of ['', '/balance', '/statement']) {
    const knownAt = (ordinal: number) => api.get(`${path}${part}?known_at=${ordinal}`)
    const before = await knownAt(opened - 1)
    t.match(before, { status: 404, body: { code: 'WALLET_UNKNOWN' } }, `a wallet${part}`)
    t.equal((await knownAt(opened)).status, 200, `a wallet${part}`)
  }
})

t.test('what wallets do stands in the books, per wallet', async (t) => {
  const path = await wallet('500.00')
  await api.post(`${path}/debits`, { amount: '100.00', ...vat })
  await api.post(`${path}/refunds`, { debit: '3', amount: '23.00' })
  await api.caughtUp()
  const balances = await api.get('/api/ledger/accounts/2250/balances')
  const own = (dig(balances, 'data') as readonly { party: string }[]).find(({ party }) =>
    path.endsWith(party),
  )
  t.match(own, { balance: zar('-408.00') })
  const trial = await api.get('/api/ledger/trial-balance')
  t.match(dig(trial, 'data', 'totals'), [{ balance: zar('0.00') }])
  const accounts = (dig(trial, 'data', 'accounts') as readonly { name: string }[]).map(
    ({ name }) => name,
  )
  for (const name of ['Customer wallets', 'Usage revenue', 'Usage refunds', 'Tax payable']) {
    t.ok(accounts.includes(name), name)
  }
})

t.test('money is held, and captured in part', async (t) => {
  const path = await wallet('200.00')
  const held = await api.post(`${path}/holds`, { amount: '150.00', reference: 'order-8' })
  t.match(held.body, { data: { movement: '3', kind: 'hold', amount: zar('150.00') } })
  t.same(await standing(path), {
    balance: zar('200.00'),
    held: zar('150.00'),
    available: zar('50.00'),
  })
  const captured = await api.post(`${path}/holds/3/captures`, { amount: '100.00', ...vat })
  t.match(captured.body, {
    data: {
      kind: 'capture',
      amount: zar('115.00'),
      also: [{ kind: 'release', about: '3', amount: zar('35.00') }],
    },
  })
  t.same(await standing(path), {
    balance: zar('85.00'),
    held: zar('0.00'),
    available: zar('85.00'),
  })
  t.match(await api.call('POST', `${path}/holds/3/captures`, { body: {} }), {
    status: 409,
    body: { code: 'HOLD_ENDED', detail: /captured|released/ },
  })
})

t.test('all that is held is captured, with its tax within it', async (t) => {
  const path = await wallet('20.00')
  await api.post(`${path}/holds`, { amount: '11.50' })
  const { body } = await api.post(`${path}/holds/3/captures`, vat)
  t.match(body, {
    data: { amount: zar('11.50'), net: zar('10.00'), tax: zar('1.50'), also: [] },
  })
})

t.test('a hold is free again when its time is over, though nobody has said so', async (t) => {
  const path = await wallet('85.00')
  const inAnHour = new Date(Date.now() + 3_600_000).toISOString()
  const { body } = await api.post(`${path}/holds`, { amount: '60.00', expiresAt: inAnHour })
  t.match(body, { data: { expiresAt: inAnHour } })
  t.match(await standing(path), { held: zar('60.00'), available: zar('25.00') })
  const at = async (instant: string) => dig(await api.get(`${path}/balance?at=${instant}`), 'data')
  t.match(await at(inAnHour), { held: zar('0.00'), available: zar('85.00') })
  const justBefore = new Date(Date.parse(inAnHour) - 1).toISOString()
  t.match(await at(justBefore), { balance: zar('85.00'), held: zar('60.00') })

  const soon = Date.now() + 1500
  await api.post(`${path}/holds`, { amount: '25.00', expiresAt: new Date(soon).toISOString() })
  while (Date.now() <= soon + 20) await sleep(20)
  t.match(await standing(path), { held: zar('60.00'), available: zar('25.00') })
  const debit = await api.post(`${path}/debits`, { amount: '25.00' })
  t.match(debit.body, { data: { kind: 'debit', also: [{ kind: 'expiry', amount: zar('25.00') }] } })
})

t.test('a balance at an instant is one that was, also where clocks differ', async (t) => {
  const walletId = (await wallet()).split('/')[3] ?? ''
  const opened = Date.now()
  const after = (ms: number) => new Date(opened + ms).toISOString()
  const record = (command: WalletRequest, now: string) => {
    const context = { organisation: 'main', actor: 'owner', commandId: randomUUID() }
    const { operations } = api.daybook
    return commandWallet(operations, command, { ...context, correlationId: randomUUID(), now })
  }
  await sleep(400)
  const amount = { amount: 1000n, currency: 'ZAR' }
  await record({ type: 'TopUpWallet', walletId, amount, method: 'card' }, after(300))
  // By a process whose clock is behind.
  await record({ type: 'DebitWallet', walletId, usage: { amount: 700n } }, after(100))
  await api.caughtUp()
  const at = async (instant: string) =>
    dig(await api.get(`/api/wallets/${walletId}/balance?at=${instant}`), 'data', 'balance')
  t.same(await at(after(200)), zar('0.00'), 'what was not there yet was not spent')
  t.same(await at(after(350)), zar('3.00'))
})

t.test('a refused debit names the shortfall, in the caller’s language', async (t) => {
  const path = await wallet('10.00')
  const refused = await api.call('POST', `${path}/debits`, { body: { amount: '12.50' } })
  t.match(refused, {
    status: 422,
    body: { code: 'WALLET_FUNDS_NOT_ENOUGH', detail: /2\.50 ZAR too little: 10\.00 ZAR are/ },
  })
  const headers = { 'accept-language': 'fa' }
  const persian = await api.call('POST', `${path}/debits`, { body: { amount: '12.50' }, headers })
  t.match(persian.body, { detail: /کم است/ })
  await api.call('PUT', `${path}/credit-limit`, { body: { creditLimit: '2.50' } })
  t.equal((await api.post(`${path}/debits`, { amount: '12.50' })).status, 201)
  t.match(await standing(path), { balance: zar('-2.50'), available: zar('0.00') })
})

t.test('a refused payout says what there is without credit, in three languages', async (t) => {
  const path = await wallet(undefined, { creditLimit: '5.00' })
  t.match(await standing(path), { available: zar('5.00') })
  const said = {
    en: /0\.00 ZAR .* without credit/,
    ar: /دون الائتمان .*0\.00/,
    fa: /بدون اعتبار .*0\.00/,
  }
  for (const [language, detail] of Object.entries(said)) {
    const headers = { 'accept-language': language }
    const body = { amount: '1.00', method: 'bank' }
    const refused = await api.call('POST', `${path}/payouts`, { body, headers })
    t.match(refused, { status: 422, body: { code: 'PAYOUT_ABOVE_OWN', detail } })
  }
})

t.test('a top-up that was charged back suspends a wallet that falls below its floor', async (t) => {
  const path = await wallet('100.00')
  await api.post(`${path}/debits`, { amount: '60.00' })
  const back = await api.post(`${path}/chargebacks`, { topUp: '2', reason: 'disputed' })
  t.match(back.body, { data: { kind: 'charge_back', about: '2', suspended: true } })
  t.match(await api.call('POST', `${path}/debits`, { body: { amount: '1.00' } }), {
    status: 409,
    body: { code: 'WALLET_SUSPENDED' },
  })
  t.match(await api.call('POST', `${path}/chargebacks`, { body: { topUp: '2' } }), {
    body: { code: 'TOP_UP_ALREADY_CHARGED_BACK' },
  })
  t.match(await api.call('POST', `${path}/chargebacks`, { body: { topUp: '3' } }), {
    status: 404,
    body: { code: 'MOVEMENT_UNKNOWN' },
  })
  const risen = await api.post(`${path}/topups`, { amount: '60.00', method: 'bank' })
  t.match(risen.body, { data: { suspended: false } })
  await api.call('POST', `${path}/suspend`, { body: { reason: 'fraud' } })
  await api.caughtUp()
  const suspended = await api.get('/api/wallets?suspended=true')
  t.match(dig(suspended, 'data'), [{ suspended: 'asked', balance: zar('0.00') }])
  await api.post(`${path}/topups`, { amount: '5.00', method: 'cash' })
  const refused = await api.call('POST', `${path}/debits`, { body: { amount: '1.00' } })
  const [advised = ''] = /\/api\/wallets\/\S+\/resume/.exec(pick(refused, 'detail')) ?? []
  t.match(refused.body, { code: 'WALLET_SUSPENDED' }, 'a top-up does not lift what was asked for')
  t.equal((await api.post(advised, {})).status, 200)
  t.equal((await api.post(`${path}/debits`, { amount: '1.00' })).status, 201, 'as was advised')
})

t.test('of many debits at once as many succeed as there is money for', async (t) => {
  const path = await wallet('50.00')
  const answers = await Promise.all(
    Array.from({ length: 120 }, (_, i) =>
      api.call('POST', `${path}/debits`, { body: { amount: '1.00' }, key: `debit-${path}-${i}` }),
    ),
  )
  t.equal(answers.filter(({ status }) => status === 201).length, 50)
  const refused = answers.filter(({ status }) => status === 422)
  t.equal(refused.length, 70)
  t.ok(refused.every((answer) => /1\.00 ZAR too little/.test(pick(answer, 'detail'))))
  const movements = answers
    .filter(({ status }) => status === 201)
    .map((answer) => Number(pick(answer, 'data', 'movement')))
  t.same(
    movements.toSorted((a, b) => a - b),
    Array.from({ length: 50 }, (_, i) => i + 3),
  )
  t.match(await standing(path), { balance: zar('0.00') })
  const again = await api.call('POST', `${path}/debits`, {
    body: { amount: '1.00' },
    key: `debit-${path}-${answers.findIndex(({ status }) => status === 201)}`,
  })
  t.match(again, { status: 201, headers: { 'idempotency-replayed': 'true' } })
  t.match(await standing(path), { balance: zar('0.00') }, 'a repeat takes nothing')
})

t.test('bad input is told by its field', async (t) => {
  const path = await wallet('10.00')
  const refusal = async (url: string, body: object) => {
    const { status, body: problem } = await api.call('POST', url, { body })
    return { status, ...(problem as object) }
  }
  t.match(await refusal(`${path}/debits`, { amount: { amount: '1', currency: 'USD' } }), {
    status: 422,
    code: 'CURRENCY_MISMATCH',
  })
  t.match(await refusal(`${path}/debits`, { amount: '1.005' }), {
    code: 'AMOUNT_TOO_MANY_DECIMALS',
  })
  t.match(await refusal(`${path}/debits`, {}), {
    status: 400,
    errors: [{ pointer: '/amount', code: 'FIELD_REQUIRED' }],
  })
  t.match(await refusal(`${path}/debits`, { amount: '1', color: 'red' }), {
    errors: [{ code: 'FIELD_UNKNOWN' }],
  })
  const past = '2020-01-01T00:00:00Z'
  t.match(await refusal(`${path}/holds`, { amount: '1', expiresAt: past }), {
    code: 'HOLD_EXPIRY_PAST',
  })
  t.match(await refusal(`${path}/holds/77/captures`, {}), { status: 404, code: 'HOLD_UNKNOWN' })
  t.match(await refusal(`${path}/refunds`, { debit: '2' }), { code: 'MOVEMENT_UNKNOWN' })
  for (const topUp of ['9', '9999999999']) {
    const unknown = { status: 404, code: 'MOVEMENT_UNKNOWN' }
    t.match(await refusal(`${path}/chargebacks`, { topUp }), unknown)
  }
  t.match(await refusal('/api/wallets/none/debits', { amount: '1' }), { code: 'WALLET_UNKNOWN' })
  t.match(await refusal('/api/wallets', { customerId: 'nobody' }), { code: 'CUSTOMER_UNKNOWN' })
  const foreign = await api.call('POST', `${path}/debits`, {
    body: { amount: '1' },
    caller: stranger,
  })
  t.match(foreign, { status: 404, body: { code: 'WALLET_UNKNOWN' } })
  t.equal((await api.get(path, { caller: stranger })).status, 404)
})

t.test('the read models of wallets are what the log says', async (t) => {
  await api.caughtUp()
  for (const name of ['wallets', 'ledger']) {
    t.match(await whenFree(() => api.daybook.engine.verify(name)), { equal: true }, name)
  }
  const [report] = await (await whenFree(() => api.daybook.engine.rebuild(['wallets']))).done
  t.match(report, { state: 'done', compared: { equal: true } })
})
