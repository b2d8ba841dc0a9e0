import t from 'tap'
import { auditor, type TestApi } from '#test/support/api.ts'
import { auditedLog, logEnvironments } from '#test/support/audited-log.ts'
import { dig } from '#test/support/server.ts'

const path = '/api/events/completeness'

async function check(api: TestApi, query = '?compare=true') {
  const answer = await api.get(path + query, { caller: auditor })
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
  return dig(answer, 'data') as {
    complete: boolean
    count: string
    last: string
    types: Record<string, string>
    compared: unknown
    findings: { kind: string; facts: Record<string, unknown> }[]
  }
}

for (const [name, environment] of Object.entries(logEnvironments)) {
  t.test(
    `${name}: every ordinal is there, none twice, as many of each type as recorded`,
    async (t) => {
      const { api, events } = await auditedLog(t, await environment(t))
      const found = await check(api)
      const types = Map.groupBy(events, ({ type }) => type)
      t.strictSame(found, {
        complete: true,
        count: String(events.length),
        last: String(events.length),
        types: Object.fromEntries([...types].map(([type, of]) => [type, String(of.length)])),
        compared: { from: '1', to: '100000' },
        findings: [],
      })
      t.strictSame((await check(api, '')).compared, null, 'the log is looked up only when asked')

      await t.test('a hole in the index, and what is there twice, is named', async (t) => {
        await api.daybook.engine.stopProjection('event_index')
        const engine = api.daybook.database.engine
        const row = `organisation = 'main' and organisation_ordinal =`
        await engine.query(`delete from event_index.event where ${row} 17`)
        await engine.query(
          `update event_index.event set event_id = (
           select event_id from event_index.event where ${row} 31) where ${row} 30`,
        )
        const { complete, findings } = await check(api)
        t.equal(complete, false)
        const [missing] = findings.filter(({ kind }) => kind === 'ordinals_missing_in_index')
        t.strictSame(missing?.facts, { from: '17', to: '17' })
        const [twice] = findings.filter(({ kind }) => kind === 'event_twice_in_index')
        t.strictSame(twice?.facts, { eventId: events[30]?.id, ordinals: '30, 31' })
        t.ok(
          findings.some(({ kind, facts }) => {
            return kind === 'stream_broken_in_index' && facts['stream'] === events[16]?.stream
          }),
        )
        t.ok(
          findings.some(({ kind, facts }) => {
            return kind === 'event_differs_in_log' && facts['ordinal'] === '30'
          }),
        )

        const last = events.at(-1)
        await engine.query(`delete from event_index.event where ${row} ${events.length}`)
        const without = (await check(api, '')).findings
        t.match(
          without.find(({ kind }) => kind === 'last_event_not_that_of_log')?.facts,
          { log: last?.id },
          'the end is looked for in the log',
        )
      })
    },
  )
}

t.test('a hole in the log is named by what the index knows of it', async (t) => {
  const { api, events } = await auditedLog(t)
  const lost = events[99]
  const admin = await api.daybook.database.connect('engine')
  await admin.query('alter table log.events disable trigger refuse_change')
  await admin.query('delete from log.events where position = $1', [lost?.position])
  await admin.end()
  const { complete, findings } = await check(api)
  t.equal(complete, false)
  const { id, type, stream, revision, organisationOrdinal } = lost ?? {}
  t.match(findings.find(({ kind }) => kind === 'event_missing_in_log')?.facts, {
    ordinal: String(organisationOrdinal),
    eventId: id,
    type,
    stream,
    revision,
  })
  t.equal((await api.get(`${path}?from=0`, { caller: auditor })).status, 400)
  const [after] = (await check(api, '?compare=true&from=150')).findings.filter(
    ({ kind }) => kind === 'event_missing_in_log',
  )
  t.equal(after, undefined, 'what lies before was not asked for')
})
