import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { createCodec } from '#log/codec-of-catalogue.ts'
import type { EventStore, Subscription } from '#log/event-store.ts'
import type { Checkpoint, ProcessCheckpoints } from '#processes/checkpoints.ts'
import { createProcessRunner } from '#processes/create-runner.ts'
import type { Process } from '#processes/process.ts'
import { startNode } from '#test/support/eventstoredb-node/node.ts'
import { testStore } from '#test/support/eventstoredb.ts'
import { InMemoryEventStore } from '#test/support/in-memory-event-store.ts'
import { InMemoryKeyRing } from '#test/support/in-memory-key-ring.ts'
import { newEvents } from '#test/support/new-event.ts'

/** Of one process, in memory. */
class KeptCheckpoint implements ProcessCheckpoints {
  kept: Checkpoint = { position: undefined, state: 'stopped', reason: undefined }

  async own() {
    return {
      position: this.kept.position,
      lost: new AbortController().signal,
      save: async (checkpoint: Checkpoint) => {
        this.kept = checkpoint
      },
      release: async () => {},
    }
  }

  async find() {
    return new Map([['test_process', { ...this.kept, heartbeat: undefined, owner: undefined }]])
  }
}

const watching: Process = { name: 'test_process', types: [], react: async () => {} }

function run(t: Test, store: EventStore, checkpoints: ProcessCheckpoints, warn = () => {}) {
  const codec = createCodec(new InMemoryKeyRing())
  const clock = () => new Date().toISOString()
  const runner = createProcessRunner([watching], { store, codec, checkpoints, clock, warn })
  runner.start()
  t.teardown(() => runner.stop())
  return runner
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(5)
}

t.test(
  'its checkpoint lies beyond the log: it stops for good, now and at each start',
  async (t) => {
    let node = await startNode()
    t.teardown(() => node.stop())
    const store = testStore(t, node.connectionString)
    const { position } = await store.append('sale-main.1', newEvents(20), 'no_stream')
    const checkpoints = new KeptCheckpoint()
    const runner = run(t, store, checkpoints)
    await until(() => checkpoints.kept.position === position)

    node.stop()
    node = await startNode({ port: node.port })
    await store.append('sale-main.1', newEvents(5), 'no_stream')
    const stopped = { state: 'failed', reason: /NotOfThisLog: .* is a place in another log/ }
    await until(async () => (await runner.status())[0]?.state === 'failed')
    t.match(await runner.status(), [stopped])
    t.match(checkpoints.kept, { position, ...stopped })

    checkpoints.kept = { position, state: 'stopped', reason: undefined }
    const again = run(t, store, checkpoints)
    await until(async () => (await again.status())[0]?.state === 'failed')
    t.match(await again.status(), [stopped])
  },
)

/** Cannot be followed at all. */
class BrokenStore extends InMemoryEventStore {
  override subscribe(_: Subscription): never {
    throw new Error('no log here')
  }
}

t.test('an error that repeats is met more and more seldom', async (t) => {
  const metAt: number[] = []
  run(t, new BrokenStore(), new KeptCheckpoint(), () => metAt.push(performance.now()))
  await until(() => metAt.length === 6)
  const [fifth = 0, sixth = 0] = metAt.slice(4)
  t.ok(sixth - fifth >= 300, `then after ${Math.round(sixth - fifth)} ms`)
})
