import t from 'tap'
import type { ProcessStatus } from '#processes/process.ts'
import { testApi } from '#test/support/api.ts'
import { eventually } from '#test/support/server.ts'
import { erasing, nothing, PERSON } from './a-person-to-erase.ts'

const api = await testApi(t, { DAYBOOK_WAIT_DEADLINE_MS: '100' })
const { ask, idOf, settle } = erasing(api)

/** Whoever folds it can write nothing meanwhile; reading goes on. */
async function whileItLags(table: string, work: () => Promise<void>): Promise<void> {
  const client = await api.database.database.engine.connect()
  try {
    await client.query(`begin; lock table ${table} in exclusive mode`)
    await work()
  } finally {
    client.release(true)
  }
}

async function count(type: string): Promise<number> {
  const { rows } = await api.database.login.query('select from log.events where type = $1', [type])
  return rows.length
}

/** Much has to happen in between, and the machine may have much else to do. */
const until = (what: string, holds: () => Promise<boolean>) => eventually(what, holds, 60_000)

async function untilProcess(name: string, holds: (status: ProcessStatus) => boolean) {
  await until(name, async () => {
    const found = (await api.daybook.processes.status()).find((one) => one.name === name)
    return found !== undefined && holds(found)
  })
}

t.test('whoever would be deleted or erased while links lag is not', async (t) => {
  const [id, other] = [
    await idOf('/api/crm/customers', PERSON),
    await idOf('/api/crm/customers', PERSON),
  ]
  const later = {
    status: 503,
    headers: { 'retry-after': '2' },
    body: { code: 'READ_MODEL_BEHIND', detail: /person_links .* Nothing was done/ },
  }
  await whileItLags('person_links.link', async () => {
    await api.post('/api/privacy/links', { customerIds: [id, other], reason: 'same_contact' })
    const body = { reason: 'duplicate' }
    t.match(await api.call('DELETE', `/api/crm/customers/${id}`, { body }), later)
    t.match(await ask(id), later)
  })
  t.equal(await count('CustomerDeleted'), 0)
  t.equal(await count('ErasureRequested'), 0)
})

t.test('whoever is restricted while customers lag is found once they do not', async (t) => {
  const id = await idOf('/api/crm/customers', PERSON)
  await idOf('/api/finance/sales', { customerId: id, saleAmount: '40.00' })
  await whileItLags('crm_customers.customer', async () => {
    // On a busy machine what it looks in may be late as well: then nothing was asked.
    await until('it is asked', async () => (await ask(id)).status === 201)
    await until('it is kept', async () => (await count('PersonRestricted')) === 1)
    await untilProcess('erasures_are_carried_out', ({ position, head }) => position === head)
    await settle({ retentionYears: nothing })
    await untilProcess(
      'terms_follow_settings',
      ({ reason }) => reason?.includes('crm_customers does not know all of the log yet') === true,
    )
    t.equal(await count('PersonErased'), 0)
  })
  await until('they are erased', async () => (await count('PersonErased')) === 1)
})
