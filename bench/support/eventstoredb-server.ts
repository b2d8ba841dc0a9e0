import { fork } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client'
import { benchEvent } from './append-load.ts'

export interface EventStoreDbServer {
  readonly url: string
  stop(): Promise<void>
}

/** The server of EVENTSTOREDB_URL, or the tests' node in a process of its own, in memory. */
export async function startEventStoreDb(): Promise<EventStoreDbServer> {
  const given = process.env['EVENTSTOREDB_URL']
  if (given !== undefined && given !== '') return { url: given, stop: async () => undefined }
  return startEmptyNode()
}

/** The tests' node, in a process of its own, in memory. */
export async function startEmptyNode(): Promise<EventStoreDbServer> {
  const child = fork('test/support/eventstoredb-node/main.ts')
  const [port] = await once(child, 'message')
  return {
    url: `esdb://127.0.0.1:${Number(port)}?tls=false`,
    async stop() {
      child.disconnect()
      await once(child, 'exit')
    },
  }
}

/** Where reading begins: just before the events that `fillEventStoreDb` wrote. */
export interface Filled {
  readonly commit: string
  readonly prepare: string
  readonly events: number
}

const PER_APPEND = 500
const PER_STREAM = 10_000

/** Writes so many events of the append load, in long streams. */
export async function fillEventStoreDb(url: string, events: number): Promise<Filled> {
  const client = EventStoreDBClient.connectionString(url)
  const run = Date.now()
  const append = async (n: number, count: number) => {
    const made = Array.from({ length: count }, (_, i) => {
      const { id, type, data, metadata } = benchEvent(n + i)
      return jsonEvent({ id, type, data, metadata: { ...metadata } })
    })
    const inStream = n % PER_STREAM
    return client.appendToStream(`bench-${run}.${Math.floor(n / PER_STREAM)}`, made, {
      expectedRevision: inStream === 0 ? 'no_stream' : BigInt(inStream - 1),
    })
  }
  // One event that is not read, so that there is a position to begin after.
  const { position } = await client.appendToStream(
    `bench-${run}.first`,
    jsonEvent({ type: 'BenchMeasured', data: {} }),
    { expectedRevision: 'no_stream' },
  )
  for (let n = 0; n < events; n += PER_APPEND) await append(n, Math.min(PER_APPEND, events - n))
  await client.dispose()
  if (position === undefined) throw new Error('The server answered an append without a position')
  return { commit: String(position.commit), prepare: String(position.prepare), events }
}
