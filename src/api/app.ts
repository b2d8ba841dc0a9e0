import Fastify, { type FastifyBaseLogger } from 'fastify'
import { createSerializerCompiler } from 'fastify-type-provider-zod'
import type { Database } from '#adapters/database/database.ts'
import type { AccessRecords } from '#commands/access/record-accesses.ts'
import type { AuditTrail } from '#commands/audit-trail.ts'
import type { CommandHandler } from '#commands/handler.ts'
import type { ApiKeys } from '#commands/identity/api-keys.ts'
import type { IdentityDeps } from '#commands/identity/identity-deps.ts'
import type {
  FindDocumentsOfPerson,
  FindLinkedCustomers,
} from '#commands/privacy/documents-of-person.ts'
import type { OperationDeps } from '#commands/operation.ts'
import type { Limits, Network, ServerRole } from '#config'
import type { EventCodec } from '#log/codec.ts'
import type { EventStore } from '#log/event-store.ts'
import type { KeyedHash, KeyRing } from '#log/key-ring.ts'
import type { ProcessRunner } from '#processes/process.ts'
import type { ProjectionEngine } from '#projections/engine/projection-engine.ts'
import { recordAccesses } from './access/on-record.ts'
import type { App } from './app-type.ts'
import { type Authenticate, type CallerName, requirePermissions } from './authentication.ts'
import { RouteTable } from './bulk/route-table.ts'
import { commandRequests } from './command-requests.ts'
import { allowOrigins } from './cross-origin.ts'
import { addDocumentation } from './documentation.ts'
import {
  type ErrorDeps,
  handleErrors,
  problemAnswerer,
  refuseWhileClosing,
} from './error-handling.ts'
import { acceptJson } from './json-requests.ts'
import { refuseUnhonouredKnownAt } from './known-at.ts'
import { shedLoad } from './load-shedding.ts'
import { OwnLogLines } from './own-log-lines.ts'
import { refuseMaskedQueries } from './personal-queries.ts'
import { refuseBackwardRanges } from './ranges.ts'
import { rateLimits } from './rate-limits.ts'
import { reader } from './reads.ts'
import { requestId } from './request-id.ts'
import { addRoutes } from './routes.ts'
import { securityHeaders } from './security-headers.ts'
import { decideSights, masked, sourceFor } from './sight.ts'
import { recordRefusal } from './trail.ts'
import { answerUnreadable } from './unreadable-requests.ts'
import { validatorCompiler } from './validation.ts'

/** Everything the API works with, made by the composition root. */
export interface AppDeps {
  readonly log: EventStore
  readonly codec: EventCodec
  readonly database: Database
  readonly handler: CommandHandler
  readonly operations: OperationDeps
  readonly identity: IdentityDeps
  readonly engine: ProjectionEngine
  readonly processes: ProcessRunner
  readonly auditTrail: AuditTrail
  readonly accessRecords: AccessRecords
  readonly keyedHash: KeyedHash
  readonly keyRing: Pick<KeyRing, 'destroy' | 'forReading'>
  readonly apiKeys: ApiKeys
  readonly findDocuments: FindDocumentsOfPerson
  readonly findLinked: FindLinkedCustomers
  readonly authenticate: Authenticate
  /** Of the callers that it knows, those of the configuration. Default: none. */
  readonly configuredCallers?: readonly CallerName[]
  /** UTC instant. */
  readonly clock: () => string
  readonly limits: Limits
  /** Default: no proxy is believed, and no other origin may call. */
  readonly network?: Network
  /** A projector serves its operators alone. Default: all. */
  readonly role?: ServerRole
  readonly logger: FastifyBaseLogger
}

/** The longest path parameter: a stream's name. */
const MAX_PARAM_LENGTH = 400
/** How often, at least, requests are looked for that have been arriving for too long. */
const TIMEOUT_CHECK_MS = 5000

/** The HTTP application, ready to listen or to be tried with `inject`. */
export async function buildApp(deps: AppDeps): Promise<App> {
  const { limits, network = { trustedProxies: [], corsOrigins: [] } } = deps
  const errors: ErrorDeps = {
    ...deps,
    refused: (request, refusal) => recordRefusal(deps, request, refusal),
  }
  const answerProblem = problemAnswerer(errors)
  const app: App = Fastify({
    loggerInstance: deps.logger,
    logController: new OwnLogLines(),
    genReqId: () => requestId(),
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    http: {
      // Of the two, Node takes the longer for the whole request.
      headersTimeout: limits.requestTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      connectionsCheckingInterval: Math.min(TIMEOUT_CHECK_MS, limits.requestTimeoutMs / 2),
    },
    trustProxy: network.trustedProxies.length > 0 && [...network.trustedProxies],
    // What is refused before any route is looked for.
    clientErrorHandler: (error, socket) => answerUnreadable(error, socket, deps.logger),
    frameworkErrors: (error, request, reply) => {
      reply.headers(securityHeaders(request))
      request.log.info({ method: request.method, refused: error.code }, 'answered')
      void answerProblem(error, request, reply)
    },
    return503OnClosing: false,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
  })
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(createSerializerCompiler())
  acceptJson(app)
  handleErrors(app, errors)
  await allowOrigins(app, network)
  const isClosing = refuseWhileClosing(app, limits.requestsAtOnce)
  await shedLoad(app, limits)
  requirePermissions(app, deps.authenticate, await rateLimits(app, limits))
  decideSights(app, deps)
  recordAccesses(app, deps)
  refuseUnhonouredKnownAt(app)
  refuseMaskedQueries(app)
  refuseBackwardRanges(app)
  const routes = new RouteTable(app)
  const run = commandRequests(app, {
    keyedHash: deps.keyedHash,
    clock: deps.clock,
    commandsWaiting: limits.commandsWaiting,
  })
  const read = reader({ ...deps, waitDeadlineMs: limits.waitDeadlineMs })
  await addDocumentation(app)
  const { codec, ...rest } = deps
  const seen = { database: masked(deps.database), sourceFor: sourceFor(deps.log, codec) }
  addRoutes(app, { ...rest, ...seen, run, read, routes, isClosing })
  logAnswers(app)
  return app
}

/** One line per answer, without anything that a person could be known by. */
function logAnswers(app: App): void {
  app.addHook('onSend', async (request, reply) => {
    reply.headers(securityHeaders(request)).header('x-request-id', request.id)
  })
  app.addHook('onResponse', async (request, reply) => {
    request.log.info(
      {
        method: request.method,
        route: request.routeOptions.url,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
      },
      'answered',
    )
  })
}
