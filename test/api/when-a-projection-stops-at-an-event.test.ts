import t from 'tap'
import { testApi } from '#test/support/api.ts'
import { newEvent } from '#test/support/new-event.ts'
import {
  dig,
  eventually,
  installation,
  owner,
  pick,
  stranger,
  type TestCaller,
} from '#test/support/server.ts'

/**
 * A projection that meets an event it cannot read stops for every organisation. That it did is known to
 * all; at which event, to the event's organisation and to whoever runs the installation.
 */

const api = await testApi(t)
await api.post('/api/crm/customers', { name: 'Otto’s' }, { caller: stranger })
await api.caughtUp()

const event = newEvent()
const stream = `sale-main.${event.id}`
await api.daybook.log.append(stream, [event], 'no_stream')
const path = '/api/projections/finance_sales'
const told = async (where: string, caller: TestCaller): Promise<string> =>
  JSON.stringify((await api.get(where, { caller })).body)

await eventually('the process has stopped', isProcessStopped)

/** What somebody is told once it has stopped; it is tried once more by whoever takes it over. */
async function toldOfFailure(caller: TestCaller): Promise<unknown> {
  let body: unknown
  await eventually('the projection has stopped', async () => {
    const answer = await api.get(path, { caller })
    body = answer.body
    return pick(answer, 'data', 'state') === 'failed'
  })
  return body
}

async function isProcessStopped(): Promise<boolean> {
  const answer = await api.get('/api/processes', { caller: installation })
  const processes = dig(answer, 'data') as readonly { readonly reason?: string }[]
  return processes.some(({ reason }) => reason?.includes(event.id))
}

t.test('its organisation and whoever runs the installation are told the event', async (t) => {
  for (const caller of [owner, installation]) {
    t.match(await toldOfFailure(caller), {
      data: { state: 'failed', failure: { event: { id: event.id, stream }, reason: event.id } },
    })
  }
  t.match(await told('/api/processes', installation), event.id)
})

t.test('others are told that it stopped, and nothing of the event', async (t) => {
  t.match(await toldOfFailure(stranger), {
    data: { state: 'failed', failure: { at: String, reason: /operator is told/ } },
  })
  const paths = [path, '/api/projections', '/api/projections/history', '/api/processes', '/ready']
  for (const where of paths) t.notMatch(await told(where, stranger), event.id, where)
  t.notMatch(await told('/ready', owner), event.id, 'anybody may ask whether it is ready')
})

t.test('so it is when they hold read models against a log that cannot be read', async (t) => {
  // As if the event had been readable when the tables were made.
  await api.database.database.engine.query(
    `update daybook.projection set position = $1, ordinal = 2 where schema_name = 'finance_sales'`,
    [await api.daybook.log.head()],
  )
  const verify = (caller: TestCaller) => api.call('POST', `${path}/verify`, { caller })
  const own = await verify(owner)
  t.match([own.status, pick(own, 'code'), pick(own, 'detail')], [500, 'EVENT_UNREADABLE', event.id])
  const other = await verify(stranger)
  t.same([other.status, pick(other, 'code')], [500, 'EVENT_UNREADABLE'])
  t.notMatch(JSON.stringify(other.body), event.id)
})
