import t from 'tap'
import { createRestrictedFinder } from '#adapters/privacy/restricted-persons.ts'
import { mayRole } from '#api/permissions.ts'
import { MASKED } from '#domain/event-schema.ts'
import { tomorrow } from '#test/api/a-business.ts'
import { erasing, erasures, PERSON } from '#test/api/a-person-to-erase.ts'
import { callers, operator, testApi } from '#test/support/api.ts'
import { dig, pick, type TestCaller } from '#test/support/server.ts'

/** What the organisation's clock says, once a term is to be over. */
let later: string | undefined
const api = await testApi(t, {}, () => later ?? new Date().toISOString())
const { ask, assertFoldedAnew, figures, settle, somebody, tablesWithPerson } = erasing(api)
const tenYears = { sale: 10, creditNote: 10, badDebt: 10, customerCredit: 10, wallet: 10 }

t.test('what has to be kept is shown to those who need it, until its term ends', async (t) => {
  await settle({ retentionYears: tenYears })
  const { id, sale, wallet } = await somebody('K-2')
  const ordinal = pick(await api.get('/api/events?limit=1'), 'data', 0, 'ordinal')
  const before = await figures()
  t.equal((await ask(id)).status, 201)
  await api.caughtUp()
  const told = dig(await api.get(`${erasures}/${id}`), 'data')
  const until = `${new Date().getUTCFullYear() + 10}-12-31`
  t.match(told, { stage: 'restricted', until, legalHold: false })
  const news = await api.call('POST', '/api/finance/sales', {
    body: { customerId: id, saleAmount: 1 },
  })
  t.match(news, { status: 409, body: { code: 'CUSTOMER_RESTRICTED' } })

  const paths = [
    `/api/crm/customers/${id}`,
    `/api/crm/customers/${id}?known_at=${ordinal}`,
    '/api/crm/customers?search=quillfeather',
    '/api/crm/customers?number=K-2',
    `/api/finance/sales/${sale}`,
    `/api/finance/sales/${sale}?known_at=${ordinal}`,
    '/api/finance/sales?limit=100',
    '/api/finance/bad-debts',
    '/api/finance/credit-notes',
    `/api/wallets/${wallet}`,
    `/api/wallets/${wallet}?known_at=${ordinal}`,
    '/api/wallets',
    `/api/wallets/${wallet}/statement`,
    `/api/wallets/${wallet}/statement?known_at=${ordinal}`,
  ]
  for (const caller of [operator, callers.analyst, callers.service]) {
    const sees = mayRole(caller.role, 'seePersonalData')
    for (const path of paths) {
      const answer = await api.get(path, { caller })
      t.equal(answer.status, path.includes('search=') && !sees ? 403 : 200, path)
      t.notMatch(
        JSON.stringify(answer.body),
        /quillfeather|7700 ?900461|vane[.]org/i,
        `${caller.role} ${path}`,
      )
    }
  }
  const assertSeen = async (caller: TestCaller) => {
    const shown = await api.get(`/api/crm/customers/${id}`, { caller })
    const data = { ...PERSON, standing: 'restricted', restrictedUntil: until }
    t.match(shown, { body: { data } }, caller.role)
    for (const path of [`/api/finance/sales/${sale}`, `/api/wallets/${wallet}/statement`]) {
      t.match(JSON.stringify((await api.get(path, { caller })).body), /Quillfeather/, path)
    }
  }
  for (const caller of [callers.owner, callers.accountant]) await assertSeen(caller)
  const masked = { name: MASKED, phone: MASKED, email: MASKED, standing: 'restricted' }
  const { body } = await api.get(`/api/crm/customers/${id}`, { caller: callers.auditor })
  t.match(body, { data: masked }, 'an auditor sees masks as of everybody')
  for (const { actor } of [callers.auditor, callers.analyst]) {
    const shown = { actor, until: tomorrow(), reason: 'an audit' }
    await api.post('/api/unmaskings', shown)
  }
  await assertSeen(callers.auditor)
  const hidden = await api.get(`/api/crm/customers/${id}`, { caller: callers.analyst })
  t.match(hidden, { body: { data: { name: 'restricted', phone: null } } }, 'granted or not')
  await assertFoldedAnew(t)

  later = `${Number(until.slice(0, 4)) + 1}-01-01T00:00:30.000Z`
  t.equal(await api.daybook.termsEnd.look(), 1)
  later = undefined
  await api.caughtUp()
  t.same(await tablesWithPerson(), [])
  t.strictSame(await figures(), before)
  await assertFoldedAnew(t)
})

t.test('everybody whose term ended is found, however many are read at a time', async (t) => {
  const ids = []
  for (const number of ['K-3', 'K-4', 'K-5']) {
    const { id } = await somebody(number)
    t.equal((await ask(id)).status, 201)
    ids.push(id)
  }
  await api.caughtUp()
  const find = createRestrictedFinder(api.database.database.writer, 1)
  const found = await Array.fromAsync(find(`${new Date().getUTCFullYear() + 11}-01-01`))
  t.same(found.map(({ customerId }) => customerId).toSorted(), ids.toSorted())
  t.same(await Array.fromAsync(find(`${new Date().getUTCFullYear() + 10}-12-31`)), [])
})
