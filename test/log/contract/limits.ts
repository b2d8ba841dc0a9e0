import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import { MAX_APPEND_BYTES } from '#log/check-append.ts'
import type { InvalidAppendCode } from '#log/errors.ts'
import type { JsonObject, NewEvent } from '#log/event-store.ts'
import { newEvent, newEvents } from '#test/support/new-event.ts'
import { collect, type LogUnderTest, newStream, openedFor } from './log-under-test.ts'

/** Data of exactly so many bytes. */
const ofBytes = (bytes: number): JsonObject => ({ text: 'x'.repeat(bytes - '{"text":""}'.length) })

const invalid = (code: InvalidAppendCode) => ({ name: 'InvalidAppend', code })

export async function whatIsStoredComesBack(t: Test, log: LogUnderTest): Promise<void> {
  const store = await openedFor(t, log)

  await t.test('data and metadata of every kind', async (t) => {
    const stream = newStream()
    const data: JsonObject = {
      names: [
        'سارة',
        'رضا',
        'Zoë',
        '山田',
        '👩‍👩‍👧',
        'a\u0000b',
        '\u2028',
        '\ud800',
        'e\u0301',
        ' ',
      ],
      escapes: '"\\/\b\f\n\r\t\u001f</script>',
      numbers: [0, -1, 0.1, 1e21, Number.MAX_SAFE_INTEGER, 5e-324],
      nothing: null,
      truth: [true, false],
      'odd "key" ü': {},
      $personal: { 'main/c1': 'AAAA' },
      deep: Array.from({ length: 60 }).reduce<JsonObject>((inner) => ({ inner }), { end: [] }),
    }
    const event: NewEvent = {
      ...newEvent(data),
      metadata: {
        organisation: 'main',
        actor: 'مالك',
        recordedAt: '2026-11-21T08:00:00.123456Z',
        occurredOn: '2026-11-20',
        commandId: randomUUID(),
        bodyHash: 'aGFzaA',
        $correlationId: randomUUID(),
        $causationId: randomUUID(),
      },
    }
    const { position } = await store.append(stream, [event], 'no_stream')
    const [stored] = await collect(store.readStream(stream))
    t.strictSame(stored, { ...event, stream, revision: 0, position })
    t.equal(JSON.stringify(stored?.data), JSON.stringify(data), 'in the order in which it was')
  })

  await t.test('names up to their longest, of every printable character', async (t) => {
    const printable = Array.from({ length: 94 }, (_, i) => String.fromCharCode(0x21 + i)).join('')
    const category = newStream().split('-')[0] ?? ''
    for (const id of [printable, 'x'.repeat(200), "a'b\\c--{}$1"]) {
      const stream = `${category}-${id}`
      const event = newEvent({}, `A${'b'.repeat(99)}`)
      await store.append(stream, [event], 'no_stream')
      t.match(await collect(store.readStream(stream)), [{ id: event.id, stream, type: event.type }])
    }
  })

  await t.test('an append of exactly 1 MiB of data', async (t) => {
    for (const events of [
      [newEvent(ofBytes(MAX_APPEND_BYTES))],
      [newEvent(ofBytes(MAX_APPEND_BYTES / 2)), newEvent(ofBytes(MAX_APPEND_BYTES / 2))],
    ]) {
      const stream = newStream()
      await store.append(stream, events, 'no_stream')
      const stored = await collect(store.readStream(stream))
      t.ok(
        stored.length === events.length &&
          stored.every(({ data }, i) => data['text'] === events[i]?.data['text']),
      )
    }
  })
}

export async function whatMayNotBeStoredIsRefused(t: Test, log: LogUnderTest): Promise<void> {
  const store = await openedFor(t, log)
  const stream = newStream()
  await store.append(stream, newEvents(1), 'no_stream')
  const refuses = (t: Test, code: InvalidAppendCode, events: readonly NewEvent[], name = stream) =>
    t.rejects(store.append(name, events, name === stream ? 0 : 'no_stream'), invalid(code))

  await t.test('an append of more than 1 MiB of data, counted in bytes', async (t) => {
    await refuses(t, 'APPEND_TOO_LARGE', [newEvent(ofBytes(MAX_APPEND_BYTES + 1))])
    const halves = [ofBytes(MAX_APPEND_BYTES / 2), ofBytes(MAX_APPEND_BYTES / 2 + 1)]
    await refuses(
      t,
      'APPEND_TOO_LARGE',
      halves.map((data) => newEvent(data)),
    )
    await refuses(t, 'APPEND_TOO_LARGE', [newEvent({ text: 'ü'.repeat(MAX_APPEND_BYTES / 2) })])
    await refuses(t, 'APPEND_EMPTY', [])
  })

  await t.test('bad names of streams', async (t) => {
    const names = ['', '-', 'sale', 'sale-', '-main.1', 'Sale-main.1', '$all', '$$sale-main.1']
    names.push(
      'sale-ü',
      'sale-a b',
      'sale-a\n',
      'sale-\u0000',
      `sale-${'x'.repeat(201)}`,
      'my_sale-1',
    )
    for (const name of names) await refuses(t, 'STREAM_NAME_INVALID', [newEvent()], name)
  })

  await t.test('bad ids and types of events', async (t) => {
    const id = randomUUID()
    const ids = ['', 'x', `${id} `, id.toUpperCase().replace(/\d/g, 'A'), id.replaceAll('-', '')]
    ids.push('00000000-0000-0000-0000-000000000000', `{${id}}`)
    for (const id of ids) await refuses(t, 'EVENT_ID_INVALID', [{ ...newEvent(), id }])
    const types = [
      '',
      'saleRecorded',
      '$Metadata',
      'Sale-Recorded',
      'Säle',
      'Sale ',
      'A'.repeat(101),
    ]
    for (const type of types) {
      await refuses(t, 'EVENT_TYPE_INVALID', [newEvent(), { ...newEvent(), type }])
    }
  })

  await t.test('and nothing of it was written, nor was the store harmed', async (t) => {
    t.equal((await collect(store.readStream(stream))).length, 1)
    t.equal((await store.append(stream, newEvents(1), 0)).revision, 1)
  })
}
