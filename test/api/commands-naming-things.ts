import type { DeclaredRoute } from '#api/declared-routes.ts'
import { type Names, tomorrow } from './a-business.ts'
import { nameOf, pathsOf, type Step } from './a-walk.ts'

type Bodies = (names: Names) => readonly object[]

const nothing: Bodies = () => [{}]
const money = { amount: '1.00', method: 'cash' }
const mended = { text: 'Mended', reason: 'Mistyped' }

/** Commands on things that exist already, with bodies that would do for them. */
const naming: Readonly<Record<string, Bodies>> = {
  'PATCH /api/crm/customers/:id': () => [{ name: 'Mine' }],
  'PUT /api/crm/customers/:id/status': () => [{ status: 'active' }],
  'DELETE /api/crm/customers/:id': () => [{ reason: 'duplicate' }],
  'POST /api/privacy/links': ({ customer, again }) => [
    { customerIds: [customer, again], reason: 'same_contact' },
  ],
  'DELETE /api/privacy/links/:id': () => [{ reason: 'linked_by_mistake' }],
  'POST /api/privacy/erasures': ({ customer }) => [
    { customerId: customer, reason: 'asked_by_person' },
  ],
  'POST /api/privacy/erasures/:id/approve': nothing,
  'POST /api/privacy/erasures/:id/reject': () => [{ reason: 'A mistake' }],
  'POST /api/privacy/holds': ({ customer }) => [{ customerId: customer, reason: 'A case' }],
  'POST /api/privacy/holds/:id/lift': () => [{ reason: 'Settled' }],
  'POST /api/finance/sales': ({ customer }) => [{ customerId: customer, saleAmount: 1 }],
  'POST /api/finance/sales/:id/payments': () => [money],
  'POST /api/finance/sales/:id/payments/:paymentId/reversal': () => [{ cause: 'bounced' }],
  'POST /api/finance/sales/:id/corrections': ({ payment }) => [
    { field: 'reference', paymentId: payment, ...mended },
  ],
  'POST /api/finance/sales/:id/credit-allocations': () => [{ amount: '1.00' }],
  'POST /api/finance/sales/:id/commission-payouts': () => [{ method: 'cash' }],
  'POST /api/finance/sales/:id/client-money/payouts': nothing,
  'POST /api/finance/sales/:id/client-money/commission': nothing,
  'POST /api/finance/credit-notes': ({ customer, sale }) => [
    { customerId: customer, amount: '1.00' },
    { saleId: sale, amount: '1.00' },
  ],
  'POST /api/finance/bad-debts': ({ customer, sale }) => [
    { customerId: customer, amount: '1.00' },
    { saleId: sale },
  ],
  'POST /api/finance/bad-debts/reversals': ({ customer }) => [
    { customerId: customer, amount: '1.00' },
  ],
  'POST /api/finance/bad-debts/:id/reversals': () => [{ amount: '1.00' }],
  'POST /api/finance/bad-debts/:id/recoveries': () => [money],
  'POST /api/finance/bad-debts/:id/corrections': () => [{ field: 'reason', ...mended }],
  'POST /api/finance/customer-credits/:customerId/refunds': () => [money],
  'POST /api/finance/sales/:id/cancellation': nothing,
  'POST /api/wallets': ({ customer }) => [{ customerId: customer }],
  'PUT /api/wallets/:id/credit-limit': () => [{ creditLimit: '5.00' }],
  'POST /api/wallets/:id/topups': () => [money],
  'POST /api/wallets/:id/payouts': () => [money],
  'POST /api/wallets/:id/chargebacks': ({ topUp }) => [{ topUp }],
  'POST /api/wallets/:id/debits': () => [{ amount: '1.00' }],
  'POST /api/wallets/:id/refunds': ({ debit }) => [{ debit }],
  'POST /api/wallets/:id/corrections': ({ topUp }) => [
    { field: 'reference', movement: topUp, ...mended },
  ],
  'POST /api/wallets/:id/holds': () => [{ amount: '1.00' }],
  'POST /api/wallets/:id/holds/:hold/captures': nothing,
  'POST /api/wallets/:id/holds/:hold/release': nothing,
  'POST /api/wallets/:id/suspend': nothing,
  'POST /api/wallets/:id/resume': nothing,
  'PUT /api/finance/commission-tiers/assignments/:agent': ({ tier }) => [{ tier }],
  'PUT /api/finance/commission-tiers/default': ({ tier }) => [{ tier }],
  'DELETE /api/finance/commission-tiers/assignments/:agent': nothing,
  'DELETE /api/finance/commission-tiers/:tier': nothing,
  'POST /api/unmaskings': ({ apiKey, customer, mark }) => [
    { actor: `key:${apiKey}`, until: tomorrow(), reason: mark },
    { actor: `key:${apiKey}`, subject: customer, until: tomorrow(), reason: mark },
  ],
  'DELETE /api/unmaskings/:id': nothing,
  'DELETE /api/api-keys/:id': nothing,
  'PATCH /api/members/:id': () => [{ role: 'auditor' }],
  'DELETE /api/members/:id': nothing,
}

/** Commands that make things or settle how it is done, by names that each organisation gives itself. */
const making: Readonly<Record<string, Bodies>> = {
  'POST /api/crm/customers': ({ mark, number, agent }) => [{ name: mark, number, agent }],
  'POST /api/finance/sales': ({ mark, agent, saleNumber }) => [
    { saleAmount: 1, paymentMethod: 'cash', agent, source: { system: mark, number: saleNumber } },
  ],
  'PUT /api/finance/commission-tiers/:tier': ({ mark }) => [{ name: mark, rate: '1' }],
  'POST /api/api-keys': ({ mark }) => [{ name: mark }],
  'POST /api/members': ({ mark }) => [
    { name: mark, email: `${mark}-member@example.com`, role: 'analyst' },
  ],
  'PATCH /api/settings': () => [{ paymentTermsDays: 7 }],
}

/** Commands of a kind with an organisation's names in path and body. */
export function commandsOf(
  routes: readonly DeclaredRoute[],
  names: Names,
  kind: 'naming' | 'making',
): readonly Step[] {
  const bodies = kind === 'naming' ? naming : making
  return Object.entries(bodies).flatMap(([name, of]) => {
    const route = routes.find((one) => nameOf(one) === name)
    if (route === undefined) throw new Error(`There is no ${name} any more`)
    const [path = ''] = pathsOf(route, names)
    return of(names).map((body): Step => ({ route, method: route.method, path, body, about: name }))
  })
}

/** Routes of commands that nothing here says how to walk. */
export function unknownCommands(routes: readonly DeclaredRoute[]): readonly string[] {
  const commands = routes.filter(
    ({ permission, isBulk, method }) =>
      ['write', 'administer', 'erase'].includes(permission) &&
      !isBulk &&
      !['GET', 'HEAD'].includes(method),
  )
  return commands.map(nameOf).filter((name) => !(name in naming) && !(name in making))
}
