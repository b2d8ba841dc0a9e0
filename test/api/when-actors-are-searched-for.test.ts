import t from 'tap'
import { testApi } from '#test/support/api.ts'
import { callerWith, logIn, person } from '#test/support/people.ts'
import { dig, eventually, pick, type TestCaller } from '#test/support/server.ts'

/** R0.4: events by the role that their actor held, the session, and whoever approved. */
const api = await testApi(t)

interface Shown {
  readonly type: string
  readonly actor: string
  readonly role: string | null
  readonly sessionId: string | null
}

async function search(query: string): Promise<readonly Shown[]> {
  await api.caughtUp()
  const answer = await api.get(`/api/events?direction=forwards&limit=500&${query}`)
  return dig(answer, 'data') as readonly Shown[]
}

async function sessionOf(caller: TestCaller): Promise<string> {
  const sessions = await api.get('/api/auth/sessions', { caller })
  const all = dig(sessions, 'data') as readonly { id: string; current: boolean }[]
  return all.find(({ current }) => current)?.id ?? ''
}

t.test('given people who signed in, then events say as what, and in which session', async (t) => {
  const olga = await person(api, 'Olga', { main: 'owner' })
  const omar = await person(api, 'Omar', { main: 'owner' })
  const [first, second] = [callerWith(await logIn(api, olga)), callerWith(await logIn(api, olga))]
  const other = callerWith(await logIn(api, omar))
  await api.call('PATCH', '/api/settings', {
    body: { erasureNeedsApproval: true },
    caller: other,
  })
  const registered = await api.post('/api/crm/customers', { name: 'Thandi' }, { caller: first })
  const id = pick(registered, 'data', 'id')
  const ask = { customerId: id, reason: 'asked_by_person' }
  await api.post('/api/privacy/erasures', ask, { caller: second })
  await api.post(`/api/privacy/erasures/${id}/approve`, {}, { caller: other })

  const session = await sessionOf(first)
  t.match(await search(`session=${session}`), [
    { type: 'CustomerRegistered', actor: olga.userId, role: 'owner', sessionId: session },
  ])
  t.strictSame(
    (await search(`session=${await sessionOf(second)}`)).map(({ type }) => type),
    ['ErasureRequested'],
  )
  t.strictSame(
    (await search(`approver=${omar.userId}`)).map(({ type, actor }) => [type, actor]),
    [['ErasureApproved', omar.userId]],
  )
  t.strictSame(await search(`approver=${olga.userId}`), [])

  await api.call('PATCH', `/api/members/${olga.userId}`, {
    body: { role: 'operator' },
    caller: other,
  })
  const again = callerWith(await logIn(api, olga))
  const layla = await api.post('/api/crm/customers', { name: 'Layla' }, { caller: again })
  t.strictSame(
    (await search(`actor=${olga.userId}&role=owner`)).map(({ type }) => type),
    ['CustomerRegistered', 'ErasureRequested'],
    'what somebody did in a role stays what it was',
  )
  t.strictSame(
    (await search(`actor=${olga.userId}&role=operator,auditor`)).map(({ type }) => type),
    ['CustomerRegistered'],
  )

  const paid = { customerId: pick(layla, 'data', 'id'), saleAmount: '10', paymentMethod: 'cash' }
  await api.post('/api/finance/sales', paid, { caller: again })
  await eventually('a process has reacted', async () => {
    const reactions = await search('type=CustomerStatusChanged')
    if (reactions.length === 0) return false
    t.match(reactions, [{ role: null, sessionId: null }], 'a process has no role')
    return true
  })
})

t.test('an export names role and session beside the actor', async (t) => {
  const csv = await api.get('/api/events/export?format=csv&role=operator')
  const [columns = '', , line = ''] = String(csv.body).split('\r\n')
  t.match(columns, /,actor,role,sessionId,/)
  t.match(line, /,operator,[0-9a-f-]{36},/)
})
