import { fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { EventStoreDbEventStore } from '#adapters/event-store/eventstoredb/eventstoredb-event-store.ts'
import { type ClusterOptions, TestCluster } from './eventstoredb-node/cluster.ts'
import { type NodeOptions, startNode, type TestNode } from './eventstoredb-node/node.ts'
import { firstMessage } from './first-message.ts'

/** What of a tap test is needed here. */
interface Teardown {
  teardown(run: () => void | Promise<void>): void
}

/** Where a server of the user's own is, for tests that can run against it. */
export const realServer: string | undefined = process.env['EVENTSTOREDB_URL']

/** A node in this process, without a memory of its own; ends with the test. */
export async function testNode(t: Teardown, options: NodeOptions = {}): Promise<TestNode> {
  const node = await startNode(options)
  t.teardown(() => node.stop())
  return node
}

/** A cluster in this process; ends with the test. */
export async function testCluster(t: Teardown, options: ClusterOptions = {}): Promise<TestCluster> {
  const cluster = await TestCluster.start(options)
  t.teardown(() => cluster.stop())
  return cluster
}

type Certificate = 'ca' | 'other-ca' | 'node' | 'other-name' | 'expired'

/** The path of a certificate that only the tests know: see the README beside it. */
export const certificateFile = (name: Certificate): string =>
  new URL(`./eventstoredb-node/certificates/${name}.crt`, import.meta.url).pathname

/** What a node speaks TLS with. */
export const tlsOf = (name: Certificate) => ({
  certificate: readFileSync(certificateFile(name)),
  key: readFileSync(new URL('./eventstoredb-node/certificates/test-only.key', import.meta.url)),
})

export function testStore(
  t: Teardown,
  connectionString: string,
  deadlineMs = 15_000,
): EventStoreDbEventStore {
  const store = new EventStoreDbEventStore({ connectionString, deadlineMs })
  t.teardown(() => store.close())
  return store
}

/** A node in a process of its own, which can be killed and started again with its history. */
export interface NodeProcess {
  readonly connectionString: string
  /** As kill -9 does. Resolves when it is gone. */
  kill(): Promise<void>
  /** Resolves when it answers again, at the same address. */
  start(): Promise<void>
}

const MAIN = new URL('./eventstoredb-node/main.ts', import.meta.url).pathname

async function forkNode(port: number, file: string) {
  const child = fork(MAIN, ['--port', String(port), '--file', file], {
    // What instruments the test shall not slow the node.
    execArgv: [],
    env: { PATH: process.env['PATH'] ?? '' },
  })
  return { child, port: Number(await firstMessage(child)) }
}

export async function nodeProcess(t: Teardown): Promise<NodeProcess> {
  const file = path.join(tmpdir(), `eventstoredb-node-${randomUUID()}.ndjson`)
  let { child, port } = await forkNode(0, file)
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  t.teardown(async () => {
    await kill()
    await rm(file, { force: true })
  })
  return {
    connectionString: `esdb://127.0.0.1:${port}?tls=false`,
    kill,
    async start() {
      // A client that looks for it may hold its port for a moment.
      for (let attempt = 1; ; attempt += 1) {
        try {
          ;({ child } = await forkNode(port, file))
          return
        } catch (error) {
          if (attempt === 50) throw error
          await sleep(100)
        }
      }
    },
  }
}
