import { randomBytes } from 'node:crypto'
import t from 'tap'
import { MasterKeys } from '#adapters/keys/master-keys.ts'
import { rewrapKeys } from '#adapters/keys/rewrap-keys.ts'
import { rotateMasterKey } from '#adapters/keys/rotate-master-key.ts'
import { checkKeys } from '#cli/doctor/check-keys.ts'
import { hashPurposes } from '#log/key-ring.ts'
import { testApi } from '#test/support/api.ts'

const keys = [randomBytes(32), randomBytes(32), randomBytes(32)] as const
const ids = new MasterKeys(keys).all.map(({ id }) => id)
const [a = '', b = '', c = ''] = ids

t.test(
  'the doctor tells of each master key what is to be done, and a server what it lacks',
  async (t) => {
    const texts = keys.slice(0, 2).map((key) => key.toString('base64'))
    const api = await testApi(t, {
      DAYBOOK_MASTER_KEY: texts.join(','),
    })
    const { daybook } = api
    const pool = api.database.database.writer
    const customers = '/api/crm/customers'
    await api.post(customers, { name: 'Ada' }, { key: 'first' })
    t.match(await checkKeys(daybook), [
      {
        state: 'ok',
        message: `${hashPurposes.length + 1} keys are wrapped by the master key in use, ${a}`,
      },
      { state: 'warning', message: `Nothing needs the master key ${b}: daybook keys drop ${b}` },
    ])

    await rotateMasterKey(pool, new MasterKeys([keys[1], keys[0]]), 'ann')
    const found = await checkKeys(daybook)
    t.match(found, [
      {
        state: 'warning',
        message: `${hashPurposes.length + 1} keys are wrapped by the old master key ${a}: daybook keys rewrap`,
      },
      { state: 'ok', message: `0 keys are wrapped by the master key in use, ${b}` },
    ])
    const signal = new AbortController().signal
    await rewrapKeys(pool, daybook.masterKeys, {
      actor: 'ann',
      signal,
      onProgress: () => undefined,
    })
    t.match(await checkKeys(daybook), [
      { state: 'warning', message: `The master key ${a} is not in use yet: daybook keys rotate` },
      {
        state: 'ok',
        message: `${hashPurposes.length + 1} keys are wrapped by the master key in use, ${b}`,
      },
    ])
    const again = await api.post(customers, { name: 'Ada' }, { key: 'first' })
    t.equal(again.headers['idempotency-replayed'], 'true', 'hashes of bodies are as they were')

    await rotateMasterKey(pool, new MasterKeys([keys[2], keys[1]]), 'ann')
    t.match((await checkKeys(daybook)).at(-1), {
      state: 'failure',
      message: `0 keys are wrapped by the master key ${c}, which is not here: put it back`,
    })
    const refused = await api.call('POST', customers, { body: { name: 'Ben' } })
    t.match(refused, {
      status: 503,
      headers: { 'retry-after': '5' },
      body: { code: 'KEY_UNAVAILABLE', detail: /lacks a master key. Nothing is erased/ },
    })
    await api.caughtUp()
    t.match(await api.get(customers), { status: 200, body: { data: [{ name: 'Ada' }] } })
  },
)
