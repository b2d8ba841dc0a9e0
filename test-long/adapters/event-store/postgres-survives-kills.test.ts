import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { EventStore, StoredEvent } from '#log/event-store.ts'
import type { Acknowledged } from '#test/support/append-process.ts'
import { type PrivateLog, privateLog } from '#test/support/private-log.ts'
import { forkWriters } from '#test/support/writers.ts'

const WRITERS = 32

async function wholeLog(store: EventStore): Promise<readonly StoredEvent[]> {
  return (await Array.fromAsync(store.readAll())).flat()
}

/** The log is dense, streams are too, nothing is there twice, and appends are there wholly or not at all. */
function logIsSound(t: Test, log: readonly StoredEvent[]): void {
  t.ok(
    log.every(({ position }, i) => position === `${i + 1}`),
    'positions are dense',
  )
  t.equal(new Set(log.map(({ id }) => id)).size, log.length, 'no event is there twice')
  const streams = Map.groupBy(log, ({ stream }) => stream)
  const broken = [...streams.values()].filter(
    (events) => events.some(({ revision }, i) => revision !== i) || !isWhole(events.length),
  )
  t.strictSame(broken, [], 'streams hold whole appends, one behind the other')
}

/** Writers append one, two, three, one, two, three … events. */
function isWhole(count: number): boolean {
  return count % 6 === 0 || count % 6 === 1 || count % 6 === 3
}

function acknowledgedIsThere(
  t: Test,
  log: readonly StoredEvent[],
  acknowledged: readonly Acknowledged[],
): void {
  const lost = acknowledged.filter(({ stream, from, ids, position }) => {
    const there = log.slice(Number(position) - ids.length, Number(position))
    return !ids.every((id, i) => {
      const event = there[i]
      return event?.id === id && event.stream === stream && event.revision === from + i
    })
  })
  t.strictSame(
    lost,
    [],
    `all of ${acknowledged.length} acknowledged appends are where they were said to be`,
  )
}

/** Follows the log while others write; answers what it saw once the log holds no more. */
function follow(store: EventStore) {
  const stop = new AbortController()
  const seen: StoredEvent[] = []
  let reconnects = 0
  const following = (async () => {
    const onReconnect = (): unknown => (reconnects += 1)
    for await (const { events } of store.subscribe({ signal: stop.signal, onReconnect })) {
      seen.push(...events)
    }
  })()
  return {
    seen,
    reconnects: () => reconnects,
    async upTo(count: number): Promise<void> {
      const end = performance.now() + 120_000
      while (seen.length < count && performance.now() < end) await sleep(20)
      stop.abort()
      await following
    },
  }
}

const ids = (events: readonly StoredEvent[]): readonly string[] => events.map(({ id }) => id)

async function killWriters(t: Test, log: PrivateLog): Promise<void> {
  const store = log.open()
  t.teardown(() => store.close())
  const follower = follow(store)
  const acknowledged: Acknowledged[] = []
  for (let round = 0; round < 12; round++) {
    const writers = await forkWriters(t, log.url, 'sale', WRITERS, 1_000_000)
    writers.start()
    while (writers.acknowledged.length <= WRITERS) await sleep(1)
    await sleep(50 + 37 * round)
    writers.process.kill('SIGKILL')
    await writers.ended
    acknowledged.push(...writers.acknowledged)
    t.ok(
      writers.acknowledged.length > WRITERS,
      `killed after ${writers.acknowledged.length} appends`,
    )
  }
  // What the last ones had sent may still be on its way into the log.
  let head: unknown
  do {
    head = await store.head()
    await sleep(500)
  } while (head !== (await store.head()))
  const stored = await wholeLog(store)
  logIsSound(t, stored)
  acknowledgedIsThere(t, stored, acknowledged)
  await follower.upTo(stored.length)
  t.strictSame(ids(follower.seen), ids(stored), 'a follower saw the log as it is')
  const more = stored.length - acknowledged.reduce((sum, { ids }) => sum + ids.length, 0)
  t.comment(`${stored.length} events, ${more} of them stored without anybody having been told`)
}

async function killServer(t: Test, log: PrivateLog): Promise<void> {
  const appends = 1500
  const store = log.open()
  t.teardown(() => store.close())
  const follower = follow(store)
  const processes = await Promise.all([
    forkWriters(t, log.url, 'sale', WRITERS, appends),
    forkWriters(t, log.url, 'sale', WRITERS, appends),
  ])
  for (const writers of processes) writers.start()
  const told = (): number =>
    processes.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0)
  const total = processes.length * WRITERS * appends
  let kills = 0
  while (kills < 10) {
    const before = told()
    while (told() < before + total / 40) await sleep(1)
    await sleep(kills * 7)
    await log.restart()
    kills += 1
    t.ok(told() < total, `kill ${kills}, after ${told()} of ${total} appends`)
  }
  t.strictSame(await Promise.all(processes.map(({ ended }) => ended)), [0, 0])
  const acknowledged = processes.flatMap(({ acknowledged }) => acknowledged)
  t.equal(acknowledged.length, total, 'every append had its verdict')
  const stored = await wholeLog(store)
  t.equal(stored.length, total * 2, 'and nothing else is stored')
  logIsSound(t, stored)
  acknowledgedIsThere(t, stored, acknowledged)
  await follower.upTo(stored.length)
  t.strictSame(ids(follower.seen), ids(stored), 'a follower saw the log as it is')
  t.ok(follower.reconnects() > 0)
}

t.test('writers are killed in the middle of commits', async (t) => {
  await killWriters(t, await privateLog(t))
})

t.test('the server is killed in the middle of commits', async (t) => {
  await killServer(t, await privateLog(t))
})
