import shared from '@eventstore/db-client/generated/shared_pb.js'
import streams from '@eventstore/db-client/generated/streams_pb.js'
import type { ServerReadableStream, sendUnaryData } from '@grpc/grpc-js'
import { errors } from './errors.ts'
import type { Outcome, ProposedEvent } from './events.ts'
import {
  expectedOf,
  isRefusedName,
  MAX_APPEND_BYTES,
  proposedOf,
  streamOf,
  WRITE_TIMEOUT_MS,
} from './protocol.ts'
import type { Store } from './store.ts'

function success(outcome: Outcome & { kind: 'ok' }): streams.AppendResp {
  const answer = new streams.AppendResp.Success()
  if (outcome.revision < 0) answer.setNoStream(new shared.Empty())
  else answer.setCurrentRevision(String(outcome.revision))
  if (outcome.position === undefined) {
    return new streams.AppendResp().setSuccess(answer.setNoPosition(new shared.Empty()))
  }
  const position = new streams.AppendResp.Position()
    .setCommitPosition(String(outcome.position))
    .setPreparePosition(String(outcome.position))
  return new streams.AppendResp().setSuccess(answer.setPosition(position))
}

/** Stands in the body here, unlike every other refusal. */
function wrongVersion(options: streams.AppendReq.Options, current: number): streams.AppendResp {
  const answer = new streams.AppendResp.WrongExpectedVersion()
  const expected = expectedOf(options, options.getRevision())
  if (expected === 'no_stream') answer.setExpectedNoStream(new shared.Empty())
  else if (expected === 'stream_exists') answer.setExpectedStreamExists(new shared.Empty())
  else if (expected === 'any') answer.setExpectedAny(new shared.Empty())
  else answer.setExpectedRevision(options.getRevision())
  if (current < 0) answer.setCurrentNoStream(new shared.Empty())
  else answer.setCurrentRevision(String(current))
  return new streams.AppendResp().setWrongExpectedVersion(answer)
}

type Call = ServerReadableStream<streams.AppendReq, streams.AppendResp>

/** One append per call: the way of clients that send credentials with a call, and of old ones. */
export function append(
  store: Store,
): (call: Call, answer: sendUnaryData<streams.AppendResp>) => void {
  return (call, callback) => {
    let options: streams.AppendReq.Options | undefined
    const events: ProposedEvent[] = []
    let bytes = 0
    let answered = false
    const answer: typeof callback = (...outcome) => {
      if (!answered) callback(...outcome)
      answered = true
    }
    call.on('data', (request: streams.AppendReq) => {
      if (answered) return
      const message = request.getProposedMessage()
      if (!message) {
        options = request.getOptions()
        return
      }
      const event = proposedOf(message)
      if (!event) return answer(errors.thrown())
      bytes += event.data.length
      if (bytes > MAX_APPEND_BYTES) return answer(errors.tooLarge(MAX_APPEND_BYTES))
      events.push(event)
    })
    call.on('end', () => {
      if (answered || !options) return
      const stream = streamOf(options.getStreamIdentifier())
      if (isRefusedName(stream)) return answer(errors.thrown())
      const outcome = store.append(stream, expectedOf(options, options.getRevision()), events)
      switch (outcome.kind) {
        case 'ok':
          return answer(null, success(outcome))
        case 'wrong_version':
          return answer(null, wrongVersion(options, outcome.current))
        case 'deleted':
          return answer(errors.deleted(stream))
        case 'late':
          setTimeout(() => answer(errors.timedOut()), WRITE_TIMEOUT_MS)
          return
        case 'silent':
          return
      }
    })
    call.on('error', () => {
      answered = true
    })
  }
}
