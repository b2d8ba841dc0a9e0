import { join } from 'node:path'
import t from 'tap'
import { TestServer } from '#test/support/server.ts'
import { longPages } from './support/answers.ts'
import { bothLogs, patient } from './support/logs.ts'
import { assertBooks, DOCUMENTS, importWords, skip } from './support/online-retail.ts'
import { settled } from './support/settled.ts'

for (const log of bothLogs) {
  t.test(`a year of a shop becomes its books, the log in ${log.name}`, { skip }, async (t) => {
    const environment = await log.environment(t)
    if (environment === undefined) return
    const server = new TestServer({ ...environment, ...longPages, ...patient })
    t.teardown(() => server.remove())
    await server.start()
    const refused = join(server.dataDir, 'refused.csv')

    const first = await server.daybook(...importWords('ingrid', refused))
    t.equal(first.code, 0, first.err)
    const report: Report = JSON.parse(first.out)
    t.match(report, {
      organisation: 'main',
      actor: 'ingrid',
      currency: 'GBP',
      imported: {
        sale: { documents: 19_959, amount: '10655622.48' },
        credit_note: { documents: 3836, amount: '896812.49' },
        write_off: { documents: 2, amount: '22124.12' },
        write_off_reversal: { documents: 1, amount: '11062.06' },
      },
      known: 0,
      customersRegistered: 4371,
      skipped: { 'stock correction': 2102 },
      refused: 0,
      rows: 541_909,
      documents: 25_900,
      interrupted: false,
    })
    const { seconds, readableAfterSeconds } = report
    t.comment(`imported in ${seconds.toFixed(1)} s, readable ${readableAfterSeconds} s after`)
    t.comment(`${await settled(server)} events`)
    await assertBooks(t, server)
    // Who looked at the books is an event too.
    const ordinal = await settled(server)

    const again = await server.daybook(...importWords('somebody-else', refused))
    t.equal(again.code, 0, again.err)
    const repeated: Report = JSON.parse(again.out)
    t.same(repeated.imported, {})
    t.match(repeated, {
      actor: 'somebody-else',
      known: DOCUMENTS,
      customersRegistered: 0,
      refused: 0,
    })
    t.equal(await settled(server), ordinal, 'nothing was appended')
    await assertBooks(t, server)
    t.equal(server.output.match(/"level":[56]0/g), null, 'the server met no error')
  })
}

interface Report {
  readonly imported: object
  readonly seconds: number
  readonly readableAfterSeconds: number
}
