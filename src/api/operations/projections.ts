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
import type { App } from '../app-type.ts'
import { callerOf } from '../authentication.ts'
import { answer, problems } from '../envelope.ts'
import { may } from '../permissions.ts'
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
        await run(request.params.name, callerOf(request))
        return statusOf(engine, request.params.name)
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
      ...may('read'),
      schema: {
        tags,
        summary: 'Every projection: position, lag, heartbeat, rebuild under way',
        response: { 200: answer(z.array(projectionStatus), noMeta), ...problems },
      },
    },
    () => statusesOf(engine),
  )
  app.get(
    '/api/projections/:name',
    { ...may('read'), schema: { tags, summary: 'One projection', params: byName, response: one } },
    (request) => statusOf(engine, request.params.name),
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
      await engine.rebuild('all', callerOf(request))
      return reply.code(202).send(await statusesOf(engine))
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
      await engine.rebuild([request.params.name], callerOf(request))
      return reply.code(202).send(await statusOf(engine, request.params.name))
    },
  )
}

async function statusesOf(engine: ProjectionEngine) {
  const data = (await engine.status()).map(statusView)
  return { success: true as const, data, meta: {} }
}

/** @throws UnknownProjection */
async function statusOf(engine: ProjectionEngine, name: string) {
  const found = (await engine.status()).find((status) => status.name === name)
  if (found === undefined) throw new UnknownProjection(name)
  return { success: true as const, data: statusView(found), meta: {} }
}

function addVerify(app: App, engine: ProjectionEngine): void {
  const response = { 200: answer(verifyReport, noMeta), ...problems }
  app.post(
    '/api/projections/:name/verify',
    {
      ...may('operate'),
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
      const report = await engine.verify(request.params.name, { tables, signal: gone.signal })
      return reportView(report, callerOf(request).organisation)
    },
  )
  app.post(
    '/api/projections/:name/compare',
    {
      ...may('operate'),
      schema: {
        tags,
        summary: 'Live and kept tables side by side: what a rollback would change',
        params: byName,
        response,
      },
    },
    async (request) => {
      const report = await engine.compare(request.params.name)
      return reportView(report, callerOf(request).organisation)
    },
  )
}

/** Rows of other organisations are counted, never shown. */
function reportView(report: VerifyReport, organisation: string) {
  const own = (finding: Finding) => finding.key['organisation'] === organisation
  const findings = report.findings.filter(own)
  const data = { ...report, position: report.position ?? null, findings }
  return { success: true as const, data, meta: {} }
}

function addHistory(app: App, engine: ProjectionEngine): void {
  const limit = z.coerce.number().int().min(1).max(1000).default(100)
  const querystring = z.strictObject({ limit })
  const response = { 200: answer(z.array(historyEntry), noMeta), ...problems }
  const view = (entries: readonly HistoryEntry[], organisation: string) => ({
    success: true as const,
    data: entries.map(({ by, ...entry }) => ({
      ...entry,
      by: (by?.organisation ?? organisation) === organisation ? (by?.actor ?? null) : null,
    })),
    meta: {},
  })
  const summary = 'Rebuilds, rollbacks and drops, the newest first'
  app.get(
    '/api/projections/history',
    { ...may('read'), schema: { tags, summary, querystring, response } },
    async (request) =>
      view(await engine.history(undefined, request.query.limit), callerOf(request).organisation),
  )
  app.get(
    '/api/projections/:name/history',
    { ...may('read'), schema: { tags, summary, params: byName, querystring, response } },
    async (request) =>
      view(
        await engine.history(request.params.name, request.query.limit),
        callerOf(request).organisation,
      ),
  )
}

function statusView(status: ProjectionStatus) {
  const { rebuild, ...rest } = status
  return { ...rest, ...(rebuild === undefined ? {} : { rebuild: rebuildView(rebuild) }) }
}

/** Findings may hold rows of any organisation; only their number is told here. */
function rebuildView({ compared, ...rest }: RebuildProgress) {
  if (compared === undefined) return rest
  const { findings: _, ...counted } = compared
  return { ...rest, compared: counted }
}
