import t from 'tap'
import { readErasures } from '#adapters/keys/erasure-list.ts'
import { numberId } from '#commands/crm/claim-number.ts'
import { auditor, callers, operator, testApi } from '#test/support/api.ts'
import { dig, eventually, pick, type TestCaller } from '#test/support/server.ts'
import { erasing, erasures, nothing, PERSON, TEXT } from './a-person-to-erase.ts'

const { accountant, owner } = callers
const api = await testApi(t)
const { ask, assertFoldedAnew, figures, idOf, settle, somebody, tablesWithPerson } = erasing(api)

/** A program of theirs, with all that they may do. */
async function keyOf(caller: TestCaller): Promise<TestCaller> {
  const key = await api.post('/api/api-keys', { name: 'Till', role: caller.role }, { caller })
  return { ...caller, token: pick(key, 'data', 'secret') }
}

t.test('what need not be kept goes at once, and figures stay', async (t) => {
  await settle({ retentionYears: nothing })
  const { id, sale, wallet } = await somebody('K-1')
  t.ok((await tablesWithPerson()).length >= 6, 'or nothing would be proved')
  const before = await figures()
  const answer = await ask(id, { key: 'erase' })
  t.match(answer, { status: 201, body: { data: { id, needsApproval: false } } })
  t.match(await ask(id, { key: 'erase' }), { body: { meta: { replayed: true } } })
  t.match(await ask(id), { status: 409, body: { code: 'CUSTOMER_ERASED' } })
  await api.caughtUp()
  t.same(await tablesWithPerson(), [])
  t.strictSame(await figures(), before)
  await assertFoldedAnew(t)

  const shown = await api.get(`/api/crm/customers/${id}`)
  t.match(shown, { body: { data: { name: 'erased', phone: null, standing: 'erased' } } })
  t.match(await api.get(`${erasures}/${id}`), { body: { data: { stage: 'erased' } } })
  const events = JSON.stringify((await api.get(`/api/events?customer=${id}&limit=100`)).body)
  t.notMatch(events, /Quillfeather/)
  const listed = await Array.fromAsync(readErasures(api.daybook.config.erasuresFile))
  const subjects = new Set(listed.map(({ subject }) => subject))
  for (const one of [id, sale, wallet]) t.ok(subjects.has(`main/${one}`), 'a restore repeats it')
  const late = { body: { amount: '1.00', description: TEXT } }
  t.match(await api.call('POST', `/api/wallets/${wallet}/debits`, late), {
    status: 409,
    body: { code: 'CUSTOMER_ERASED' },
  })
  const settled = { amount: '1.00', method: 'cash', reference: TEXT }
  await api.post(`/api/wallets/${wallet}/payouts`, settled)
  await api.caughtUp()
  t.same(await tablesWithPerson(), [], 'nor is anything written of them any more')
  await assertFoldedAnew(t)
})

t.test('a legal hold suspends it, and its reason goes with the person', async (t) => {
  await settle({ retentionYears: nothing })
  const { id } = await somebody('K-3')
  const reason = 'Quillfeather against us'
  const { headers } = await api.post('/api/privacy/holds', { customerId: id, reason })
  t.equal((await api.get(String(headers['location']))).status, 200, 'where holds are listed')
  const again = { body: { customerId: id, reason } }
  t.match(await api.call('POST', '/api/privacy/holds', again), {
    status: 409,
    body: { code: 'LEGAL_HOLD_STANDS' },
  })
  await api.caughtUp()
  const entries = `/api/ledger/entries?party=${id}`
  const then = pick(await api.get(entries), 'meta', 'knownAt')
  const past = async () =>
    JSON.stringify(await api.get(`${entries}&known_at=${then}`, { caller: accountant }))
  t.match(await past(), /Quillfeather/, 'or nothing would be proved')
  t.equal((await ask(id)).status, 201)
  await api.caughtUp()
  t.notMatch(await past(), /Quillfeather/, 'nor does the ledger as known before tell of them')
  t.match(await api.get('/api/privacy/holds'), { body: { data: [{ id, reason }] } })
  t.match(await api.get(`${erasures}/${id}`), {
    body: { data: { stage: 'restricted', until: null, legalHold: true } },
  })
  t.ok((await tablesWithPerson()).includes('privacy.legal_hold'))
  const shown = async (caller?: TestCaller) =>
    dig(await api.get(`/api/crm/customers/${id}`, { caller }), 'data')
  t.match(await shown(), { ...PERSON, standing: 'restricted' })
  t.match(await shown(operator), { name: 'restricted', phone: null, email: null, note: null })
  await api.post(`/api/privacy/holds/${id}/lift`, { reason })
  await api.caughtUp()
  t.same(await tablesWithPerson(), [])
  t.match(await api.get('/api/privacy/holds'), { body: { data: [] } })
  const none = await api.call('POST', `/api/privacy/holds/${id}/lift`, { body: { reason } })
  t.match(none, { status: 404, body: { code: 'LEGAL_HOLD_UNKNOWN' } })
  await assertFoldedAnew(t)
})

t.test('where two have to agree, the one who asked does not approve, nor deletes', async (t) => {
  await settle({ erasureNeedsApproval: true })
  const id = await idOf('/api/crm/customers', PERSON)
  t.match(await ask(id), { status: 201, body: { data: { needsApproval: true } } })
  const approve = await api.call('POST', `${erasures}/${id}/approve`)
  t.match(approve, { status: 409, body: { code: 'ERASURE_NOT_APPROVED_BY_SAME_PERSON' } })
  const program = await keyOf(owner)
  const byKey = await api.call('POST', `${erasures}/${id}/approve`, { caller: program })
  t.match(byKey, { status: 409, body: { code: 'ERASURE_NOT_APPROVED_BY_SAME_PERSON' } })
  const body = { reason: 'duplicate' }
  const deleted = await api.call('DELETE', `/api/crm/customers/${id}`, { body })
  t.match(deleted, { status: 409, body: { code: 'DELETION_NEEDS_APPROVAL' } })
  const unknown = await api.call('DELETE', '/api/crm/customers/nobody', { body })
  t.match(unknown, { status: 404, body: { code: 'CUSTOMER_UNKNOWN' } })
  await api.post(`${erasures}/${id}/reject`, { reason: TEXT })
  await api.caughtUp()
  const listed = await api.get(`${erasures}?stage=rejected`)
  t.match(listed, { body: { data: [{ id, rejection: TEXT, decidedBy: 'olga' }] } })
  await settle({ erasureNeedsApproval: false })
  t.equal((await ask(id)).status, 201, 'asked again')
  await api.caughtUp()
  t.same(await tablesWithPerson(), [])
})

t.test('why somebody looked at them, or was let see them, goes with the person', async (t) => {
  await settle({ retentionYears: nothing })
  const { id, sale, wallet } = await somebody('K-6')
  const events = await api.get(`/api/events?wallet=${wallet}&limit=1`)
  const paths = [
    `/api/events?customer=${id}`,
    `/api/events/${pick(events, 'data', 0, 'id')}`,
    `/api/streams/sale-main.${sale}`,
    `/api/correlations/${pick(events, 'data', 0, 'correlationId')}`,
    `/api/streams/wallet-main.${wallet}/state?revision=0`,
  ]
  const headers = { 'x-reason': TEXT }
  for (const path of paths) {
    t.match(await api.get(path, { caller: auditor, headers }), { status: 200 }, path)
  }
  const until = new Date(Date.now() + 3_600_000).toISOString()
  const granted = await api.post('/api/unmaskings', {
    actor: 'alma',
    until,
    subject: id,
    reason: TEXT,
  })
  const under = `/api/crm/customers/${id}`
  t.match(await api.get(under, { caller: auditor }), { body: { data: PERSON } })
  const reasons = async () =>
    (dig(await api.get('/api/accesses?actor=alma&limit=100'), 'data') as readonly object[]).flatMap(
      (access) => ('reason' in access && access.reason !== null ? [access.reason] : []),
    )
  await eventually('they are on record', async () => (await reasons()).length >= paths.length)
  t.same(new Set(await reasons()), new Set([TEXT]))
  await ask(id)
  await api.caughtUp()
  t.same(new Set(await reasons()), new Set(['erased']))
  const told = JSON.stringify((await api.get('/api/unmaskings')).body)
  t.match(told, new RegExp(`${pick(granted, 'data', 'id')}.*"reason":"erased"`))
  t.notMatch(told, /Quillfeather/)
  const listed = await Array.fromAsync(readErasures(api.daybook.config.erasuresFile))
  const subjects = new Set(listed.map(({ subject }) => subject))
  t.ok(subjects.has(`main/${pick(granted, 'data', 'id')}`), 'a restore repeats it')
  await api.get(`/api/events?customer=${id}`, { caller: auditor, headers })
  await eventually('it is on record', async () => {
    const last = await api.get('/api/accesses?route=/api/events&actor=alma&limit=1')
    return dig(last, 'data', 0, 'reason') === null
  })
})

t.test('customers who are one person are erased by one request, and held as one', async (t) => {
  await settle({ retentionYears: nothing })
  const [first, twice] = [await somebody('K-7'), await somebody('K-8')]
  const link = { customerIds: [first.id, twice.id], reason: 'same_contact' }
  await api.post('/api/privacy/links', link)
  await api.post('/api/privacy/holds', { customerId: twice.id, reason: TEXT })
  const asked = await ask(first.id, { key: 'both' })
  t.match(asked, { status: 201, body: { data: { id: first.id, covers: [first.id, twice.id] } } })
  const again = await ask(first.id, { key: 'both' })
  t.match(again, { body: { data: { covers: [first.id, twice.id] }, meta: { replayed: true } } })
  await api.caughtUp()
  for (const [one, other] of [[first, twice] as const, [twice, first] as const]) {
    const shown = { stage: 'restricted', linked: [other.id], legalHold: true }
    t.match(await api.get(`${erasures}/${one.id}`), { body: { data: shown } })
  }
  const late = await idOf('/api/crm/customers', { name: 'Somebody else' })
  const linking = { body: { ...link, customerIds: [late, twice.id] } }
  t.match(await api.call('POST', '/api/privacy/links', linking), {
    status: 409,
    body: { code: 'CUSTOMER_RESTRICTED' },
  })
  await api.post(`/api/privacy/holds/${twice.id}/lift`, { reason: TEXT })
  await api.caughtUp()
  t.same(await tablesWithPerson(), [])
  for (const { id } of [first, twice]) {
    t.match(await api.get(`${erasures}/${id}`), {
      body: { data: { stage: 'erased', legalHold: false } },
    })
  }
  await assertFoldedAnew(t)
})

t.test('exports that held the person are named, and no others', async (t) => {
  const [about, other] = [await somebody('K-4'), await somebody('K-5')]
  const exports = (query: string) => api.get(`/api/events/export?${query}`)
  await exports('format=csv')
  await exports(`customer=${about.id}`)
  await exports(`customer=${other.id}`)
  await exports('to=2020-01-01T00:00:00Z')
  await ask(about.id)
  await api.caughtUp()
  await exports('type=CustomerRegistered')
  const receivers = async () =>
    dig(await api.get(`${erasures}/${about.id}/receivers`), 'data') as readonly object[]
  await eventually('they are on record', async () => (await receivers()).length >= 2)
  t.match(await receivers(), [
    { actor: 'olga', asked: { customer: about.id } },
    { actor: 'olga', asked: { format: 'csv' } },
  ])
  t.equal((await receivers()).length, 2, 'what came after holds nobody')
})

t.test('by whatever id somebody looks at them after that, why is not kept', async (t) => {
  await settle({ retentionYears: nothing })
  const { id, wallet } = await somebody('K-9')
  const other = await somebody('K-10')
  const note = await idOf('/api/finance/credit-notes', { customerId: id, amount: '3.00' })
  const links = { customerIds: [id, (await somebody('K-11')).id], reason: 'same_contact' }
  const link = await idOf('/api/privacy/links', links)
  await api.caughtUp()
  const paths = async (ofWallet: string) => {
    const event = (await api.get(`/api/events?wallet=${ofWallet}&limit=1`)).body
    const of = (field: string) => pick({ status: 200, body: event }, 'data', 0, field)
    return [
      `/api/events/${of('id')}`,
      `/api/events/${of('id').toUpperCase()}`,
      `/api/correlations/${of('correlationId')}`,
      `/api/events?command=${of('commandId')}`,
    ]
  }
  const look = async (all: readonly string[], reason: string) => {
    const headers = { 'x-reason': reason }
    for (const path of all) {
      t.match(await api.get(path, { caller: accountant, headers }), { status: 200 }, path)
    }
  }
  const own = [
    ...(await paths(wallet)),
    `/api/events?document=${note}`,
    `/api/streams/creditNote-main.${note}`,
    `/api/streams/personLink-main.${link}`,
    `/api/streams/customerNumber-main.${numberId(api.daybook.operations, 'main', 'K-9')}`,
  ]
  const others = await paths(other.wallet)
  const reasons = async (count: number) => {
    const answer = async () =>
      dig(await api.get(`/api/accesses?actor=${accountant.actor}&limit=100`), 'data') as readonly {
        readonly reason: string | null
      }[]
    await eventually('they are on record', async () => (await answer()).length === count)
    return (await answer()).map(({ reason }) => reason)
  }
  await look(own, TEXT)
  const before = await reasons(own.length)
  t.same(new Set(before), new Set([TEXT]))
  await ask(id)
  await api.caughtUp()
  t.same(new Set(await reasons(own.length)), new Set(['erased']), 'in capitals, too')
  await look(own, TEXT)
  await look(others, 'somebody else rang')
  const after = await reasons(2 * own.length + others.length)
  const count = (wanted: string | null) => after.filter((reason) => reason === wanted).length
  t.equal(count(TEXT), 0)
  t.equal(count(null), own.length)
  t.equal(count('somebody else rang'), others.length)
})
