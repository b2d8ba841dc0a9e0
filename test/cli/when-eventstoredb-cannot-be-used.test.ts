import t from 'tap'
import { testDatabase } from '#test/support/database.ts'
import { certificateFile, testNode, tlsOf } from '#test/support/eventstoredb.ts'
import { TestServer } from '#test/support/server.ts'

/** What whoever starts the server or a command sees of it, at the most talkative. */

const SECRET = 'S3cr3t-of-admin'
const { url } = await testDatabase(t)
const { port } = await testNode(t, { tls: tlsOf('node'), users: { admin: 'another' } })
const ca = `tlsCAFile=${certificateFile('ca')}`

const starts: Readonly<Record<string, readonly [given: string, told: RegExp]>> = {
  'an option that nobody knows': [
    `esdb://admin:${SECRET}@127.0.0.1:${port}?tlsCA=x`,
    /EVENTSTOREDB_URL cannot be used: it has an option that is not known/,
  ],
  'a wrong password': [
    `esdb://admin:${SECRET}@127.0.0.1:${port}?${ca}`,
    /refused the user admin.* Mend both in EVENTSTOREDB_URL/,
  ],
  'a CA that is not known': [
    `esdb://admin:${SECRET}@127.0.0.1:${port}`,
    /Name the CA that signed it with tlsCAFile in EVENTSTOREDB_URL/,
  ],
  'nobody there': [
    `esdb://admin:${SECRET}@127.0.0.1:1,127.0.0.1:1?tls=false`,
    /127.0.0.1:1 cannot be reached \(ECONNREFUSED\). Start it, or mend host and port/,
  ],
}

for (const [what, [given, told]] of Object.entries(starts)) {
  t.test(`${what} ends a start with what to do, and without the password`, async (t) => {
    const server = new TestServer({
      DATABASE_URL: url,
      EVENTSTOREDB_URL: given,
      DAYBOOK_COMMAND_DEADLINE_MS: '5000',
      LOG_LEVEL: 'trace',
    })
    t.teardown(() => server.remove())
    await t.rejects(server.start(), { message: told })
    t.match(server.output, /^daybook: /m)
    t.notMatch(server.output, SECRET)
    if (what !== 'a wrong password') return
    const { code, out, err } = await server.daybook('log', 'head')
    t.not(code, 0)
    t.match(err, told)
    t.notMatch(out + err, SECRET)
  })
}
