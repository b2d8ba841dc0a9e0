import t from 'tap'
import { auditor, testApi } from '#test/support/api.ts'
import { logEnvironments } from '#test/support/audited-log.ts'
import { dig, pick, stranger } from '#test/support/server.ts'

interface Change {
  readonly field: string
  readonly kind: 'added' | 'changed' | 'removed'
  readonly before?: unknown
  readonly after?: unknown
}
type Json = { [key: string]: Json } | string

/** The state with the changes made to it. */
function changed(state: Json, changes: readonly Change[]): Json {
  const copy = structuredClone(state)
  for (const { field, kind, after } of changes) {
    const keys = field.slice(1).split('/')
    const last = keys.pop() ?? ''
    const place = keys.reduce((at, key) => (at as Record<string, Json>)[key] ?? {}, copy)
    if (kind === 'removed') delete (place as Record<string, Json>)[last]
    else (place as Record<string, unknown>)[last] = after
  }
  return copy
}

for (const [name, environment] of Object.entries(logEnvironments)) {
  t.test(
    `${name}: the difference of any two revisions leads from the one to the other`,
    async (t) => {
      const api = await testApi(t, await environment(t))
      await api.call('PATCH', '/api/settings', { body: { baseCurrency: 'SAR' } })
      const customerId = pick(await api.post('/api/crm/customers', { name: 'Amal' }), 'data', 'id')
      const opened = await api.post('/api/wallets', { customerId, creditLimit: '5.00' })
      const wallet = pick(opened, 'data', 'id')
      const send = (what: string, body: object) => api.post(`/api/wallets/${wallet}/${what}`, body)
      await send('topups', { amount: '100.00', method: 'card' })
      const held = await send('holds', { amount: '20.00', expiresAt: '2099-01-01T00:00:00Z' })
      await send('debits', { amount: '12.50', description: 'vm-1' })
      await api.post(`/api/wallets/${wallet}/holds/${pick(held, 'data', 'movement')}/release`, {})
      await api.caughtUp()
      const path = `/api/streams/wallet-main.${wallet}`
      const last = Number(pick(await api.get(`${path}/state`), 'data', 'revision'))
      t.ok(last >= 4)
      const states: Json[] = []
      for (let revision = 0; revision <= last; revision += 1) {
        states.push(
          dig(await api.get(`${path}/state?revision=${revision}`), 'data', 'state') as Json,
        )
      }
      for (let from = 0; from <= last; from += 1) {
        for (let to = from; to <= last; to += 1) {
          const answer = await api.get(`${path}/difference?from=${from}&to=${to}`, {
            caller: auditor,
          })
          t.match(answer.body, { data: { from, to, truncated: false } })
          const changes = dig(answer, 'data', 'changes') as Change[]
          t.strictSame(changed(states[from] ?? {}, changes), states[to], `${from} to ${to}`)
          const steps = dig(answer, 'data', 'steps') as { revision: number; cause: unknown }[]
          t.strictSame(
            steps.map(({ revision }) => revision),
            Array.from({ length: to - from }, (_, i) => from + 1 + i),
          )
          for (const { cause } of steps) t.match(cause, { actor: 'olga', commandId: String })
        }
      }
      const whole = await api.get(`${path}/difference`)
      t.match(whole.body, { data: { from: null, to: last } })
      t.equal((dig(whole, 'data', 'steps') as unknown[]).length, last + 1)

      const wrong = { 'to=99': 404, 'from=99': 404, 'from=2&to=1': 400, 'from=x': 400 }
      for (const [query, status] of Object.entries(wrong)) {
        t.equal((await api.get(`${path}/difference?${query}`)).status, status, query)
      }
      t.match((await api.get(`${path}/difference?to=99`)).body, { code: 'REVISION_UNKNOWN' })
      for (const caller of [stranger, auditor]) {
        const other = caller === stranger ? path : '/api/streams/wallet-main.nothing'
        t.match((await api.get(`${other}/difference`, { caller })).body, { code: 'STREAM_UNKNOWN' })
      }
    },
  )
}
