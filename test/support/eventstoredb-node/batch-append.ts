import codes from '@eventstore/db-client/generated/code_pb.js'
import shared from '@eventstore/db-client/generated/shared_pb.js'
import statuses from '@eventstore/db-client/generated/status_pb.js'
import streams from '@eventstore/db-client/generated/streams_pb.js'
import type { ServerDuplexStream } from '@grpc/grpc-js'
import type { Message } from 'google-protobuf'
import any from 'google-protobuf/google/protobuf/any_pb.js'
import empty from 'google-protobuf/google/protobuf/empty_pb.js'
import { errors } from './errors.ts'
import type { Expected, Outcome, ProposedEvent } from './events.ts'
import { requiresLeader } from './gate.ts'
import type { Membership } from './membership.ts'
import {
  expectedOf,
  identifierOf,
  isRefusedName,
  MAX_APPEND_BYTES,
  proposedOf,
  streamOf,
  uuidOf,
  WRITE_TIMEOUT_MS,
} from './protocol.ts'

/** An append that is arriving in pieces. */
interface Arriving {
  readonly stream: string
  readonly expected: Expected
  readonly expectedRevision: string
  readonly deadline: number
  readonly events: ProposedEvent[]
  bytes: number
}

/** A refusal: a `google.rpc.Status` with its details packed. */
function refusal(code: codes.Code, type: string, details: Message): statuses.Status {
  const packed = new any.Any()
  packed.pack(details.serializeBinary(), `event_store.client.${type}`)
  return new statuses.Status().setCode(code).setMessage(type).setDetails(packed)
}

const badRequest = () =>
  refusal(codes.Code.INVALID_ARGUMENT, 'BadRequest', new shared.BadRequest().setMessage('refused'))
const timeout = () => refusal(codes.Code.DEADLINE_EXCEEDED, 'Timeout', new shared.Timeout())
const tooLarge = () =>
  refusal(
    codes.Code.INVALID_ARGUMENT,
    'MaximumAppendSizeExceeded',
    new shared.MaximumAppendSizeExceeded().setMaxappendsize(MAX_APPEND_BYTES),
  )
/** Has no type of its own among the errors, unlike the others. */
const notReady = () => {
  const packed = new any.Any()
  packed.pack(new empty.Empty().serializeBinary(), 'google.protobuf.Empty')
  return new statuses.Status().setMessage('Server Is Not Ready').setDetails(packed)
}
const deleted = (stream: string) =>
  refusal(
    codes.Code.NOT_FOUND,
    'StreamDeleted',
    new shared.StreamDeleted().setStreamIdentifier(identifierOf(stream)),
  )

function wrongVersion(append: Arriving, current: number): statuses.Status {
  const details = new shared.WrongExpectedVersion()
  if (current < 0) details.setCurrentNoStream(new empty.Empty())
  else details.setCurrentStreamRevision(String(current))
  if (append.expected === 'no_stream') details.setExpectedNoStream(new empty.Empty())
  else if (append.expected === 'stream_exists') details.setExpectedStreamExists(new empty.Empty())
  else if (append.expected === 'any') details.setExpectedAny(new empty.Empty())
  else details.setExpectedStreamPosition(append.expectedRevision)
  return refusal(codes.Code.ALREADY_EXISTS, 'WrongExpectedVersion', details)
}

function success(outcome: Outcome & { kind: 'ok' }): streams.BatchAppendResp.Success {
  const answer = new streams.BatchAppendResp.Success()
  if (outcome.revision < 0) answer.setNoStream(new empty.Empty())
  else answer.setCurrentRevision(String(outcome.revision))
  if (outcome.position === undefined) return answer.setNoPosition(new empty.Empty())
  const position = new shared.AllStreamPosition()
    .setCommitPosition(String(outcome.position))
    .setPreparePosition(String(outcome.position))
  return answer.setPosition(position)
}

function begin(options: streams.BatchAppendReq.Options): Arriving {
  const deadline = options.getDeadline()
  return {
    stream: streamOf(options.getStreamIdentifier()),
    expected: expectedOf(options, options.getStreamPosition()),
    expectedRevision: options.getStreamPosition(),
    deadline: deadline ? deadline.getSeconds() * 1000 + deadline.getNanos() / 1e6 : Infinity,
    events: [],
    bytes: 0,
  }
}

/** Takes one piece in. Answers the refusal when it cannot be part of an append. */
function take(append: Arriving, request: streams.BatchAppendReq): statuses.Status | undefined {
  const events = request.getProposedMessagesList().map(proposedOf)
  if (events.includes(undefined) || isRefusedName(append.stream)) return badRequest()
  for (const event of events.filter((event) => event !== undefined)) {
    append.bytes += event.data.length
    append.events.push(event)
  }
  if (Date.now() > append.deadline) return timeout()
  return append.bytes > MAX_APPEND_BYTES ? tooLarge() : undefined
}

type Call = ServerDuplexStream<streams.BatchAppendReq, streams.BatchAppendResp>

/** Many appends over one long-lived stream, each answered by its correlation id. */
export function batchAppend(membership: Membership): (call: Call) => void {
  return (call) => {
    const onlyLeader = requiresLeader(call.metadata)
    const arriving = new Map<string, Arriving>()
    call.on('data', (request: streams.BatchAppendReq) => {
      const correlation = uuidOf(request.getCorrelationId())
      const options = request.getOptions()
      const append = options ? begin(options) : arriving.get(correlation)
      if (!append) return // A later piece of what was refused already.
      arriving.set(correlation, append)

      const response = new streams.BatchAppendResp()
        .setCorrelationId(request.getCorrelationId())
        .setStreamIdentifier(identifierOf(append.stream))
      const refused = take(append, request)
      if (refused || request.getIsFinal()) arriving.delete(correlation)
      if (refused) {
        call.write(response.setError(refused))
        return
      }
      if (!request.getIsFinal()) return

      const standing = membership.standing()
      const fate = membership.fate()
      if (standing === 'silent' || fate === 'lost') return
      if (standing === 'not_ready') {
        call.write(response.setError(notReady()))
        return
      }
      if (standing === 'follower' && onlyLeader) {
        // Breaks the call, with all that waits on it.
        call.emit('error', errors.notLeader(membership.leader()))
        return
      }
      const writesTo = membership.writesTo()
      const outcome = writesTo?.append(append.stream, append.expected, append.events)
      if (!outcome || outcome.kind === 'silent' || fate === 'unanswered') return
      if (outcome.kind === 'late') {
        setTimeout(() => call.write(response.setError(timeout())), WRITE_TIMEOUT_MS)
        return
      }
      if (outcome.kind === 'ok') response.setSuccess(success(outcome))
      else if (outcome.kind === 'deleted') response.setError(deleted(append.stream))
      else response.setError(wrongVersion(append, outcome.current))
      call.write(response)
    })
    call.on('end', () => call.end())
    call.on('error', () => {})
  }
}
