import shared from '@eventstore/db-client/generated/shared_pb.js'
import statuses from '@eventstore/db-client/generated/status_pb.js'
import streams from '@eventstore/db-client/generated/streams_pb.js'
import type { Message } from 'google-protobuf'
import any from 'google-protobuf/google/protobuf/any_pb.js'
import t from 'tap'
import { appendedOf, appendRequests } from '#adapters/event-store/eventstoredb/append-messages.ts'
import { testNode, testStore } from '#test/support/eventstoredb.ts'
import { newEvent, newEvents } from '#test/support/new-event.ts'

const append = { stream: 'sale-main.1', events: [newEvent()], texts: ['{}'], expected: 3 } as const

function refusedAs(type: string, details: Message): streams.BatchAppendResp {
  const packed = new any.Any()
  packed.pack(details.serializeBinary(), `event_store.client.${type}`)
  const status = new statuses.Status().setMessage('Server Is Not Ready').setDetails(packed)
  return new streams.BatchAppendResp().setError(status)
}

t.test('what an answer means', async (t) => {
  const failure = (type: string, details: Message): unknown => {
    try {
      return appendedOf(refusedAs(type, details), append)
    } catch (error) {
      return error
    }
  }
  const elsewhere = new shared.WrongExpectedVersion().setCurrentStreamRevision('7')
  const wrong = { name: 'WrongExpectedRevision', stream: append.stream, expected: 3 }
  t.match(failure('WrongExpectedVersion', elsewhere), { ...wrong, actual: 7 })
  t.match(failure('WrongExpectedVersion', new shared.WrongExpectedVersion()), { actual: -1 })
  t.match(failure('MaximumAppendSizeExceeded', new shared.MaximumAppendSizeExceeded()), {
    name: 'InvalidAppend',
    code: 'APPEND_TOO_LARGE',
  })
  t.match(failure('StreamDeleted', new shared.StreamDeleted()), {
    name: 'LogDamaged',
    message: 'The log is damaged: stream sale-main.1 was truncated or deleted in EventStoreDB',
  })
  t.match(failure('AccessDenied', new shared.AccessDenied()), { type: 'access-denied' })
  t.match(failure('Timeout', new shared.Timeout()), { name: 'NoVerdict' })
  t.match(failure('Unknown', new shared.Unknown()), { name: 'NoVerdict', message: /Not Ready/ })
  t.throws(() => appendedOf(new streams.BatchAppendResp(), append), { name: 'NoVerdict' })

  const at = (revision: number) => {
    const position = new shared.AllStreamPosition().setCommitPosition('9').setPreparePosition('9')
    const success = new streams.BatchAppendResp.Success()
      .setCurrentRevision(String(revision))
      .setPosition(position)
    return new streams.BatchAppendResp().setSuccess(success)
  }
  t.strictSame(appendedOf(at(4), append), { revision: 4, position: '9:9' })
  t.throws(() => appendedOf(at(11), append), { name: 'LogDamaged' }, 'not after what it expected')
})

t.test('an append longer than a message goes in pieces and is written as one', async (t) => {
  const events = newEvents(4000).map((event) => ({
    ...event,
    metadata: { ...event.metadata, bodyHash: 'h'.repeat(800) },
  }))
  const texts = events.map((event) => JSON.stringify(event.data))
  const pieces = appendRequests('c', { ...append, events, texts })
  t.ok(pieces.length > 1)
  t.strictSame(
    pieces.map((piece) => piece.getIsFinal()),
    pieces.map((_, i) => i === pieces.length - 1),
  )
  const node = await testNode(t)
  const store = testStore(t, node.connectionString)
  await store.append('sale-main.1', events, 'no_stream')
  const stored = (await Array.fromAsync(store.readStream('sale-main.1'))).flat()
  t.strictSame(
    stored.map((event) => event.id),
    events.map((event) => event.id),
  )
})
