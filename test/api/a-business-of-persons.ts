import { linkIdentity } from '#commands/identity/link-identity.ts'
import { findOrRegisterUser } from '#commands/identity/register-user.ts'
import type { TestApi } from '#test/support/api.ts'
import { asked, callerWith, invitation, logIn, person } from '#test/support/people.ts'
import { type Answer, dig, eventually, owner, pick } from '#test/support/server.ts'
import { makeBusiness, type Names, tomorrow } from './a-business.ts'

/** Stands in everything personal that the business below holds, and in nothing else. */
export const PERSONAL = /wanda|zainab|zulu@example|2054515829|82 ?555 ?0199/gi

export const note = 'Wanda rang, and wanted Wanda’s brother to be rung.'

const told = { name: 'Wanda Wint', phone: '+27 82 555 0199', email: 'wanda@example.com', note }

/** As `makeBusiness`, with something personal in every field that can hold such. */
export async function makeBusinessOfPersons(api: TestApi): Promise<Names> {
  await makeRestricted(api)
  const names = await makeBusiness(api, owner, 'zulu', {
    sale: '51.03',
    topUp: '62.04',
    moreSales: 2,
  })
  const { customer } = names
  const wint = { ...told, name: 'Wanda Wint', number: 'zulu-w1' }
  const heldOn = pick(await api.post('/api/crm/customers', wint), 'data', 'id')
  await api.call('PATCH', `/api/crm/customers/${customer}`, { body: told })
  await api.post(`/api/privacy/erasures/${customer}/reject`, { reason: 'Wanda will stay' })
  await api.post('/api/privacy/holds', { customerId: heldOn, reason: 'Wanda went to law' })
  await api.post(`/api/privacy/holds/${heldOn}/lift`, { reason: 'Wanda won' })
  await ofDocuments(api, names)
  await ofWallet(api, names)
  const gone = pick(
    await api.post('/api/crm/customers', { ...told, name: 'Wanda Gone' }),
    'data',
    'id',
  )
  const body = { reason: 'duplicate' }
  await api.call('DELETE', `/api/crm/customers/${gone}`, { body })
  // What is sent as an id may be anything.
  for (const customerId of ['wanda', '+27825550199']) {
    await api.call('POST', '/api/wallets', { body: { customerId } })
  }
  const shown = { actor: owner.actor, until: tomorrow(), reason: 'as Wanda wished' }
  await api.post('/api/unmaskings', shown)
  await api.post('/api/api-keys', { name: 'Till of Wanda' })
  await ofMembers(api)
  await api.get('/api/events?limit=1', { headers: { 'x-reason': 'Wanda wondered' } })
  await eventually('the reason is on record', async () =>
    JSON.stringify((await api.get('/api/accesses')).body).includes('Wanda wondered'),
  )
  await api.caughtUp()
  return names
}

async function ofMembers(api: TestApi): Promise<void> {
  const wanda = await person(api, 'Wanda', { main: 'operator' })
  const caller = callerWith(await logIn(api, wanda))
  const body = { name: 'Wanda Wint' }
  await api.call('PATCH', '/api/auth/me', { body, caller })
  const there = { issuer: 'https://login.example', subject: 'wanda.wint' }
  await linkIdentity(api.daybook.identity, wanda.userId, there, 'session', asked('main'))
  const changed = { password: wanda.password, email: 'wanda.wint@example.com' }
  await api.post('/api/auth/email', changed, { caller })
  const sister = { name: 'Wanda’s sister', email: 'zulu@example.com' }
  const { userId } = await findOrRegisterUser(api.daybook.identity, sister, asked('main'))
  await invitation(api, { ...sister, userId }, 'main')
}

/** Somebody who asked to be erased, and whose sale has to be kept. */
async function makeRestricted(api: TestApi): Promise<void> {
  const kept = { ...told, name: 'Wanda Waits' }
  const customerId = pick(await api.post('/api/crm/customers', kept), 'data', 'id')
  await api.post('/api/finance/sales', { customerId, agent: 'zulu-agent', saleAmount: '30.00' })
  await api.post('/api/privacy/erasures', { customerId, reason: 'asked_by_person' })
}

async function ofDocuments(api: TestApi, { customer, sale }: Names): Promise<void> {
  const sell = { customerId: customer, agent: 'zulu-agent', saleAmount: '30.00' }
  const sold = pick(await api.post('/api/finance/sales', sell), 'data', 'id')
  const paid = { method: 'bank', amount: '1.00', reference: 'paid by Wanda' }
  const payment = pick(await api.post(`/api/finance/sales/${sale}/payments`, paid), 'data', 'id')
  await api.post(`/api/finance/sales/${sold}/cancellation`, { reason: 'Wanda wept' })
  const mended = { text: 'as Wanda says', reason: 'Wanda was right' }
  const reference = { field: 'reference', paymentId: payment, ...mended }
  await api.post(`/api/finance/sales/${sale}/corrections`, reference)
  const owed = { saleId: sale, amount: '4.00', reason: 'Wanda went' }
  const badDebt = pick(await api.post('/api/finance/bad-debts', owed), 'data', 'badDebtId')
  const path = `/api/finance/bad-debts/${badDebt}`
  await api.post(`${path}/reversals`, { amount: '1.00', reason: 'Wanda wrote' })
  const recovered = { amount: '1.00', method: 'cash', reason: 'Wanda was found' }
  await api.post(`${path}/recoveries`, recovered)
  await api.post(`${path}/corrections`, { field: 'reason', ...mended })
}

async function ofWallet(api: TestApi, { customer, ...names }: Names): Promise<void> {
  const opened = { customerId: customer, name: 'for Wanda', currency: 'USD' }
  const ids = [pick(await api.post('/api/wallets', opened), 'data', 'id'), names.wallet]
  const reference = 'as Wanda asked'
  for (const id of ids) {
    const move = async (kind: string, body: object) =>
      movementOf(await api.post(`/api/wallets/${id}/${kind}`, body))
    const topUp = await move('topups', { amount: '50.00', method: 'bank', reference })
    const text = { reference, description: 'what Wanda used' }
    const debit = await move('debits', { amount: '5.00', ...text })
    const mended = { field: 'description', text: 'what Wanda needed', reason: 'as Wanda says' }
    await move('corrections', { ...mended, movement: debit })
    const held = await move('holds', { amount: '3.00', reference })
    await move(`holds/${held}/captures`, text)
    await move('refunds', { debit, reason: 'Wanda complained' })
    await move('payouts', { amount: '1.00', method: 'bank', reference })
    await move('suspend', { reason: 'Wanda owes' })
    await move('resume', {})
    await move('chargebacks', { topUp, reason: 'Wanda’s bank says so' })
  }
}

function movementOf(answer: Pick<Answer, 'status' | 'body'>): string {
  const data = dig(answer, 'data') as { readonly movement?: string }
  return data.movement ?? ''
}
