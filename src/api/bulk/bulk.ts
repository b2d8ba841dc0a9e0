import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { CommandHandler } from '#commands/handler.ts'
import type { Limits } from '#config'
import type { EventStore, Position } from '#log/event-store.ts'
import type { App } from '../app-type.ts'
import { callerOf } from '../authentication.ts'
import { answer, problems } from '../envelope.ts'
import { httpStatus } from '../errors.ts'
import { may } from '../permissions.ts'
import { problemOf } from '../problem.ts'
import { languageOf, wishedLanguage } from '../request-language.ts'
import { recordRefusal, type TrailDeps } from '../trail.ts'
import { type Outcome, outcomeOut, summaryOf, summaryOut, writeAnswer } from './outcome.ts'
import type { RouteTable } from './route-table.ts'
import { type BulkSetting, commandIn, runBulk } from './run-bulk.ts'

/** Commands of one bulk. */
export const MAX_COMMANDS = 1000
/** A bulk may be so many times as large as the body of one command. */
const BODY_FACTOR = 4

export interface BulkDeps extends TrailDeps {
  readonly routes: RouteTable
  readonly handler: CommandHandler
  readonly log: Pick<EventStore, 'comparePositions'>
  readonly limits: Limits
  /** Whether the server was asked to end: no further command is begun then. */
  readonly isClosing: () => boolean
}

const schema = {
  tags: ['bulk'],
  summary: 'Many commands at once, each with its own key and its own outcome',
  description: `Up to ${MAX_COMMANDS} commands, each as it would be sent by itself and with an answer as it would get by itself,
in the order of the request. There is no transaction around them: each is accepted or refused alone. Those on the same
wallet, customer or other thing take effect in their order; others go at the same time. A command without an outcome
(status 503, or 409 \`IDEMPOTENCY_IN_FLIGHT\`) keeps later ones on the same thing from being begun; sent again with the
same keys, the bulk is completed, and what was accepted answers as the first time. Pointers in the problem of a command
begin at its own body; where the command itself cannot be understood, \`instance\` is \`/api/bulk\` and they begin at the
body of the bulk.`,
  response: { 200: answer(z.array(outcomeOut), summaryOut), ...problems },
}

/** Looked at one by one, so that one that is malformed is refused alone. */
const described = z.toJSONSchema(commandIn, { io: 'input' }) as Record<string, unknown>
const sentCommand = z.unknown().meta(described)
const body = z.strictObject({ commands: z.array(sentCommand).min(1).max(MAX_COMMANDS) })

export function addBulk(app: App, deps: BulkDeps): void {
  const { bodyBytes, commandDeadlineMs } = deps.limits
  app.post(
    '/api/bulk',
    {
      config: { ...may('write').config, isBulk: true },
      bodyLimit: bodyBytes * BODY_FACTOR,
      schema: { ...schema, body },
    },
    async (request, reply) => {
      const overAt = performance.now() + commandDeadlineMs
      const outcomes = await runBulk(request.body.commands, {
        id: request.id,
        headers: request.headers,
        caller: callerOf(request),
        routes: deps.routes,
        isCut: () => deps.isClosing() || performance.now() > overAt,
        tell: teller(request, deps),
      })
      return answerBulk(request, reply, outcomes, deps.log)
    },
  )
}

function teller(request: FastifyRequest, deps: BulkDeps): BulkSetting['tell'] {
  return async (refusal, { path, error, command }) => {
    const status = httpStatus[refusal.code]
    recordRefusal(deps, request, refusal, {
      method: command?.method,
      route: command && routeOf(deps.routes, command.method, path),
      key: command?.idempotencyKey,
      path,
    })
    if (status === 500) request.log.error({ err: error }, 'a fault of ours')
    const language =
      status === 503 ? (wishedLanguage(request) ?? 'en') : await languageOf(request, deps.handler)
    return problemOf(refusal, { language, requestId: request.id, instance: path })
  }
}

/** The pattern of a command's route, as far as there is one. */
function routeOf(routes: RouteTable, method: string, path: string): string {
  try {
    return routes.find(method, path)?.route.url ?? '*'
  } catch {
    return '*'
  }
}

/** Written here: each outcome was checked by the schema of its own route. */
function answerBulk(
  request: FastifyRequest,
  reply: FastifyReply,
  outcomes: readonly Outcome[],
  log: BulkDeps['log'],
): FastifyReply {
  const summary = summaryOf(outcomes)
  request.log.info(summary, 'a bulk')
  const position = lastPosition(outcomes, log)
  if (position !== undefined) reply.header('daybook-position', position)
  return reply
    .type('application/json; charset=utf-8')
    .serializer((text: string) => text)
    .send(writeAnswer(outcomes, summary))
}

/** A read that waits for it knows of every command. */
function lastPosition(outcomes: readonly Outcome[], log: BulkDeps['log']): Position | undefined {
  const positions = outcomes.flatMap(({ headers }) => headers['daybook-position'] ?? [])
  return positions
    .map((position) => position as Position)
    .toSorted((a, b) => log.comparePositions(b, a))[0]
}
