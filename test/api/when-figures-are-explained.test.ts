import t, { type Test } from 'tap'
import { figures } from '#api/explain/explain.ts'
import { testApi } from '#test/support/api.ts'
import { dig, pick } from '#test/support/server.ts'

/** Every figure is followed down to the events that made it, and its parts are summed on the way. */

let aheadMs = 0
const api = await testApi(t, {}, () => new Date(Date.now() + aheadMs).toISOString())
const sar = (amount: string) => ({ amount, currency: 'SAR' })
await api.call('PATCH', '/api/settings', { body: { baseCurrency: 'SAR' } })

const customer = pick(await api.post('/api/crm/customers', { name: 'Amal' }), 'data', 'id')
const made = async (path: string, body: object, ...what: string[]): Promise<string> =>
  pick(await api.post(path, body), 'data', ...(what.length === 0 ? ['id'] : what))
const sale = await made('/api/finance/sales', {
  customerId: customer,
  saleAmount: 100,
  occurredOn: '2026-01-15',
})
const path = `/api/finance/sales/${sale}`
const payment = await made(`${path}/payments`, { method: 'bank', amount: 130 })
await api.post(`${path}/payments/${payment}/reversal`, { cause: 'bounced' })
await api.post(`${path}/payments`, { method: 'cash', amount: 30 })
const note = await made('/api/finance/credit-notes', { saleId: sale, amount: 10 })
const debt = await made('/api/finance/bad-debts', { saleId: sale, amount: 20 })
await api.post(`/api/finance/bad-debts/${debt}/reversals`, { amount: 5 })
const beforeTheWallet = await head()
const wallet = await made('/api/wallets', { customerId: customer, creditLimit: '50.00' })
const ofWallet = `/api/wallets/${wallet}`
for (const amount of ['100.00', '20.00']) {
  await api.post(`${ofWallet}/topups`, { amount, method: 'card' })
}
const held = await made(`${ofWallet}/holds`, { amount: '40.00' }, 'movement')
await api.post(`${ofWallet}/holds`, { amount: '7.00' })
await api.post(`${ofWallet}/holds/${held}/captures`, { amount: '15.00', keepRest: true })
await api.post(`${ofWallet}/debits`, { amount: '3.00' })
await api.caughtUp()

async function head(): Promise<string> {
  await api.caughtUp()
  return pick(await api.get('/api/events?limit=1'), 'data', 0, 'ordinal')
}

interface PartSeen {
  readonly name: string
  readonly value: number | { readonly amount: string; readonly currency: string }
  readonly explain?: string
  readonly event?: { readonly type: string; readonly href: string; readonly ordinal: string }
}

const compared = (address: string) => `${address}${address.includes('?') ? '&' : '?'}compare=true`

/** Follows a figure to its last events, all parts summed and compared; answers the types of events met. */
async function follow(t: Test, address: string, known = ''): Promise<readonly string[]> {
  const answer = await api.get(compared(address) + known)
  t.match(answer, { status: 200, body: { data: { equal: true } } }, address)
  const parts = dig(answer, 'data', 'parts') as readonly PartSeen[]
  const types: string[] = []
  for (const part of parts) {
    if (part.explain !== undefined) {
      const below = await api.get(part.explain)
      t.same(dig(below, 'data', 'figure', 'value'), unsigned(part, below), part.explain)
      types.push(...(await follow(t, part.explain)))
    } else {
      t.ok(part.event, `${part.name} is an event`)
      await isThere(t, part.event)
      types.push(part.event?.type ?? '')
    }
  }
  return types
}

const seen = new Set<string>()

/** The address of an event leads to it; each is tried once. */
async function isThere(t: Test, { href = '', ordinal }: Partial<PartSeen['event']> = {}) {
  if (seen.has(href)) return
  seen.add(href)
  t.match(await api.get(href), { body: { data: { ordinal } } })
}

/** What is held is taken off what is available, and an entry has two sides. */
function unsigned({ name, value }: PartSeen, below: Parameters<typeof dig>[0]) {
  if (name === 'posting') return dig(below, 'data', 'figure', 'value')
  if (typeof value === 'number' || name !== 'wallet.held') return value
  return { ...value, amount: value.amount.replace('-', '') }
}

t.test('the figures of a sale are made by its events', async (t) => {
  const of = `/api/explain/sales/${sale}`
  t.strictSame(await follow(t, `${of}/paid`), [
    'SalePaymentReceived',
    'SalePaymentReversed',
    'SalePaymentReceived',
  ])
  t.strictSame(await follow(t, `${of}/owed`), [
    'SaleRecorded',
    'SalePaymentReceived',
    'SalePaymentReversed',
    'SalePaymentReceived',
    'SaleDebtWrittenOff',
    'SaleWriteOffReversed',
  ])
  t.strictSame(await follow(t, `${of}/credited`), ['SaleCredited'])
  const paid = await api.get(`${of}/paid?limit=2&compare=true`)
  t.match(paid.body, {
    data: {
      figure: { name: 'sale.paid', of: { id: sale }, value: sar('30.00') },
      parts: [{ value: sar('130.00') }, { value: sar('-130.00') }],
      partsTotal: sar('30.00'),
    },
  })
  const next = await api.get(/<([^>]+)>; rel="next"/.exec(paid.headers['link'] ?? '')?.[1] ?? '')
  t.match(next.body, { data: { parts: [{ value: sar('30.00') }], partsTotal: sar('30.00') } })
})

t.test('as known before, a figure and its parts are those of then', async (t) => {
  const reversal = await api.get('/api/events?type=SalePaymentReversed')
  const before = Number(pick(reversal, 'data', 0, 'ordinal')) - 1
  const answer = await api.get(`/api/explain/sales/${sale}/paid?compare=true&known_at=${before}`)
  t.match(answer.body, {
    data: { knownAt: String(before), figure: { value: sar('130.00') }, equal: true },
  })
  t.match(await api.get(`/api/explain/wallets/${wallet}/balance?known_at=${beforeTheWallet}`), {
    status: 404,
  })
  const then = `known_at=${beforeTheWallet}`
  await follow(t, `/api/explain/accounts/receivable/balance?currency=SAR&${then}`)
})

t.test('documents, credit and counts are made by their events', async (t) => {
  t.strictSame(await follow(t, `/api/explain/sales/${sale}/payments/${payment}/toCredit`), [
    'SalePaymentReceived',
  ])
  t.strictSame(await follow(t, `/api/explain/credit-notes/${note}/gross`), ['CreditNoteIssued'])
  t.strictSame(await follow(t, `/api/explain/bad-debts/${debt}/reversed`), [
    'BadDebtWriteOffReversed',
  ])
  const credit = `/api/explain/customer-credits/${customer}`
  t.strictSame(await follow(t, `${credit}/available?currency=SAR`), [
    'CustomerCreditReceived',
    'CustomerCreditWithdrawn',
    'CustomerCreditReceived',
  ])
  const sales = await api.get(`/api/explain/customers/${customer}/sales?compare=true`)
  t.match(sales.body, {
    data: { figure: { value: 1 }, partsTotal: 1, equal: true, parts: [{ value: 1 }] },
  })
})

t.test('a customer who never had credit has none of it, as far as they are known', async (t) => {
  const before = await head()
  const other = await made('/api/crm/customers', { name: 'Basma' })
  await api.caughtUp()
  const of = `/api/explain/customer-credits/${other}/received?currency=SAR&compare=true`
  for (const known of ['', `&known_at=${await head()}`]) {
    t.match((await api.get(of + known)).body, {
      data: { figure: { value: sar('0.00') }, parts: [], partsTotal: sar('0.00'), equal: true },
    })
  }
  const unknown = { status: 404, body: { code: 'CUSTOMER_UNKNOWN' } }
  t.match(await api.get(`${of}&known_at=${before}`), unknown)
  t.match(await api.get('/api/explain/customer-credits/nobody/received?currency=SAR'), unknown)
})

t.test('balances are followed from the trial balance to the events of entries', async (t) => {
  const types = await follow(t, '/api/explain/trial-balance/debit?currency=SAR')
  t.ok(types.includes('SalePaymentReversed') && types.includes('WalletHoldCaptured'))
  for (const figure of ['credit', 'balance']) {
    t.match(
      (await api.get(`/api/explain/trial-balance/${figure}?currency=SAR&compare=true`)).body,
      {
        data: { equal: true },
      },
    )
    await follow(t, `/api/explain/accounts/tax_payable/${figure}?currency=SAR`)
    await follow(t, `/api/explain/accounts/cash/${figure}?currency=SAR`)
  }
  const receivable = `/api/explain/accounts/receivable/balance?currency=SAR&party=${customer}`
  const top = await api.get(receivable)
  t.match(top.body, {
    data: {
      figure: { name: 'party.balance', value: sar('55.00') },
      parts: [{ name: 'period', of: { period: '2026-01' }, value: sar('100.00') }, {}],
    },
  })
  await follow(t, receivable)
  await follow(t, `${receivable}&as_of=2026-02-01`)
  await follow(t, `${receivable}&period=2026-01-15`)
})

t.test('the figures of a wallet are made by its movements, holds and limits', async (t) => {
  const of = `/api/explain/wallets/${wallet}`
  const balance = await follow(t, `${of}/balance`)
  t.strictSame(balance, ['WalletToppedUp', 'WalletToppedUp', 'WalletHoldCaptured', 'WalletDebited'])
  t.match((await api.get(`${of}/held?compare=true`)).body, {
    data: {
      figure: { value: sar('32.00') },
      parts: [sar('25.00'), sar('7.00')].map((value) => ({ value })),
    },
  })
  const types = await follow(t, `${of}/available`)
  t.strictSame(types.toSorted(), [...balance, ...heldTypes, 'WalletOpened'].toSorted())
  await follow(t, `${of}/balance?as_of=2026-01-01`)
  await follow(t, `${of}/available?known_at=${await head()}`)
})
const heldTypes = ['WalletFundsHeld', 'WalletHoldCaptured', 'WalletFundsHeld']

/** A wallet with 20.00 held for an hour, seen an hour and a half later, when nobody has touched it since. */
async function holdWhoseTimeIsOver() {
  const heldAt = Date.now()
  aheadMs = 0
  const wallet = await made('/api/wallets', { customerId: customer })
  await api.post(`/api/wallets/${wallet}/topups`, { amount: '100.00', method: 'bank' })
  const expiresAt = new Date(heldAt + HOUR_MS).toISOString()
  const what = { amount: '20.00', expiresAt }
  const hold = await made(`/api/wallets/${wallet}/holds`, what, 'movement')
  aheadMs = 2 * HOUR_MS
  await api.caughtUp()
  return {
    of: `/api/explain/wallets/${wallet}`,
    hold,
    afterwards: new Date(heldAt + 1.5 * HOUR_MS).toISOString(),
  }
}
const HOUR_MS = 3_600_000

t.test('the parts of what was known at an instant are those of that instant', async (t) => {
  const { of, afterwards } = await holdWhoseTimeIsOver()
  const available = `${of}/available?known_at=${afterwards}`
  t.match((await api.get(available)).body, {
    data: { figure: { value: sar('100.00') }, parts: [{}, { value: sar('0.00') }, {}] },
  })
  await follow(t, available)
  t.strictSame(await follow(t, `${of}/held?known_at=${await head()}`), ['WalletFundsHeld'])
})

t.test('a hold whose time is over holds nothing, and says since which event', async (t) => {
  const { of, hold, afterwards } = await holdWhoseTimeIsOver()
  for (const known of ['', `&known_at=${afterwards}`]) {
    const held = `${of}/held?hold=${hold}${known}`
    t.match((await api.get(held)).body, {
      data: {
        figure: { value: sar('0.00') },
        parts: [
          { name: 'hold', value: sar('20.00'), event: { type: 'WalletFundsHeld' } },
          { name: 'time_over', value: sar('-20.00'), event: { type: 'WalletFundsHeld' } },
        ],
      },
    })
    const first = await api.get(`${held}&limit=1`)
    t.match(first.body, { data: { parts: [{ name: 'hold' }] } })
    const next = /<([^>]+)>; rel="next"/.exec(first.headers['link'] ?? '')?.[1] ?? ''
    const rest = await api.get(next)
    t.match(rest.body, { data: { parts: [{ name: 'time_over' }] }, meta: { nextCursor: null } })
    t.strictSame(await follow(t, held), ['WalletFundsHeld', 'WalletFundsHeld'])
  }
  const before = `${of}/held?hold=${hold}&known_at=${await head()}`
  t.match((await api.get(before)).body, { data: { figure: { value: sar('20.00') }, parts: [{}] } })
})

t.test('each balance of a statement is explained as it stands there', async (t) => {
  const wallet = await made('/api/wallets', { customerId: customer })
  const of = `/api/wallets/${wallet}`
  const topUp = { amount: '100.00', method: 'card' }
  await api.post(`${of}/topups`, { ...topUp, occurredOn: '2026-02-02' })
  await api.post(`${of}/debits`, { amount: '7.00', occurredOn: '2026-02-02' })
  // Recorded last, and the first in business.
  await api.post(`${of}/topups`, { ...topUp, occurredOn: '2026-02-01' })
  await api.caughtUp()
  const balances: unknown[] = []
  for (const known of ['', `?known_at=${await head()}`]) {
    const statement = await api.get(`${of}/statement${known}`)
    for (const line of dig(statement, 'data', 'movements') as readonly StatementLine[]) {
      const asked = `/api/explain${of.slice(4)}/balance?movement=${line.movement}`
      const explained = await api.get(asked + known.replace('?', '&'))
      t.same(dig(explained, 'data', 'figure', 'value'), line.balance, asked)
      await follow(t, asked, known.replace('?', '&'))
      balances.push(line.balance)
    }
  }
  const told = ['100.00', '200.00', '193.00'].map(sar)
  t.same(balances, [...told, ...told])
})

interface StatementLine {
  readonly movement: string
  readonly balance: object
}

t.test('a row that was changed by hand is not what its events say', async (t) => {
  const { engine } = api.daybook
  await engine.stopProjection('finance_sales')
  t.teardown(() => engine.startProjection('finance_sales'))
  await api.database.database.engine.query('update finance_sales.sale set paid = paid + 1')
  t.match((await api.get(`/api/explain/sales/${sale}/paid?compare=true`)).body, {
    data: { figure: { value: sar('30.01') }, partsTotal: sar('30.00'), equal: false },
  })
  await api.database.database.engine.query('update finance_sales.sale set paid = paid - 1')
})

t.test('what is not there is refused as everywhere', async (t) => {
  for (const [address, code] of [
    ['/api/explain/sales/nothing/paid', 'SALE_UNKNOWN'],
    ['/api/explain/wallets/nothing/held', 'WALLET_UNKNOWN'],
    ['/api/explain/accounts/nothing/debit?currency=SAR', 'ACCOUNT_UNKNOWN'],
    ['/api/explain/entries/999/amount', 'ENTRY_UNKNOWN'],
    [`/api/explain/sales/${sale}/colour`, 'REQUEST_INVALID'],
    [`/api/explain/wallets/${wallet}/balance?period=2026-13`, 'REQUEST_INVALID'],
    [`/api/explain/sales/${sale}/paid?cursor=eA`, 'CURSOR_INVALID'],
    [`/api/explain/sales/${sale}/paid?known_at=99999`, 'KNOWN_AT_AFTER_HEAD'],
  ] as const) {
    t.match((await api.get(address)).body, { code }, address)
  }
})

/** The fields that are refused as none of this request. */
const unheard = async (address: string) => {
  const answer = await api.get(address)
  if (answer.status === 200) return 'heard'
  const errors = dig(answer, 'errors') as readonly { pointer: string; code: string }[]
  return [answer.status, ...errors.map(({ pointer, code }) => `${pointer} ${code}`)].join(' ')
}

t.test('a party is asked for of accounts that are kept per party alone', async (t) => {
  const of = '/api/explain/accounts/'
  for (const party of ['', customer]) {
    const asked = `balance?currency=SAR&party=${party}`
    t.equal(await unheard(`${of}bank/${asked}`), '400 /party FIELD_UNKNOWN')
    await follow(t, `${of}receivable/${asked}`)
  }
})

t.test('a figure of a wallet is asked only for what it honours', async (t) => {
  const of = `/api/explain/wallets/${wallet}/`
  for (const [asked, expected] of [
    ['held?period=2020-01', '400 /period FIELD_UNKNOWN'],
    ['held?hold=4', 'heard'],
    ['available?as_of=2020-01-01&hold=4', '400 /as_of FIELD_UNKNOWN /hold FIELD_UNKNOWN'],
    ['creditLimit?as_of=2020-01-01', '400 /as_of FIELD_UNKNOWN'],
    ['balance?hold=77', '400 /hold FIELD_UNKNOWN'],
    ['balance?period=2020-01&as_of=2020-01-01', 'heard'],
  ] as const) {
    t.equal(await unheard(of + asked), expected, asked)
  }
})

/** Numbers in answers that are no figures made by events, and why. */
const notExplained: Readonly<Record<string, string>> = {
  'Customer.budget': 'as it was stated, not made',
  'Customer.paymentTermsDays': 'as it was stated, not made',
  'Duplicate.customers': 'who they are stands beside it',
  'Erasure.because.documents': 'as it was found when it was decided',
  'Erasure.because.years': 'as it was settled, not made',
}

t.test('every figure that a read model shows is explained, or it is said why not', async (t) => {
  const shown = new Set(figures.flatMap(({ shownAs }) => shownAs))
  const index = await api.get('/api/explain')
  t.equal((dig(index, 'data') as readonly unknown[]).length, figures.length)
  const met = new Set<string>()
  for (const field of shownFigures()) {
    met.add(field)
    t.ok(shown.has(field) || reasonFor(field) !== undefined, field)
  }
  for (const field of shown) t.ok(met.has(field), `${field} is shown somewhere`)
})

function reasonFor(field: string): string | undefined {
  if (/\.(revision|line)$/.test(field)) return 'a place in a stream or entry'
  if (/\.taxes\.(net|tax)$/.test(field)) return 'as the document states it'
  if (/^WalletMovement\.(?!balance$)/.test(field)) return 'as its one event states it'
  if (/^(Entry|EntryDetail)\.postings\.amount$|^RegisterLine\.amount$/.test(field)) {
    return 'a line of an entry, which is explained'
  }
  return notExplained[field]
}

type Schema = Readonly<{
  $ref?: string
  type?: string
  properties?: Readonly<Record<string, Schema>>
  items?: Schema
  anyOf?: readonly Schema[]
}>

/** Addresses that show no figures of read models, but events, operations, settings or explanations. */
const others =
  /^\/api\/(events|streams|correlations|refusals|accesses|projections|processes|health|problems|settings|explain|commission-tiers|finance\/commission)/

/** `Schema.field` of all money and whole numbers in the answers of reads, by the OpenAPI document. */
function shownFigures(): ReadonlySet<string> {
  const { paths, components } = api.app.swagger() as unknown as Document
  const found = new Set<string>()
  const walked = new Set<string>()
  const walk = (schema: Schema, at: string): void => {
    const name = schema.$ref?.split('/').at(-1)
    if (name === 'Money' || schema.type === 'integer') {
      found.add(at)
    } else if (name !== undefined && !walked.has(name)) {
      walked.add(name)
      walk(components.schemas[name] ?? {}, name)
    }
    for (const [field, inner] of Object.entries(schema.properties ?? {})) {
      walk(inner, `${at}.${field}`)
    }
    if (schema.items !== undefined) walk(schema.items, at)
    for (const inner of schema.anyOf ?? []) walk(inner, at)
  }
  for (const [path, { get }] of Object.entries(paths)) {
    const data = get?.responses['200']?.content?.['application/json']?.schema?.properties?.['data']
    if (data !== undefined && path.startsWith('/api/') && !others.test(path)) walk(data, path)
  }
  return found
}

interface Document {
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
  readonly paths: Readonly<
    Record<
      string,
      {
        readonly get?: {
          readonly responses: Readonly<
            Record<
              string,
              { readonly content?: { readonly 'application/json': { readonly schema?: Schema } } }
            >
          >
        }
      }
    >
  >
}
