import streams from '@eventstore/db-client/generated/streams_pb.js'
import type { ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js'
import { errors } from './errors.ts'
import type { Expected, Outcome } from './events.ts'
import { expectedOf, isRefusedName, streamOf } from './protocol.ts'
import type { Store } from './store.ts'

/** How error texts write an expectation. */
const AS_NUMBER = { any: -2, no_stream: -1, stream_exists: -4 }

function failureOf(stream: string, expected: Expected, outcome: Outcome) {
  if (outcome.kind === 'deleted') return errors.deleted(stream)
  if (outcome.kind !== 'wrong_version') return undefined
  const asNumber = typeof expected === 'number' ? expected : AS_NUMBER[expected]
  return errors.wrongVersion(stream, asNumber, outcome.current)
}

const positionOf = (outcome: Outcome): string =>
  String(outcome.kind === 'ok' ? (outcome.position ?? 0) : 0)

export function softDelete(store: Store) {
  return (
    call: ServerUnaryCall<streams.DeleteReq, streams.DeleteResp>,
    answer: sendUnaryData<streams.DeleteResp>,
  ): void => {
    const options = call.request.getOptions() ?? new streams.DeleteReq.Options()
    const stream = streamOf(options.getStreamIdentifier())
    const expected = expectedOf(options, options.getRevision())
    if (isRefusedName(stream)) return answer(errors.thrown())
    const outcome = store.softDelete(stream, expected)
    const failed = failureOf(stream, expected, outcome)
    if (failed) return answer(failed)
    const position = new streams.DeleteResp.Position()
      .setCommitPosition(positionOf(outcome))
      .setPreparePosition(positionOf(outcome))
    answer(null, new streams.DeleteResp().setPosition(position))
  }
}

export function tombstone(store: Store) {
  return (
    call: ServerUnaryCall<streams.TombstoneReq, streams.TombstoneResp>,
    answer: sendUnaryData<streams.TombstoneResp>,
  ): void => {
    const options = call.request.getOptions() ?? new streams.TombstoneReq.Options()
    const stream = streamOf(options.getStreamIdentifier())
    const expected = expectedOf(options, options.getRevision())
    if (isRefusedName(stream)) return answer(errors.thrown())
    const outcome = store.tombstone(stream, expected)
    const failed = failureOf(stream, expected, outcome)
    if (failed) return answer(failed)
    const position = new streams.TombstoneResp.Position()
      .setCommitPosition(positionOf(outcome))
      .setPreparePosition(positionOf(outcome))
    answer(null, new streams.TombstoneResp().setPosition(position))
  }
}
