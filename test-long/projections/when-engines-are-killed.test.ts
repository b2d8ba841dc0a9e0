import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { append, manyContacts } from '#test/projections/engine/support/history.ts'
import { caughtUp, engineOf } from '#test/projections/engine/support/running-engine.ts'
import { contacts, notes } from '#test/projections/engine/support/toy-projections.ts'
import { privateLog } from '#test/support/private-log.ts'
import { eventually } from '#test/support/server.ts'

const PROGRAM = new URL('./programs/engine-process.ts', import.meta.url).pathname
const MINUTES = 1.5

t.test(
  'engines and PostgreSQL killed while they follow and rebuild: no event lost, none folded twice',
  async (t) => {
    const { database, open, restart, url } = await privateLog(t)
    const store = open()
    t.teardown(() => store.close())
    const engines: ChildProcess[] = []
    const diedAlone: string[] = []
    let kills = 0
    let rebuilt = 0
    const spawn = () => {
      const child = fork(PROGRAM, [url], { execArgv: [], env: { PATH: process.env['PATH'] } })
      child.on('message', (message) => {
        if (message === 'rebuilt') rebuilt += 1
      })
      child.once('exit', (code, signal) => {
        if (signal !== 'SIGKILL') diedAlone.push(`code ${code}, signal ${signal}`)
      })
      engines.push(child)
    }
    const killed = async (child: ChildProcess | undefined) => {
      if (child === undefined || child.exitCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    }
    t.teardown(() => {
      for (const child of engines) child.kill('SIGKILL')
    })
    spawn()
    spawn()

    const end = Date.now() + MINUTES * 60_000
    const appending = (async () => {
      while (Date.now() < end) {
        await append(store, manyContacts(7))
        await delay(10)
      }
    })()
    for (let turn = 1; Date.now() < end; turn += 1) {
      await delay(500 + Math.random() * 4000)
      if (turn % 8 === 0) {
        await restart()
      } else {
        const [victim] = engines.splice(turn % 2, 1)
        await killed(victim)
        kills += 1
        spawn()
      }
    }
    await appending
    // However slow the machine: who is left comes to the end of a rebuild.
    await eventually('a rebuild comes to its end', async () => rebuilt > 0, 180_000)
    for (const child of engines.splice(0)) await killed(child)
    t.same(diedAlone, [], 'no engine ended but by being killed')
    t.comment(`${kills} engines killed, ${rebuilt} times everything was rebuilt`)
    t.ok(rebuilt > 0, 'some rebuilds came to their end')

    const engine = engineOf(t, { store, database, projections: [contacts, notes] })
    await engine.start()
    await caughtUp(engine, store, 'toy_contacts')
    await caughtUp(engine, store, 'toy_notes')
    const head = await store.head()
    t.match(await engine.verify('toy_contacts'), { equal: true, ordinal: Number(head) })
    t.match(await engine.verify('toy_notes'), { equal: true, ordinal: Number(head) })
    const reports = await (await engine.rebuild(['toy_contacts', 'toy_notes'])).done
    t.match(reports, [
      { state: 'done', compared: { equal: true } },
      { state: 'done', compared: { equal: true } },
    ])
    const { rows } = await database.engine.query<{ n: number }>(
      'select sum(contacts)::int as n from toy_contacts.contact',
    )
    t.equal(rows[0]?.n, Number(head), 'every contact once')
    const { rows: left } = await database.engine.query(
      `select from pg_namespace where nspname like '%\\_\\_next' or nspname like '%\\_\\_verify'`,
    )
    t.equal(left.length, 0)
  },
)
