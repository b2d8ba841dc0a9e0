import { createHash } from 'node:crypto'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { PostgresEventStore } from '#adapters/event-store/postgres/postgres-event-store.ts'
import { appendInOrder } from '#log/append-in-order.ts'
import { MAX_APPEND_BYTES } from '#log/check-append.ts'
import type { EventStore } from '#log/event-store.ts'
import { exportLog, summariseLog } from '#log/export.ts'
import { importLog } from '#log/import.ts'
import { testDatabase } from '#test/support/database.ts'
import { testNode, testStore } from '#test/support/eventstoredb.ts'
import { InMemoryEventStore } from '#test/support/in-memory-event-store.ts'
import { newEvent } from '#test/support/new-event.ts'

async function postgres(t: Test): Promise<PostgresEventStore> {
  const { database } = await testDatabase(t)
  const store = new PostgresEventStore({ database })
  t.teardown(() => store.close())
  return store
}

async function* history(streams: number, events: number) {
  const revisions = new Map<string, number>()
  for (let i = 0; i < events; i++) {
    const stream = `sale-main.${(i * i * 7 + (i % 5)) % streams}`
    const revision = (revisions.get(stream) ?? -1) + 1
    revisions.set(stream, revision)
    yield {
      ...newEvent({ i, text: 'سارة 😀 \ud800 \u0000', b: null, 'a "b"': [1.5] }),
      stream,
      revision,
    }
  }
}

async function textOf(store: EventStore): Promise<string> {
  return (await Array.fromAsync(exportLog(store))).join('')
}

/** Like a file: in pieces that end anywhere. */
async function* bytesOf(text: string, size = 10_007) {
  const bytes = Buffer.from(text)
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size)
}

const bare = async (store: EventStore) =>
  (await Array.fromAsync(store.readAll()))
    .flat()
    .map((event) => ({ ...event, position: undefined }))

t.test('from one database into a fresh one', async (t) => {
  const from = await postgres(t)
  const into = await postgres(t)
  await appendInOrder(from, history(170, 3000))
  const text = await textOf(from)
  const progress: number[] = []
  const imported = await importLog(into, bytesOf(text), { onProgress: (n) => progress.push(n) })
  t.match(imported, { count: 3000, alreadyThere: 0, sha256: /^[0-9a-f]{64}$/ })
  t.strictSame(await bare(into), await bare(from), 'the same events in the same order')
  t.equal(await textOf(into), text, 'and the same export')
  t.strictSame(await into.head(), '3000')
  t.ok(progress.length > 5 && progress.at(-1) === 3000)
  t.match(await importLog(into, bytesOf(text)), { alreadyThere: 3000 }, 'again: nothing changes')
  t.equal(await textOf(into), text)
})

t.test('into EventStoreDB and back', async (t) => {
  const from = await postgres(t)
  const { connectionString } = await testNode(t)
  const between = testStore(t, connectionString)
  const back = await postgres(t)
  await appendInOrder(from, history(40, 700))
  const text = await textOf(from)
  await importLog(between, bytesOf(text))
  t.equal(await textOf(between), text, 'the same export')
  await importLog(back, exportLog(between))
  t.strictSame(await summariseLog(back), await summariseLog(from))
})

t.test('events as large as can be, and many in a row', async (t) => {
  const from = await postgres(t)
  const large = (): ReturnType<typeof newEvent> =>
    newEvent({ text: 'x'.repeat(MAX_APPEND_BYTES - '{"text":""}'.length) })
  await from.append('sale-main.1', [large()], 'no_stream')
  await from.append('sale-main.1', [large()], 0)
  const many = Array.from({ length: 1200 }, () => newEvent({ text: 'x'.repeat(800) }))
  await from.append('sale-main.2', many, 'no_stream')
  const into = await postgres(t)
  t.match(await importLog(into, exportLog(from)), { count: 1202 })
  t.strictSame(await summariseLog(into), await summariseLog(from))
})

t.test('an import that was interrupted goes on', async (t) => {
  const from = new InMemoryEventStore()
  await appendInOrder(from, history(20, 900))
  const text = await textOf(from)
  const into = await postgres(t)
  async function* interrupted() {
    yield text.slice(0, text.length / 2)
    throw new Error('the disk was pulled out')
  }
  await t.rejects(importLog(into, interrupted()), { message: 'the disk was pulled out' })
  const there = Number(await into.head())
  t.ok(there > 100 && there < 900, `${there} events were there`)
  t.match(await importLog(into, bytesOf(text)), { count: 900, alreadyThere: there })
  t.equal(await textOf(into), text)
})

t.test('a log that holds anything else is left alone', async (t) => {
  const from = new InMemoryEventStore()
  await appendInOrder(from, history(5, 20))
  const text = await textOf(from)
  const refused = {
    name: 'ImportRefused',
    message: /not empty, and its event 1 .* Import into an empty/,
  }
  const other = new InMemoryEventStore()
  await other.append('sale-main.1', [newEvent()], 'no_stream')
  await t.rejects(importLog(other, bytesOf(text)), refused)
  t.equal(other.log.length, 1)
  const longer = new InMemoryEventStore()
  await importLog(longer, bytesOf(text))
  await longer.append('sale-main.new', [newEvent()], 'no_stream')
  await t.rejects(importLog(longer, bytesOf(text)), {
    name: 'ImportRefused',
    message: /its event 21/,
  })
})

t.test('somebody else who writes meanwhile is noticed', async (t) => {
  const from = new InMemoryEventStore()
  await appendInOrder(from, history(5, 20))
  const lines = (await textOf(from)).split(/(?<=\n)/)
  const disturbed = (store: EventStore, stream: string) =>
    (async function* () {
      yield lines.slice(0, 15).join('')
      await store.append(stream, [newEvent()], 'no_stream')
      yield lines.slice(15).join('')
    })()
  const into = new InMemoryEventStore()
  await t.rejects(importLog(into, disturbed(into, 'sale-main.foreign')), {
    name: 'ImportRefused',
    message: /another history/,
  })
})

t.test('a file that was changed anywhere is noticed', async (t) => {
  const from = new InMemoryEventStore()
  await appendInOrder(from, history(3, 6))
  const bytes = Buffer.from(await textOf(from))
  const importing = async (changed: Uint8Array): Promise<string> => {
    async function* input() {
      yield changed
    }
    try {
      await importLog(new InMemoryEventStore(), input())
      return 'imported'
    } catch (error) {
      return error instanceof Error ? error.name : 'odd'
    }
  }
  t.equal(await importing(bytes), 'imported')
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, by) => {
      const changed = Buffer.from(bytes)
      changed[at] = ((changed[at] ?? 0) + by) % 256
      return (await importing(changed)) === 'BrokenFile'
    }),
    { numRuns: 500, examples: [[bytes.length - 1, 3]] },
  )
  const lines = bytes.toString().split(/(?<=\n)/)
  const [header = '', first = '', second = ''] = lines
  for (const [what, changed, message] of [
    ['cut off', lines.slice(0, -1), /Line 7: the file ends here/],
    ['cut off in a line', [...lines.slice(0, 3), 'x'], /Line 4: /],
    ['one line less', lines.toSpliced(2, 1), /Line 3: event 3 stands where 2 should/],
    ['one line twice', lines.toSpliced(2, 0, second), /stands where/],
    ['two lines changed over', lines.toSpliced(1, 2, second, first), /stands where/],
    ['empty', [], /Line 0: the file ends here/],
    ['the header alone', [header], /Line 1: the file ends here/],
    [
      'of a later version',
      [header.replace('1}', '2}'), ...lines.slice(1)],
      /version 2; .* reads 1/,
    ],
    ['something else', ['a,b\n', ...lines.slice(1)], /Line 1: it is no JSON/],
  ] as const) {
    const importing = importLog(new InMemoryEventStore(), bytesOf(changed.join('')))
    await t.rejects(importing, { name: 'BrokenFile', message }, what)
  }
})

t.test('an empty log is exported too', async (t) => {
  const text = await textOf(new InMemoryEventStore())
  t.match(await importLog(new InMemoryEventStore(), bytesOf(text)), { count: 0 })
})

t.test('its hash is what sha256sum says of it', async (t) => {
  const from = new InMemoryEventStore()
  await from.append('sale-main.1', [newEvent()], 'no_stream')
  const text = await textOf(from)
  const above = text
    .split(/(?<=\n)/)
    .slice(0, -1)
    .join('')
  t.equal((await summariseLog(from)).sha256, createHash('sha256').update(above).digest('hex'))
})
