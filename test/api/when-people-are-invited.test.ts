import t from 'tap'
import { createdBy } from '#commands/command-id.ts'
import { MEMBERS_ID } from '#commands/identity/identity-deps.ts'
import { findOrRegisterUser } from '#commands/identity/register-user.ts'
import { isOfAccessRecord } from '#domain/access/access-record.ts'
import { MASKED } from '#domain/event-schema.ts'
import { members } from '#domain/identity/members.ts'
import { user } from '#domain/identity/user.ts'
import { INSTALLATION } from '#domain/organisation/installation.ts'
import { type ApiAnswer, auditor, type Call, callers, testApi } from '#test/support/api.ts'
import { asked, callerWith, logIn, nobody, person } from '#test/support/people.ts'
import { dig, eventually, owner, pick, stranger } from '#test/support/server.ts'

/** How far the server's clock is from this one's. */
let aheadMs = 0
const DAY_MS = 24 * 3_600_000
const api = await testApi(t, {}, () => new Date(Date.now() + aheadMs).toISOString())
const { handler } = api.daybook
const PATH = '/api/members'

const ned = { name: 'Ned', email: 'ned@example.com', password: 'three owls on a tram' }
const asBody = ({ name, email }: typeof ned, role = 'accountant') => ({ name, email, role })
const invite = (body: object, call: Call = {}) => api.call('POST', PATH, { ...call, body })
const setUp = (token: string, password: string): Promise<ApiAnswer> =>
  api.call('POST', '/api/auth/setup', { body: { token, password }, caller: nobody })
const remove = (id: string, caller = owner) => api.call('DELETE', `${PATH}/${id}`, { caller })
const give = (id: string, role: string) => api.call('PATCH', `${PATH}/${id}`, { body: { role } })
const tokenOf = (answer: ApiAnswer): string => pick(answer, 'data', 'token')
const idOf = (answer: ApiAnswer): string => pick(answer, 'data', 'id')
const listed = async (call: Call = {}, query = '') => {
  await api.caughtUp()
  const answer = await api.get(`${PATH}${query}`, call)
  return dig(answer, 'data') as readonly { readonly id: string; readonly email: string }[]
}
const shown = async (id: string) => (await listed()).find((one) => one.id === id)

t.test('given a link, when it is used, then who has it is a member', async (t) => {
  const invited = await invite(asBody(ned))
  t.match(invited, {
    status: 201,
    headers: { 'cache-control': 'no-store', location: `${PATH}/${idOf(invited)}` },
    body: { data: { ...asBody(ned), token: /^dbl_/, expiresAt: /Z$/ } },
  })
  const id = idOf(invited)
  t.match(await shown(id), {
    ...asBody(ned),
    status: 'invited',
    since: null,
    roleGivenBy: 'olga',
    invitation: { by: 'olga', expiresAt: pick(invited, 'data', 'expiresAt') },
    lastSeenAt: null,
  })
  t.equal((await logIn(api, ned)).status, 401, 'until then they are nobody')
  t.equal((await setUp(tokenOf(invited), ned.password)).status, 200)
  t.match(dig(await logIn(api, ned), 'data', 'user'), { organisation: 'main', role: 'accountant' })
  t.match(await shown(id), { status: 'active', since: /Z$/, lastSeenAt: /Z$/, roleGivenBy: 'olga' })
  t.equal((await setUp(tokenOf(invited), ned.password)).status, 404, 'once')
  const again = await invite(asBody(ned))
  t.match(again, { status: 409, body: { code: 'MEMBER_ALREADY' } })
  const { data } = (await api.get(`/api/events?type=MembershipGranted`)).body as { data: object[] }
  t.match(data[0], { actor: id, data: { userId: id, role: 'accountant', invitedBy: 'olga' } })
})

t.test('no answer tells whether an address was somebody’s before', async (t) => {
  const there = await person(api, 'There', { other: 'owner' })
  const both = [there.email, 'notthere@example.com'].map((email) => asBody({ ...ned, email }))
  const answers: ApiAnswer[] = []
  for (const body of both) answers.push(await invite(body))
  const [known, unknown] = answers.map(({ status, headers, body }) => {
    const {
      'x-request-id': _,
      date: __,
      location,
      etag,
      'daybook-position': ___,
      ...rest
    } = headers
    const text = JSON.stringify([rest, location?.length, etag?.length, body])
    return `${status} ${text}`
      .replaceAll(/(not)?there@example\.com/g, '')
      .replaceAll(/dbl_[\w-]+|[0-9a-f-]{36}|[\d:T.-]+Z/g, (found) => `${found.slice(0, 3)}…`)
      .replaceAll(/"content-length":"\d+"/g, '')
      .replaceAll(/"[0-9a-f]{3}…"/g, '"id"')
  })
  t.equal(known, unknown)
  await api.caughtUp()
  const ids = answers.map(idOf)
  t.equal(ids[0], there.userId)
  t.same(new Set(ids.map((id) => id[14])), new Set(['8']), 'ids are of one kind')
  const events = dig(await api.get('/api/events?type=MemberInvited'), 'data')
  for (const { commandId, data } of events as { commandId: string; data: { userId: string } }[]) {
    t.not(createdBy(commandId, 'user'), data.userId, 'and do not follow from the command')
  }
  for (const id of ids) await remove(id)
})

t.test('who repeats the request is not shown the link again', async (t) => {
  const body = asBody({ ...ned, email: 'once@example.com' })
  const first = await invite(body, { key: 'once' })
  const again = await invite(body, { key: 'once' })
  t.match(again, {
    status: 201,
    headers: { 'idempotency-replayed': 'true' },
    body: { data: { ...(dig(first, 'data') as object), token: null }, meta: { replayed: true } },
  })
  t.match(await invite({ ...body, role: 'owner' }, { key: 'once' }), {
    status: 422,
    body: { code: 'IDEMPOTENCY_KEY_REUSED' },
  })
  t.equal((await setUp(tokenOf(first), ned.password)).status, 200, 'it stays what it was')
})

t.test('an invitation is over in time, and is made anew', async (t) => {
  const late = { ...ned, name: 'Late', email: 'late@example.com' }
  aheadMs = -8 * DAY_MS
  const first = await invite(asBody(late)).finally(() => (aheadMs = 0))
  t.equal((await setUp(tokenOf(first), late.password)).status, 404)
  t.match(await shown(idOf(first)), { status: 'expired' })
  const second = await invite(asBody(late, 'analyst'))
  const third = await invite(asBody(late, 'auditor'))
  t.same([idOf(second), idOf(third)], [idOf(first), idOf(first)])
  t.equal((await setUp(tokenOf(second), late.password)).status, 404, 'the later counts')
  t.match(await shown(idOf(third)), { status: 'invited', role: 'auditor' })
  t.equal((await give(idOf(third), 'operator')).status, 200)
  t.equal((await setUp(tokenOf(third), late.password)).status, 200)
  t.equal(pick(await logIn(api, late), 'data', 'user', 'role'), 'operator')
})

t.test('an invitation that is withdrawn leads nowhere', async (t) => {
  const gone = { ...ned, name: 'Gone', email: 'gone@example.com' }
  const invited = await invite(asBody(gone))
  t.match(await remove(idOf(invited)), { status: 200, body: { data: { id: idOf(invited) } } })
  t.equal((await setUp(tokenOf(invited), gone.password)).status, 404)
  t.equal(await shown(idOf(invited)), undefined)
  const unknown = { status: 404, body: { code: 'MEMBER_UNKNOWN' } }
  t.match(await remove(idOf(invited)), unknown)
  t.match(await give(idOf(invited), 'owner'), unknown)
  t.match(await api.get(`${PATH}/${idOf(invited)}`), unknown)
})

t.test('its link goes with it, and one of a later invitation stays', async (t) => {
  const back = { ...ned, name: 'Back', email: 'back@example.com' }
  const { credentials } = api.daybook.identity
  const first = await invite(asBody(back))
  const id = idOf(first)
  const name = await credentials.findInvitation(id, 'main')
  t.ok(name)
  const withdraw = () => api.call('DELETE', `${PATH}/${id}`, { key: 'withdrawn' })
  t.equal((await withdraw()).status, 200)
  t.equal(await credentials.findInvitation(id, 'main'), undefined)
  const second = await invite(asBody(back))
  t.match(await withdraw(), { status: 200, headers: { 'idempotency-replayed': 'true' } })
  await credentials.forgetInvitation(name ?? '')
  t.equal((await setUp(tokenOf(second), back.password)).status, 200)
})

t.test('the link goes also when a crash comes after the event', async (t) => {
  const invited = await invite(asBody({ ...ned, email: 'crash@example.com' }))
  const id = idOf(invited)
  const ended = { type: 'EndMembership', organisation: 'main', userId: id } as const
  await handler.handle(members, MEMBERS_ID, ended, asked('main'))
  await eventually('a process of the log forgets it', async () => {
    return (await api.daybook.identity.credentials.findInvitation(id, 'main')) === undefined
  })
  t.equal((await setUp(tokenOf(invited), ned.password)).status, 404)
})

t.test('a new role holds at once, and who is removed is out at once', async (t) => {
  const max = await person(api, 'Max', { main: 'operator', other: 'operator' })
  const [here, there] = [
    callerWith(await logIn(api, max, { organisation: 'main' })),
    callerWith(await logIn(api, max, { organisation: 'other' })),
  ]
  const writes = (caller: typeof here) =>
    api.call('POST', '/api/crm/customers', { body: { name: 'X' }, caller })
  t.equal((await writes(here)).status, 201)
  t.match(await give(max.userId, 'analyst'), { body: { data: { role: 'analyst' } } })
  t.equal((await writes(here)).status, 403)
  t.match(await shown(max.userId), { role: 'analyst', roleGivenBy: 'olga', invitation: null })
  t.equal((await writes(there)).status, 201, 'elsewhere nothing changed')
  t.equal((await remove(max.userId)).status, 200)
  t.equal((await writes(here)).status, 401)
  t.equal((await writes(there)).status, 201)
  const signed = dig(await logIn(api, max), 'data', 'user')
  t.match(signed, { organisation: 'other', organisations: [{ id: 'other' }] })
  t.equal((await logIn(api, max, { organisation: 'main' })).status, 403)
})

t.test('a crash after the event leaves nobody signed in who is no member', async (t) => {
  const ivy = await person(api, 'Ivy', { main: 'operator' })
  const caller = callerWith(await logIn(api, ivy))
  const of = { organisation: 'main', userId: ivy.userId }
  // As it is in the log when whoever did it could go no further.
  await handler.handle(members, MEMBERS_ID, { type: 'EndMembership', ...of }, asked('main'))
  const isOut = async () => (await api.get('/api/auth/me', { caller })).status === 401
  await eventually('a process of the log ends it', isOut)
  await eventually('and it is on record', async () => {
    const { log, codec } = api.daybook
    for await (const page of log.readStream(`user-${INSTALLATION}.${ivy.userId}`)) {
      for (const { type, data } of await codec.decode(page)) {
        if (type === 'UserSessionsRevoked' && data.cause === 'membership_ended') return true
      }
    }
    return false
  })
  const { name, email } = ivy
  const grant = { type: 'GrantMembership', ...of, role: 'auditor', name, email } as const
  await handler.handle(members, MEMBERS_ID, grant, asked('main'))
  await eventually('who is one signs in', async () => (await logIn(api, ivy)).status === 200)
  t.equal(pick(await logIn(api, ivy), 'data', 'user', 'role'), 'auditor')
})

t.test('the last owner stays, and is one', async (t) => {
  const olga = await person(api, 'Olga', { other: 'owner' })
  const two = (await listed({ caller: stranger })).filter(({ id }) => id !== olga.userId)
  for (const { id } of two) await remove(id, stranger)
  const lastOwner = { status: 409, body: { code: 'LAST_OWNER' } }
  t.match(await remove(olga.userId, stranger), lastOwner)
  const less = { body: { role: 'auditor' }, caller: stranger }
  t.match(await api.call('PATCH', `${PATH}/${olga.userId}`, less), lastOwner)
})

t.test('an invitation sets no password that lets in elsewhere', async (t) => {
  // Made a member by who runs the installation, and yet to set the password.
  const eve = { name: 'Eve', email: 'eve@example.com' }
  const { userId } = await findOrRegisterUser(api.daybook.identity, eve, asked('main'))
  const grant = { type: 'GrantMembership', organisation: 'main', role: 'owner' } as const
  await handler.handle(members, MEMBERS_ID, { ...grant, ...eve, userId }, asked('main'))
  await handler.handle(
    user,
    userId,
    { type: 'NoteUserOrganisation', userId, organisation: 'main' },
    asked(INSTALLATION),
  )
  const invited = await invite({ ...eve, role: 'analyst' }, { caller: stranger })
  const tried = await setUp(tokenOf(invited), ned.password)
  t.match(tried, { status: 401, body: { code: 'SIGN_IN_FAILED' } })
  t.equal((await logIn(api, { ...eve, password: ned.password })).status, 401)
})

t.test('owners and auditors see who is a member, and auditors no names', async (t) => {
  const masks = await listed({ caller: auditor })
  t.ok(masks.length > 3)
  t.same(new Set(masks.flatMap(({ email }) => email)), new Set([MASKED]))
  for (const caller of Object.values(callers)) {
    const may = ['owner', 'auditor'].includes(caller.role)
    t.equal((await api.get(PATH, { caller })).status, may ? 200 : 403, caller.role)
  }
  const own = await listed({ caller: stranger })
  t.notOk(own.some(({ email }) => email === ned.email))
  const id = (await listed()).find(({ email }) => email === ned.email)?.id ?? ''
  t.equal((await api.get(`${PATH}/${id}`)).status, 200)
  t.equal((await api.get(`${PATH}/${id}`, { caller: stranger })).status, 404)
})

t.test('they are listed in pages, and as they were', async (t) => {
  const all = await listed()
  const first = await api.get(`${PATH}?limit=2`)
  const rest = await api.get(`${PATH}?limit=500&cursor=${pick(first, 'meta', 'nextCursor')}`)
  const ids = [first, rest].flatMap((page) => dig(page, 'data') as { id: string }[])
  t.same(
    ids.map(({ id }) => id),
    all.map(({ id }) => id),
  )
  const lastOrdinal = async () => {
    await api.caughtUp()
    return pick(await api.get('/api/events?limit=1'), 'data', 0, 'ordinal')
  }
  const head = await lastOrdinal()
  const pat = { ...ned, name: 'Pat', email: 'pat@example.com' }
  const invited = await invite(asBody(pat))
  const then = await lastOrdinal()
  await remove(idOf(invited))
  t.same(
    (await listed({}, `?known_at=${head}&limit=500`)).map(({ id }) => id),
    all.map(({ id }) => id),
  )
  const known = await api.get(`${PATH}/${idOf(invited)}?known_at=${then}`)
  t.match(dig(known, 'data'), { email: pat.email, status: 'invited', lastSeenAt: null })
  const masked = await api.get(`${PATH}?known_at=${then}&limit=1`, { caller: auditor })
  t.match(dig(masked, 'data', 0), { id: idOf(invited), name: MASKED, email: MASKED })
  const next = `${PATH}?known_at=${then}&limit=1&cursor=${pick(masked, 'meta', 'nextCursor')}`
  t.equal(pick(await api.get(next), 'data', 0, 'id'), all[0]?.id)
})

t.test('a key makes nobody who may do more than it', async (t) => {
  const issued = { name: 'HR', role: 'owner', scopes: ['administer', 'read', 'watch', 'audit'] }
  const secret = pick(await api.post('/api/api-keys', issued), 'data', 'secret')
  const caller = { ...owner, token: secret }
  const hr = { ...ned, email: 'hr@example.com' }
  const refused = {
    status: 422,
    body: { code: 'ROLE_NOT_ALLOWED', errors: [{ pointer: '/role' }] },
  }
  t.match(await invite(asBody(hr, 'owner'), { caller }), refused)
  const invited = await invite(asBody(hr, 'analyst'), { caller })
  t.equal(invited.status, 201)
  const more = { body: { role: 'owner' }, caller }
  t.match(await api.call('PATCH', `${PATH}/${idOf(invited)}`, more), refused)
})

t.test('what is asked wrongly is told, and registers nobody', async (t) => {
  const body = asBody({ ...ned, email: 'wrong@example.com' })
  const lastOfBooks = async () => {
    for await (const page of api.daybook.log.readAll({ direction: 'backwards' })) {
      const last = page.find(({ stream }) => !isOfAccessRecord(stream))
      if (last !== undefined) return last.id
    }
    return undefined
  }
  const before = await lastOfBooks()
  for (const [wrong, pointer] of [
    [{ ...body, email: 'wrong' }, '/email'],
    [{ ...body, name: ' ' }, '/name'],
    [{ ...body, role: 'installation' }, '/role'],
    [{ ...body, role: 'service' }, '/role'],
    [{ ...body, language: 'en' }, '/language'],
  ] as const) {
    const answer = await invite(wrong)
    t.match(answer, { status: 400, body: { errors: [{ pointer }] } }, pointer)
  }
  const stale = await invite(body, { headers: { 'if-match': '"0"' } })
  t.match(stale, { status: 412, body: { code: 'REVISION_MISMATCH' } })
  t.equal((await give('nobody', 'owner')).status, 404)
  t.equal(await lastOfBooks(), before, 'nothing was appended')
})
