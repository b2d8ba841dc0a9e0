import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { eventually, TestServer } from '#test/support/server.ts'
import { longPages } from './support/answers.ts'
import { countAppended } from './support/appended.ts'
import { bothLogs, patient } from './support/logs.ts'
import { assertBooks, DOCUMENTS, importWords, skip } from './support/online-retail.ts'
import { settled } from './support/settled.ts'

/** How long the server stays away while the import goes on beside it, in milliseconds. */
const AWAY_MS = 2000

for (const log of bothLogs) {
  t.test(
    `an import killed twice gives the same books, the log in ${log.name}`,
    { skip },
    async (t) => {
      const environment = await log.environment(t)
      if (environment === undefined) return
      const server = new TestServer({ ...environment, ...longPages, ...patient })
      t.teardown(() => server.remove())
      await server.start()
      const refused = join(server.dataDir, 'refused.csv')
      const importAs = (actor: string) => importWords(actor, refused)
      const appended = await countAppended(t, server)
      const until = (count: number) =>
        eventually(`${count} events`, async () => (await appended()) >= count, 600_000)

      const first = server.spawnDaybook(...importAs('first'))
      await until(10_000)
      await kill(first)
      t.comment(`import killed after ${await appended()} events`)

      const second = server.spawnDaybook(...importAs('second'))
      await until(12_000)
      await server.stop('SIGKILL')
      await sleep(AWAY_MS)
      t.equal(second.exitCode, null, 'the import goes on without the server')
      await server.start()
      await until((await appended()) + 1000)
      await kill(second)
      t.comment(`import killed again after ${await appended()} events`)

      const third = await server.daybook(...importAs('third'))
      t.equal(third.code, 0, third.err)
      const report: Report = JSON.parse(third.out)
      const imported = Object.values(report.imported).reduce((sum, one) => sum + one.documents, 0)
      t.comment(`${imported} documents were left to import`)
      t.ok(imported > 0, 'the second import was killed in its middle')
      t.equal(report.known + imported, DOCUMENTS)
      t.equal(report.refused, 0)

      await settled(server)
      await assertBooks(t, server)
    },
  )
}

interface Report {
  readonly imported: Readonly<Record<string, { readonly documents: number }>>
  readonly known: number
  readonly refused: number
}

/** As kill -9 does; it must not have ended by itself. */
async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) throw new Error(`It had ended with ${child.exitCode}`)
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}
