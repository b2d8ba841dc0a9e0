import { z } from 'zod'
import { UnknownProjection } from '#projections/engine/errors.ts'
import type {
  Finding,
  ProjectionEngine,
  ProjectionStatus,
  RebuildProgress,
} from '#projections/engine/projection-engine.ts'
import type { App } from '../app-type.ts'
import { callerOf } from '../authentication.ts'
import { answer, problems } from '../envelope.ts'
import { may } from '../permissions.ts'
import { projectionStatus, verifyReport } from './projection-schemas.ts'

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
  const act = (verb: string, summary: string, run: (name: string) => Promise<unknown>) =>
    app.post(
      `/api/projections/:name/${verb}`,
      { ...may('operate'), schema: { tags, summary, params: byName, response: one } },
      async (request) => {
        await run(request.params.name)
        return statusOf(engine, request.params.name)
      },
    )
  act('start', 'Let it go on', (name) => engine.startProjection(name))
  act('stop', 'Stop it; remembered over restarts', (name) => engine.stopProjection(name))
  act('cancel', 'Cancel its rebuild', (name) => engine.cancelRebuild(name))
  act('rollback', 'Put the tables kept by the last rebuild back', (name) => engine.rollback(name))
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
      schema: { tags, summary: 'Rebuild all from one read of the log', response: accepted },
    },
    async (_request, reply) => {
      const names = (await engine.status()).map(({ name }) => name)
      await engine.rebuild(names)
      return reply.code(202).send(await statusesOf(engine))
    },
  )
  app.post(
    '/api/projections/:name/rebuild',
    {
      ...may('operate'),
      schema: {
        tags,
        summary: 'Rebuild one beside the live tables; progress stands in its status',
        params: byName,
        response: { 202: one[200], ...problems },
      },
    },
    async (request, reply) => {
      await engine.rebuild([request.params.name])
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
  app.post(
    '/api/projections/:name/verify',
    {
      ...may('operate'),
      schema: {
        tags,
        summary: 'Fold the log anew and compare with the live tables',
        params: byName,
        response: { 200: answer(verifyReport, noMeta), ...problems },
      },
    },
    async (request, reply) => {
      const gone = new AbortController()
      reply.raw.once('close', () => gone.abort())
      const report = await engine.verify(request.params.name, { signal: gone.signal })
      const { organisation } = callerOf(request)
      const own = (finding: Finding) => finding.key['organisation'] === organisation
      // Rows of other organisations are counted, never shown.
      const findings = report.findings.filter(own)
      return {
        success: true as const,
        data: { ...report, position: report.position ?? null, findings },
        meta: {},
      }
    },
  )
}

function statusView(status: ProjectionStatus) {
  const { rebuild, ...rest } = status
  return { ...rest, ...(rebuild === undefined ? {} : { rebuild: rebuildView(rebuild) }) }
}

/** Findings may hold rows of any organisation; only their number is told here. */
function rebuildView({ compared, ...rest }: RebuildProgress) {
  return {
    ...rest,
    ...(compared === undefined
      ? {}
      : {
          compared: { equal: compared.equal, ordinal: compared.ordinal, tables: compared.tables },
        }),
  }
}
