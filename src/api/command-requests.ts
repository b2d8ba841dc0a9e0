import { hash, randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { commandIdOf } from '#commands/command-id.ts'
import type { CommandContext, HandleOptions } from '#commands/handler.ts'
import type { Turn } from '#commands/sequence.ts'
import { Rejection } from '#domain/rejection.ts'
import type { Position } from '#log/event-store.ts'
import type { KeyedHash } from '#log/key-ring.ts'
import { callerOf } from './authentication.ts'
import { ApiError } from './errors.ts'
import { JsonNumber } from './json-body.ts'
import { etagOf, ifMatchOf } from './revisions.ts'

/** What every answer to a command says in its headers. */
export interface AnsweredCommand {
  readonly revision: number
  readonly position: Position | undefined
  readonly replayed: boolean
}

/** What a command may ask of its request: one of its own, or its place in a bulk. */
export type CommandRequest = Pick<
  FastifyRequest,
  'id' | 'method' | 'url' | 'headers' | 'getDecorator'
>
/** What a command may say in its answer. */
export type CommandReply = Pick<FastifyReply, 'header'>

/** How the domain's names of fields are written in this request, where they differ. */
export type FieldNames = Readonly<Record<string, string>>

/**
 * Runs an operation for a request: makes its context, keeps a repeat out while the first is at work,
 * and puts what came of it into the answer's headers.
 */
export type RunCommand = <Outcome extends AnsweredCommand>(
  request: CommandRequest,
  reply: CommandReply,
  operate: (context: CommandContext, options: HandleOptions) => Promise<Outcome>,
  fieldNames?: FieldNames,
) => Promise<Outcome>

export interface CommandRequestDeps {
  readonly keyedHash: KeyedHash
  /** UTC instant. */
  readonly clock: () => string
  /** Commands at work at once; beyond it callers are told to come back. */
  readonly commandsWaiting: number
}

interface RequestIdentity {
  readonly commandId: string
  readonly bodyHash?: string
}

const KEY = /^[\x21-\x7e]{1,255}$/
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

export function commandRequests(app: FastifyInstance, deps: CommandRequestDeps): RunCommand {
  /** Body hashes by command. */
  const atWork = new Map<string, string | undefined>()
  app.decorateRequest('sentBody', undefined)
  app.decorateRequest('turn', undefined)
  // Before zod makes something else of it: the body counts as it was sent.
  app.addHook('preValidation', async (request) => {
    if (request.headers['idempotency-key'] === undefined) return
    request.setDecorator('sentBody', hashOfSent(request.body))
  })

  return async (request, reply, operate, fieldNames) => {
    const identity = identityOf(request, deps.keyedHash)
    const options = ifMatchOf(request)
    if (atWork.has(identity.commandId)) {
      const same = atWork.get(identity.commandId) === identity.bodyHash
      throw new ApiError(same ? 'IDEMPOTENCY_IN_FLIGHT' : 'IDEMPOTENCY_KEY_REUSED')
    }
    if (atWork.size >= deps.commandsWaiting) throw new ApiError('TOO_BUSY')
    atWork.set(identity.commandId, identity.bodyHash)
    try {
      const { organisation, actor, role, sessionId } = callerOf(request)
      const correlationId = correlationOf(request)
      const now = deps.clock()
      const turn = request.getDecorator<Turn | undefined>('turn')
      const context: CommandContext = {
        organisation,
        actor,
        role,
        sessionId,
        ...identity,
        correlationId,
        now,
        ...(turn !== undefined && { turn }),
      }
      const outcome = await named(operate(context, options), fieldNames)
      if (outcome.position !== undefined) reply.header('daybook-position', outcome.position)
      if (outcome.replayed) reply.header('idempotency-replayed', 'true')
      reply.header('etag', etagOf(outcome.revision))
      return outcome
    } finally {
      atWork.delete(identity.commandId)
    }
  }
}

export function hashOfSent(body: unknown): string {
  return hash('sha256', canonical(body), 'base64url')
}

function identityOf(request: CommandRequest, keyedHash: KeyedHash): RequestIdentity {
  const key = request.headers['idempotency-key']
  if (key === undefined) return { commandId: randomUUID() }
  if (typeof key !== 'string' || !KEY.test(key)) throw new ApiError('IDEMPOTENCY_KEY_INVALID')
  const { organisation, actor } = callerOf(request)
  const route = `${request.method} ${pathOf(request)}`
  const sent = request.getDecorator<string>('sentBody')
  return {
    commandId: commandIdOf({ organisation, actor, route, key }),
    bodyHash: keyedHash('bodyHash', organisation, route, sent),
  }
}

/** The path of a request, without its query. */
export function pathOf(request: Pick<FastifyRequest, 'url'>): string {
  return request.url.split('?', 1)[0] ?? ''
}

/** Only a UUID of the caller's is taken: nothing personal may stand in an event's metadata. */
function correlationOf(request: CommandRequest): string {
  const sent = request.headers['x-correlation-id']
  return typeof sent === 'string' && UUID.test(sent) ? sent.toLowerCase() : request.id
}

async function named<T>(outcome: Promise<T>, names: FieldNames = {}): Promise<T> {
  try {
    return await outcome
  } catch (error) {
    if (!(error instanceof Rejection) || error.field === undefined) throw error
    const name = names[error.field]
    if (name === undefined) throw error
    throw new Rejection(error.code, error.facts, name)
  }
}

/** The same text for bodies that differ in nothing but spaces and the order of their fields. */
function canonical(value: unknown): string {
  if (value instanceof JsonNumber) return value.text
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? ''
  const fields = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(',')}}`
}
