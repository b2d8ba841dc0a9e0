import { once } from 'node:events'
import process from 'node:process'
import { migrate } from '#adapters/database/migrate.ts'
import { postgresDatabase } from '#adapters/database/postgres-database.ts'
import { PostgresEventStore } from '#adapters/event-store/postgres/postgres-event-store.ts'
import { newEvents } from './new-event.ts'

/**
 * Writers in a process of their own: `append-process.ts URL CATEGORY WRITERS APPENDS`. Each writes one
 * stream, one to three events at a time, and tells the parent of each append that was acknowledged.
 */
export interface Acknowledged {
  readonly stream: string
  /** Of the first event. */
  readonly from: number
  readonly ids: readonly string[]
  /** Of the last event. */
  readonly position: string
}

const [url = '', category = '', writers = '1', appends = '1'] = process.argv.slice(2)
const { roles } = await migrate(url)
const database = postgresDatabase({
  url,
  roles,
  connections: { reader: 1, writer: 1, engine: 1 },
  queryDeadlineMs: 15_000,
})
const store = new PostgresEventStore({ database, deadlineMs: 60_000 })

async function write(writer: number): Promise<void> {
  const stream = `${category}-main.${process.pid}.${writer}`
  let revision = -1
  for (let i = 0; i < Number(appends); i++) {
    const events = newEvents(1 + (i % 3))
    const appended = await store.append(stream, events, revision === -1 ? 'no_stream' : revision)
    const ids = events.map(({ id }) => id)
    const told: Acknowledged = { stream, from: revision + 1, ids, position: appended.position }
    process.send?.(told)
    revision = appended.revision
  }
}

process.send?.('ready')
await once(process, 'message')
await Promise.all(Array.from({ length: Number(writers) }, (_, writer) => write(writer)))
await store.close()
await database.close()
// What was told before is out once this is.
await new Promise((sent) => process.send?.('done', sent))
process.disconnect?.()
