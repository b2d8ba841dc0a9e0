import type { BenchServer } from './bench-server.ts'
import { openBenchDaybook } from './open-store.ts'
import { note } from './print.ts'
import { events } from './settings.ts'
import { fillLog } from './synthetic-log.ts'

let filled: Promise<string> | undefined

/** A database whose log holds the invented year; made once, when the first part asks for it. */
export function filledLog(server: BenchServer): Promise<string> {
  filled ??= fill(server)
  return filled
}

async function fill(server: BenchServer): Promise<string> {
  const url = await server.database({ migrated: true })
  const daybook = await openBenchDaybook(url)
  try {
    await fillLog(daybook.database, daybook.codec, events)
    // The server would do it by itself, while something is measured.
    await daybook.database.engine.query('vacuum (analyze) log.events')
    const { rows } = await daybook.database.engine.query<{ bytes: string }>(
      `select pg_size_pretty(pg_table_size('log.events')) as bytes`,
    )
    note(`A log of ${events.toLocaleString('en')} events of the invented year, ${rows[0]?.bytes}`)
  } finally {
    await daybook.close()
  }
  return url
}
