import t from 'tap'
import { whenFree } from '#test/projections/engine/support/running-engine.ts'
import { testApi } from '#test/support/api.ts'
import { dig, pick } from '#test/support/server.ts'

const api = await testApi(t)
const customers = '/api/crm/customers'
await api.call('PATCH', '/api/settings', { body: { callingCode: '966' } })
const register = async (more: object) =>
  pick(await api.post(customers, { name: 'Perpetua Quillfeather', ...more }), 'data', 'id')
const found = async (query: Record<string, string>, path = customers) => {
  await api.caughtUp()
  const answer = await api.get(`${path}?${new URLSearchParams(query).toString()}`)
  return (dig(answer, 'data') as readonly { readonly id: string }[]).map(({ id }) => id)
}
const hashes = async () => {
  await api.caughtUp()
  const { rows } = await api.daybook.database.engine.query<{ customer_id: string }>(
    'select * from crm_contacts.contact order by 1, 2, 3',
  )
  return rows
}

t.test('a customer is found by number and address, however both are written', async (t) => {
  const first = await register({ phone: '+966 50 123 4567', email: 'Perpetua@Vane.example' })
  const second = await register({ phone: '050-123-4567' })
  const both = [second, first]
  for (const phone of ['0501234567', '00966501234567', '٠٥٠ ١٢٣ ٤٥٦٧', '+966 (0)50 1234567']) {
    t.strictSame(await found({ phone }), both, phone)
  }
  t.strictSame(await found({ email: 'PERPETUA@vane.EXAMPLE' }), [first])
  t.strictSame(await found({ phone: '0501234567', email: 'perpetua@vane.example' }), [first])
  t.strictSame(await found({ phone: '0501234567', search: 'nobody' }), [])
  t.strictSame(await found({ phone: '501234' }), [], 'a part of a number finds nobody')
  t.strictSame(await found({ email: 'vane@example.org' }), [])
  t.strictSame(await found({ phone: 'none' }), [], 'what is no number is nobody’s')
  const shared = { contact: 'phone', customers: 2, customerIds: both.toSorted() }
  t.match(await api.get('/api/privacy/duplicates'), { body: { data: [shared] } })
  t.equal((await api.get(`${customers}?email=nobody`)).status, 400)
})

t.test('a number that was changed finds nobody, nor does one of who was deleted', async (t) => {
  const id = await register({ phone: '+44 7700 900461', email: 'gone@vane.example' })
  t.strictSame(await found({ phone: '+447700900461' }), [id])
  const change = { body: { phone: '+44 7700 900462' } }
  await api.call('PATCH', `${customers}/${id}`, change)
  t.strictSame(await found({ phone: '+447700900461' }), [])
  t.strictSame(await found({ phone: '+447700900462' }), [id])
  t.equal((await hashes()).filter((row) => row.customer_id === id).length, 2)
  const body = { reason: 'asked_by_person' }
  await api.call('DELETE', `${customers}/${id}`, { body })
  t.strictSame(await found({ phone: '+447700900462' }), [])
  t.strictSame(await found({ email: 'gone@vane.example' }), [])
  t.same((await hashes()).filter((row) => row.customer_id === id).length, 0, 'no hash is left')
})

t.test('the hashes are the same when they are made anew', async (t) => {
  const before = await hashes()
  const job = await whenFree(() => api.daybook.engine.rebuild(['crm_contacts']))
  const [report] = await job.done
  t.match(report, { state: 'done', compared: { equal: true } })
  t.strictSame(await hashes(), before)
  t.ok(before.length > 0)
  const written = JSON.stringify(before)
  for (const text of ['501234567', 'vane']) t.notOk(written.includes(text), 'nothing is readable')
})
