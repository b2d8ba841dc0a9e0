import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { EventStore, StoredEvent } from '#log/event-store.ts'
import { testNode, testStore } from '#test/support/eventstoredb.ts'
import { newEvent } from '#test/support/new-event.ts'

/** Appends events of these sizes to one stream; answers their ids. */
async function appendSizes(store: EventStore, sizes: readonly number[]) {
  const events = sizes.map((size) => newEvent({ text: 'x'.repeat(size) }))
  for (let i = 0; i < events.length; i += 15) {
    await store.append('sale-main.1', events.slice(i, i + 15), i === 0 ? 'no_stream' : i - 1)
  }
  return events.map(({ id }) => id)
}

const sizes = (count: number, size: number): readonly number[] =>
  Array.from({ length: count }, () => size)

const idsOf = (pages: readonly (readonly StoredEvent[])[]) => pages.flat().map(({ id }) => id)

t.test('pages shrink where events are large, and nothing is missed', async (t) => {
  const node = await testNode(t)
  const store = testStore(t, node.connectionString)
  const large = sizes(150, 60_000)
  const ids = await appendSizes(store, [...large, ...sizes(500, 10), ...large])
  for (const direction of ['forwards', 'backwards'] as const) {
    const expected = direction === 'forwards' ? ids : ids.toReversed()
    for (const read of [
      store.readAll({ direction }),
      store.readStream('sale-main.1', { direction }),
    ]) {
      const pages = await Array.fromAsync(read)
      t.strictSame(idsOf(pages), expected)
      t.ok((pages[1]?.length ?? 0) < 80, 'some 4 MB')
      t.ok(
        pages.some((page) => page.length > 200),
        'small events go many at a time',
      )
    }
  }
  t.equal(
    (await store.readMany(ids.map((_, revision) => ({ stream: 'sale-main.1', revision })))).length,
    ids.length,
  )
  t.strictSame(idsOf(await Array.fromAsync(store.readAll({ maxCount: 7 }))), ids.slice(0, 7))
})

/** A way to a server by which answers come slowly. */
async function slowLine(t: Test, port: number): Promise<number> {
  const sockets: Socket[] = []
  const join = async (near: Socket): Promise<void> => {
    const far = connect(port, '127.0.0.1')
    for (const socket of [near, far]) sockets.push(socket.on('error', () => {}))
    near.pipe(far)
    for await (const chunk of far) {
      near.write(chunk)
      await sleep(50)
    }
  }
  const server = createServer((near) => {
    join(near).catch(() => near.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

t.test('a page that takes longer than a call may wait is read, as long as it comes', async (t) => {
  const node = await testNode(t)
  const ids = await appendSizes(testStore(t, node.connectionString), sizes(80, 60_000))
  const port = await slowLine(t, node.port)
  const store = testStore(t, `esdb://127.0.0.1:${port}?tls=false`, 1500)
  t.strictSame(idsOf(await Array.fromAsync(store.readStream('sale-main.1'))), ids)
})
