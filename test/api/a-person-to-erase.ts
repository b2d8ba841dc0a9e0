import type { Test } from 'tap'
import { whenFree } from '#test/projections/engine/support/running-engine.ts'
import type { TestApi } from '#test/support/api.ts'
import { dig, pick } from '#test/support/server.ts'

/** Somebody who is to be erased, and where something of them could stand after it. */

export const erasures = '/api/privacy/erasures'
export const PERSON = {
  name: 'Perpetua Quillfeather',
  phone: '+44 7700 900461',
  email: 'pq@vane.org',
}
/** Written of them wherever something can be written. */
export const TEXT = 'as Quillfeather said'
export const nothing = { sale: 0, creditNote: 0, badDebt: 0, customerCredit: 0, wallet: 0 }

export interface Known {
  readonly id: string
  readonly sale: string
  readonly wallet: string
}

const figures = [
  '/api/ledger/trial-balance',
  '/api/finance/stats',
  '/api/analytics/snapshots?to=2099-12-31',
]

const TABLES = [
  'crm_customers.customer',
  'finance_sales.sale',
  'finance_sales.payment',
  'finance_sales.bad_debt',
  'wallets.wallet',
  'wallets.movement',
  'wallets.corrected_text',
  'privacy.erasure',
  'privacy.legal_hold',
]

/** What tests of erasure ask of a server. */
export function erasing(api: TestApi) {
  const idOf = async (path: string, body: object) => pick(await api.post(path, body), 'data', 'id')
  return {
    idOf,
    settle: (body: object) => api.call('PATCH', '/api/settings', { body }),
    ask: (customerId: string, more: object = {}) =>
      api.call('POST', erasures, { body: { customerId, reason: 'asked_by_person' }, ...more }),
    figures: async () => Promise.all(figures.map(async (path) => dig(await api.get(path), 'data'))),
    somebody: (number: string) => somebody(api, idOf, number),
    tablesWithPerson: () => tablesWithPerson(api),
    assertFoldedAnew: (t: Test) => assertFoldedAnew(api, t),
  }
}

/** Somebody of whom something is written in every kind of document. */
async function somebody(
  api: TestApi,
  idOf: (path: string, body: object) => Promise<string>,
  number: string,
): Promise<Known> {
  const id = await idOf('/api/crm/customers', { ...PERSON, number, note: TEXT })
  const sale = await idOf('/api/finance/sales', { customerId: id, saleAmount: '40.00' })
  const paid = { amount: '10.00', method: 'cash', reference: TEXT }
  await api.post(`/api/finance/sales/${sale}/payments`, paid)
  await api.post(`/api/finance/sales/${sale}/cancellation`, { reason: TEXT })
  await api.post('/api/finance/bad-debts', { customerId: id, amount: '5.00', reason: TEXT })
  const wallet = await idOf('/api/wallets', { customerId: id, name: TEXT })
  const moved = { amount: '20.00', method: 'cash', reference: TEXT }
  await api.post(`/api/wallets/${wallet}/topups`, moved)
  await api.post(`/api/wallets/${wallet}/debits`, { amount: '1.00', description: TEXT })
  await api.caughtUp()
  return { id, sale, wallet }
}

/** In which tables of read models something of the person stands. */
async function tablesWithPerson(api: TestApi): Promise<readonly string[]> {
  const found: string[] = []
  for (const name of TABLES) {
    const { rows } = await api.database.database.engine.query<{ n: string }>(
      `select count(*) as n from ${name} t where t::text ~* 'quillfeather|7700 ?900461|vane[.]org'`,
    )
    if (rows[0]?.n !== '0') found.push(name)
  }
  return found
}

/** Whatever is folded anew is what stands there. */
async function assertFoldedAnew(api: TestApi, t: Test): Promise<void> {
  for (const name of ['crm_customers', 'finance_sales', 'wallets', 'privacy']) {
    const { equal, findings } = await whenFree(() => api.daybook.engine.verify(name))
    t.ok(equal, `${name} ${JSON.stringify(findings)}`)
  }
}
