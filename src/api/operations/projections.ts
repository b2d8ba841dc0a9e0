import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { UnknownProjection } from '#projections/engine/errors.ts'
import type { By, HistoryEntry } from '#projections/engine/history.ts'
import type {
  Finding,
  ProjectionEngine,
  ProjectionStatus,
  RebuildProgress,
  VerifyReport,
} from '#projections/engine/projection-engine.ts'
import { seenFinding } from '#projections/masked-rows.ts'
import type { App } from '../app-type.ts'
import { type Caller, callerOf } from '../authentication.ts'
import { answer, problems } from '../envelope.ts'
import { may } from '../permissions.ts'
import { sightOf } from '../sight.ts'
import { errorFor, failureFor, runsInstallation } from './failures.ts'
import { historyEntry, projectionStatus, verifyReport } from './projection-schemas.ts'

const byName = z.strictObject({ name: z.string().min(1).max(63) })
const noMeta = z.strictObject({})
const tags = ['projections']
const one = { 200: answer(projectionStatus, noMeta), ...problems }
const accepted = { 202: answer(z.array(projectionStatus), noMeta), ...problems }

export interface ProjectionDeps {
  readonly engine: ProjectionEngine
}

/** The projections: how far they are, and what an operator does with them. */
export function addProjectionRoutes(app: App, { engine }: ProjectionDeps): void {
  addStatus(app, engine)
  addRebuild(app, engine)
  addVerify(app, engine)
  addHistory(app, engine)
  const act = (verb: string, summary: string, run: (name: string, by: By) => Promise<unknown>) =>
    app.post(
      `/api/projections/:name/${verb}`,
      { ...may('operate'), schema: { tags, summary, params: byName, response: one } },
      async (request) => {
        await run(request.params.name, by(request))
        return statusOf(engine, request)
      },
    )
  act('start', 'Let it go on', (name) => engine.startProjection(name))
  act('stop', 'Stop it; remembered over restarts', (name) => engine.stopProjection(name))
  act('cancel', 'Cancel its rebuild', (name) => engine.cancelRebuild(name))
  act('rollback', 'Let live and kept tables change places', (name, by) => engine.rollback(name, by))
  act('drop', 'Drop the kept tables', (name, by) => engine.drop(name, by))
}

function addStatus(app: App, engine: ProjectionEngine): void {
  app.get(
    '/api/projections',
    {
      ...may('watch'),
      schema: {
        tags,
        summary: 'Every projection: position, lag, heartbeat, rebuild under way',
        response: { 200: answer(z.array(projectionStatus), noMeta), ...problems },
      },
    },
    (request) => statusesOf(engine, callerOf(request)),
  )
  app.get(
    '/api/projections/:name',
    { ...may('watch'), schema: { tags, summary: 'One projection', params: byName, response: one } },
    (request) => statusOf(engine, request),
  )
}

function addRebuild(app: App, engine: ProjectionEngine): void {
  app.post(
    '/api/projections/rebuild',
    {
      ...may('operate'),
      schema: {
        tags,
        summary: 'Rebuild all from one read of the log, as the versions they are meant to be',
        response: accepted,
      },
    },
    async (request, reply) => {
      await engine.rebuild('all', by(request))
      return reply.code(202).send(await statusesOf(engine, callerOf(request)))
    },
  )
  app.post(
    '/api/projections/:name/rebuild',
    {
      ...may('operate'),
      schema: {
        tags,
        summary:
          'Rebuild one, in its newest version, beside the live tables; progress stands in its status',
        params: byName,
        response: { 202: one[200], ...problems },
      },
    },
    async (request, reply) => {
      await engine.rebuild([request.params.name], by(request))
      return reply.code(202).send(await statusOf(engine, request))
    },
  )
}

/** Whoever operates is of no organisation, so that all of them are told who it was. */
function by(request: FastifyRequest): By {
  return { actor: callerOf(request).actor }
}

async function statusesOf(engine: ProjectionEngine, caller: Caller) {
  const data = (await engine.status()).map((status) => statusView(status, caller))
  return { success: true as const, data, meta: {} }
}

/** @throws UnknownProjection */
async function statusOf(
  engine: ProjectionEngine,
  request: FastifyRequest<{ Params: { readonly name: string } }>,
) {
  const { name } = request.params
  const found = (await engine.status()).find((status) => status.name === name)
  if (found === undefined) throw new UnknownProjection(name)
  return { success: true as const, data: statusView(found, callerOf(request)), meta: {} }
}

function addVerify(app: App, engine: ProjectionEngine): void {
  const response = { 200: answer(verifyReport, noMeta), ...problems }
  app.post(
    '/api/projections/:name/verify',
    {
      ...may('verify'),
      schema: {
        tags,
        summary: 'Fold the log anew and compare with the live or the kept tables',
        params: byName,
        querystring: z.strictObject({ tables: z.enum(['live', 'kept']).default('live') }),
        response,
      },
    },
    async (request, reply) => {
      const gone = new AbortController()
      reply.raw.once('close', () => gone.abort())
      const { tables } = request.query
      const caller = callerOf(request)
      const report = await engine
        .verify(request.params.name, { tables, signal: gone.signal })
        .catch((error: unknown) => {
          throw errorFor(caller, error)
        })
      return reportView(report, request)
    },
  )
  app.post(
    '/api/projections/:name/compare',
    {
      ...may('verify'),
      schema: {
        tags,
        summary: 'Live and kept tables side by side: what a rollback would change',
        params: byName,
        response,
      },
    },
    async (request) => {
      const report = await engine.compare(request.params.name)
      return reportView(report, request)
    },
  )
}

/** Rows of other organisations are counted, never shown. */
function reportView(report: VerifyReport, request: FastifyRequest) {
  const { organisation } = callerOf(request)
  const own = (finding: Finding) => finding.key['organisation'] === organisation
  const findings = report.findings
    .filter(own)
    .map((finding) => seenFinding(report.projection, finding, sightOf(request)))
  const data = { ...report, position: report.position ?? null, findings }
  return { success: true as const, data, meta: {} }
}

function addHistory(app: App, engine: ProjectionEngine): void {
  const limit = z.coerce.number().int().min(1).max(1000).default(100)
  const querystring = z.strictObject({ limit })
  const response = { 200: answer(z.array(historyEntry), noMeta), ...problems }
  const view = (entries: readonly HistoryEntry[], caller: Caller) => ({
    success: true as const,
    data: entries.map((entry) => historyView(entry, caller)),
    meta: {},
  })
  const summary = 'Rebuilds, rollbacks and drops, the newest first'
  app.get(
    '/api/projections/history',
    { ...may('watch'), schema: { tags, summary, querystring, response } },
    async (request) =>
      view(await engine.history(undefined, request.query.limit), callerOf(request)),
  )
  app.get(
    '/api/projections/:name/history',
    { ...may('watch'), schema: { tags, summary, params: byName, querystring, response } },
    async (request) =>
      view(await engine.history(request.params.name, request.query.limit), callerOf(request)),
  )
}

/** Why something failed may name an event of any organisation. */
function historyView({ by, reason, ...entry }: HistoryEntry, caller: Caller) {
  const isOther = by?.organisation !== undefined && by.organisation !== caller.organisation
  return {
    ...entry,
    by: isOther ? null : (by?.actor ?? null),
    ...(reason !== undefined && runsInstallation(caller) && { reason }),
  }
}

function statusView({ failure, rebuild, kept, ...rest }: ProjectionStatus, caller: Caller) {
  return {
    ...rest,
    failure: failureFor(caller, failure),
    rebuild: rebuild && rebuildView(rebuild, caller),
    kept: kept && { ...kept, failure: failureFor(caller, kept.failure) },
  }
}

/** Findings may hold rows of any organisation; only their number is told here. */
function rebuildView({ compared, failure, ...rest }: RebuildProgress, caller: Caller) {
  const view = { ...rest, failure: failureFor(caller, failure) }
  if (compared === undefined) return view
  const { findings: _, ...counted } = compared
  return { ...view, compared: counted }
}
