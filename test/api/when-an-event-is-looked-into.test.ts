import { createHash } from 'node:crypto'
import t from 'tap'
import { MASKED } from '#domain/event-schema.ts'
import { type ApiAnswer, auditor, testApi } from '#test/support/api.ts'
import { logEnvironments } from '#test/support/audited-log.ts'
import { dig, eventually, pick, stranger } from '#test/support/server.ts'

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

/** A part of an answer's `data` that holds bytes. */
function bytesIn(answer: ApiAnswer, part: string) {
  const bytes = Buffer.from(pick(answer, 'data', part, 'base64'), 'base64')
  return { ...(dig(answer, 'data', part) as { bytes: number; sha256: string }), buffer: bytes }
}

for (const [name, environment] of Object.entries(logEnvironments)) {
  t.test(`${name}: an event's bytes stand beside what is read from them`, async (t) => {
    const api = await testApi(t, await environment(t))
    await api.call('PATCH', '/api/settings', { body: { baseCurrency: 'SAR' } })
    const customer = await api.post('/api/crm/customers', { name: 'أحمد محمد', country: 'Oman' })
    const customerId = pick(customer, 'data', 'id')
    await api.caughtUp()
    const found = await api.get('/api/events?type=CustomerRegistered')
    const id = pick(found, 'data', 0, 'id')
    const answer = await api.get(`/api/events/${id}/stored`, { caller: auditor })
    t.equal(answer.status, 200)
    for (const part of ['data', 'metadata']) {
      const { buffer, ...said } = bytesIn(answer, part)
      t.match(said, { bytes: buffer.length, sha256: sha256(buffer), text: buffer.toString() })
    }
    const stored = JSON.parse(bytesIn(answer, 'data').buffer.toString())
    t.match(stored, { customerId, country: 'Oman', $personal: {} })
    t.notMatch(JSON.stringify(stored), /أحمد/, 'personal fields are ciphertext')
    t.match(JSON.parse(bytesIn(answer, 'metadata').buffer.toString()), {
      organisation: 'main',
      actor: 'olga',
    })
    t.match(dig(answer, 'data', 'event'), { id, data: { name: MASKED } })
    const owners = await api.get(`/api/events/${id}/stored`)
    t.match(dig(owners, 'data', 'event'), { id, data: { name: 'أحمد محمد' } })

    const other = await api.get(`/api/events/${id}/stored`, { caller: stranger })
    t.match(other.body, { code: 'EVENT_UNKNOWN' }, 'of another organisation')
    t.match((await api.get('/api/events/nothing/stored')).body, { code: 'EVENT_UNKNOWN' })
  })

  t.test(`${name}: causes are followed across streams and processes`, async (t) => {
    const api = await testApi(t, await environment(t))
    await api.call('PATCH', '/api/settings', { body: { baseCurrency: 'SAR' } })
    const customer = await api.post('/api/crm/customers', { name: 'Ahmed' })
    const customerId = pick(customer, 'data', 'id')
    const correlation = '0198c0de-0000-7000-8000-00000000c0de'
    await api.post(
      '/api/finance/sales',
      { customerId, saleAmount: '10.00', paymentMethod: 'cash' },
      { headers: { 'x-correlation-id': correlation } },
    )
    const path = '/api/events?type=CustomerStatusChanged'
    await eventually('the process has reacted', async () => {
      await api.caughtUp()
      return (dig(await api.get(path), 'data') as unknown[]).length > 0
    })
    const closed = pick(await api.get(path), 'data', 0, 'id')
    const up = await api.get(`/api/events/${closed}/chain`, { caller: auditor })
    t.match(up.body, {
      data: {
        event: { id: closed, actorKind: 'process' },
        limits: { events: 1000, depth: 50 },
        truncated: false,
      },
    })
    const [root] = dig(up, 'data', 'cameFrom') as { id: string; commandId: string }[]
    t.match(root, { type: /^Sale/, actor: 'olga', actorKind: 'person', correlationId: correlation })
    t.equal(pick(up, 'data', 'rootCommandId'), root?.commandId)
    const down = await api.get(`/api/events/${root?.id}/chain`, { caller: auditor })
    t.match(JSON.stringify(dig(down, 'data', 'event', 'caused')), closed)
    t.strictSame(dig(down, 'data', 'cameFrom'), [])
    const few = await api.get(`/api/events/${root?.id}/chain?limit=1&depth=1`)
    t.equal((dig(few, 'data', 'event', 'caused') as unknown[]).length, 1)

    const all = await api.get(`/api/events?correlation=${correlation}&direction=forwards`)
    const related = await api.get(`/api/correlations/${correlation}`, { caller: auditor })
    const text = JSON.stringify(dig(related, 'data', 'commands'))
    for (const { id } of dig(all, 'data') as { id: string }[]) t.match(text, `"id":"${id}"`)
    t.match(dig(related, 'data'), { correlationId: correlation, truncated: false })

    const wrong = await api.get(`/api/events/${closed}/chain?depth=51`)
    t.match(wrong, { status: 400, body: { errors: [{ code: 'NUMBER_TOO_LARGE' }] } })
    t.match((await api.get(`/api/events/${customerId}/chain`)).body, { code: 'EVENT_UNKNOWN' })
    const others = await api.get(`/api/correlations/${correlation}`, { caller: stranger })
    t.strictSame(dig(others, 'data', 'commands'), [])
  })
}
