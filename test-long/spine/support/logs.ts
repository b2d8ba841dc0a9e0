import type { Test } from 'tap'
import { EventStoreDbEventStore } from '#adapters/event-store/eventstoredb/eventstoredb-event-store.ts'
import { nodeProcess, realServer } from '#test/support/eventstoredb.ts'

/** The two places where Daybook keeps its log, as a server is told of them. */
export interface Log {
  readonly name: string
  /** What to add to a server's environment; undefined, after saying why, when it cannot be had. */
  readonly environment: (t: Test) => Promise<Record<string, string> | undefined>
}

const inPostgres: Log = { name: 'PostgreSQL', environment: async () => ({}) }

const inEventStoreDb: Log = {
  name: 'EventStoreDB',
  async environment(t) {
    if (realServer === undefined) {
      return { EVENTSTOREDB_URL: (await nodeProcess(t)).connectionString }
    }
    if (await isEmpty(realServer)) return { EVENTSTOREDB_URL: realServer }
    t.plan(0, 'the log of EVENTSTOREDB_URL is not empty, and its keys are not ours')
    return undefined
  },
}

export const bothLogs: readonly Log[] = [inPostgres, inEventStoreDb]

/** For imports on a machine that does other things too: a slow answer is no reason to give up. */
export const patient = { DAYBOOK_COMMAND_DEADLINE_MS: '300000' }

async function isEmpty(connectionString: string): Promise<boolean> {
  const store = new EventStoreDbEventStore({ connectionString })
  try {
    return (await store.head()) === undefined
  } finally {
    await store.close()
  }
}
