import process from 'node:process'
import { compare } from './support/compare.ts'
import {
  type EventStoreDbServer,
  fillEventStoreDb,
  startEventStoreDb,
} from './support/eventstoredb-server.ts'
import { note, print } from './support/print.ts'
import { events } from './support/settings.ts'

const ADAPTER = "daybook's adapter"
const BARE = 'bare client'
/** The tests' node keeps everything in memory. */
const MOST_EVENTS = 200_000

/** The EventStoreDB adapter beside the client that it is made of, on one node. */
export async function eventStoreDb(): Promise<void> {
  const where = process.env['EVENTSTOREDB_URL'] ? 'EVENTSTOREDB_URL' : "the tests' node, in memory"
  note(`EventStoreDB: ${where}`)
  await withServer(appends)
  await withServer(catchUp)
}

/** A node of their own, so that neither part reads or holds what the other wrote. */
async function withServer(run: (url: string) => Promise<void>): Promise<void> {
  const server: EventStoreDbServer = await startEventStoreDb()
  try {
    await run(server.url)
  } finally {
    await server.stop()
  }
}

async function appends(url: string): Promise<void> {
  const env = { BENCH_EVENTSTOREDB_URL: url, BENCH_WRITERS: '64' }
  const results = await compare([
    { name: ADAPTER, script: 'esdb-append-daybook.ts', env },
    { name: BARE, script: 'esdb-append-bare.ts', env },
  ])
  print('EventStoreDB, appends with expected revisions, 64 writers', results, BARE, [
    { side: ADAPTER, atLeast: 0.8, of: BARE },
  ])
}

async function catchUp(url: string): Promise<void> {
  const {
    commit,
    prepare,
    events: count,
  } = await fillEventStoreDb(url, Math.min(events, MOST_EVENTS))
  const env = {
    BENCH_EVENTSTOREDB_URL: url,
    BENCH_ESDB_COMMIT: commit,
    BENCH_ESDB_PREPARE: prepare,
    BENCH_ESDB_EVENTS: `${count}`,
  }
  const results = await compare([
    { name: ADAPTER, script: 'esdb-catch-up-daybook.ts', env },
    { name: BARE, script: 'esdb-catch-up-bare.ts', env },
  ])
  print(`EventStoreDB, catch-up of ${count.toLocaleString('en')} events`, results, BARE, [
    { side: ADAPTER, atLeast: 0.6, of: BARE },
  ])
}
