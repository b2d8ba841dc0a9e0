import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Turn } from '#commands/sequence.ts'
import { admit, type Caller } from '../authentication.ts'
import type { Asked, CommandOrder } from '../command-order.ts'
import { type CommandReply, type CommandRequest, hashOfSent } from '../command-requests.ts'
import { ApiError } from '../errors.ts'
import { refuseUnstorableText } from '../json-requests.ts'
import type { Route, RouteTable } from './route-table.ts'

/** A command as it stands in a bulk. */
export interface SentCommand {
  readonly method: string
  readonly path: string
  readonly idempotencyKey: string
  readonly ifMatch?: string | undefined
  readonly body?: unknown
}

/** Whose bulk it is. */
export interface BulkRequest extends Pick<CommandRequest, 'id' | 'headers'> {
  readonly caller: Caller
}

/** What the command's own route answered. */
export interface Accepted {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** The JSON text of its envelope. */
  readonly body: string
}

/** A command that its route has accepted so far: addressed, allowed, and parsed by its schemas. */
export interface BulkCommand {
  readonly order: CommandOrder | undefined
  readonly asked: Asked
  /** @throws whatever its route throws */
  run(turn: Turn | undefined): Promise<Accepted>
}

/**
 * Does for a command of a bulk what the app does for a request before its route is called.
 *
 * @throws ApiError ROUTE_UNKNOWN, COMMAND_EXPECTED, FORBIDDEN, REQUEST_INVALID
 */
export function readCommand(routes: RouteTable, bulk: BulkRequest, sent: SentCommand): BulkCommand {
  const { method, path, body = {} } = sent
  const found = routes.find(method, path)
  if (found === undefined) throw new ApiError('ROUTE_UNKNOWN', { method, path })
  const { route } = found
  if (!isCommand(route)) throw new ApiError('COMMAND_EXPECTED', { method, path })
  const request = new Request(bulk, sent)
  admit(request, bulk.caller, route.permission)
  refuseUnstorableText('body', body)
  refuseUnstorableText('path', found.params)
  request.sentBody = hashOfSent(body)
  request.params = route.parse('params', found.params)
  request.body = route.parse('body', body)
  return {
    order: route.order,
    asked: request,
    run(turn) {
      request.turn = turn
      return called(route, request)
    },
  }
}

/** What records what happened, and is no bulk itself. */
function isCommand({ permission, method, isBulk }: Route): boolean {
  const writes = ['write', 'administer', 'erase'].includes(permission)
  return writes && !['GET', 'HEAD'].includes(method) && !isBulk
}

function headersOf({ headers }: BulkRequest, sent: SentCommand): CommandRequest['headers'] {
  const correlation = headers['x-correlation-id']
  return {
    'idempotency-key': sent.idempotencyKey,
    ...(sent.ifMatch !== undefined && { 'if-match': sent.ifMatch }),
    ...(correlation !== undefined && { 'x-correlation-id': correlation }),
  }
}

/** A command as its route sees it: what it would find in a request of its own. */
class Request implements CommandRequest, Asked {
  readonly id: string
  readonly method: string
  readonly url: string
  readonly headers: CommandRequest['headers']
  params: Asked['params'] = {}
  body: Asked['body'] = {}
  sentBody = ''
  turn: Turn | undefined

  constructor(bulk: BulkRequest, sent: SentCommand) {
    this.id = bulk.id
    this.method = sent.method
    this.url = sent.path
    this.headers = headersOf(bulk, sent)
  }

  /** What hooks noted of a request. */
  getDecorator(name: string | symbol): never {
    return (name === 'turn' ? this.turn : this.sentBody) as never
  }
}

/** Notes what a route says in its answer beside the payload. */
class Answer implements CommandReply {
  status = 200
  readonly headers: Record<string, string> = {}

  code(status: number): this {
    this.status = status
    return this
  }

  header(name: string, value: unknown): never {
    this.headers[name] = String(value)
    return this as never
  }
}

async function called(route: Route, request: Request): Promise<Accepted> {
  const answer = new Answer()
  // Routes of commands ask nothing else of the two: see `CommandRequest`.
  const parts = [request as unknown as FastifyRequest, answer as unknown as FastifyReply] as const
  const payload: unknown = await Reflect.apply(route.handler, undefined, parts)
  const { status, headers } = answer
  return { status, headers, body: route.write(status, payload) }
}
