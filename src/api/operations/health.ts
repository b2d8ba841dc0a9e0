import { z } from 'zod'
import type { Database } from '#adapters/database/database.ts'
import type { EventStore } from '#log/event-store.ts'
import type { ProcessRunner } from '#processes/process.ts'
import type { ProjectionEngine, ProjectionStatus } from '#projections/engine/projection-engine.ts'
import type { App } from '../app-type.ts'
import { LIVENESS } from '../declared-routes.ts'
import { may } from '../permissions.ts'

export interface HealthDeps {
  readonly log: Pick<EventStore, 'kind' | 'head'>
  readonly database: Pick<Database, 'writer'>
  readonly engine: Pick<ProjectionEngine, 'status'>
  readonly processes: Pick<ProcessRunner, 'status'>
}

const CHECK_DEADLINE_MS = 2000

const part = z.strictObject({ ok: z.boolean(), reason: z.string().optional() })
/** `owner` is the program that runs it, here or elsewhere. */
const followed = part.extend({
  name: z.string(),
  state: z.string(),
  owner: z.string().optional(),
})
const readiness = z.strictObject({
  success: z.boolean(),
  data: z.strictObject({
    status: z.enum(['ready', 'degraded', 'not_ready']),
    log: part.extend({ kind: z.string() }),
    database: part,
    projections: z.array(followed),
    processes: z.array(followed),
  }),
})
type Readiness = z.output<typeof readiness>['data']

/** Whether this process lives, and whether it can serve. Asked by machines, so nobody need sign in. */
export function addHealthRoutes(app: App, deps: HealthDeps): void {
  app.get(
    LIVENESS,
    {
      ...may('public'),
      schema: {
        tags: ['operations'],
        summary: 'This process lives',
        security: [],
        response: {
          200: z.strictObject({
            success: z.literal(true),
            data: z.strictObject({ status: z.literal('alive'), uptimeSeconds: z.int() }),
          }),
        },
      },
    },
    async () => ({
      success: true as const,
      data: { status: 'alive' as const, uptimeSeconds: Math.round(process.uptime()) },
    }),
  )
  app.get(
    '/ready',
    {
      ...may('public'),
      schema: {
        tags: ['operations'],
        summary: 'Log, database, projections and processes can serve, and who runs the latter',
        security: [],
        response: { 200: readiness, 503: readiness },
      },
    },
    async (_request, reply) => {
      const data = await readinessOf(deps)
      const ready = data.status !== 'not_ready'
      return reply.code(ready ? 200 : 503).send({ success: ready, data })
    },
  )
}

/**
 * Queries need database and tables. Without the log commands are told to come back, and a projection or process may
 * have stopped: that is degraded, and no reason to send queries elsewhere.
 */
async function readinessOf(deps: HealthDeps): Promise<Readiness> {
  const { log, database, engine } = deps
  const [logAnswer, databaseAnswer, statuses, reactions] = await Promise.all([
    check(() => log.head()),
    check(() => database.writer.query('select 1')),
    check(() => engine.status()),
    check(() => deps.processes.status()),
  ])
  const projections = (statuses.found ?? []).map((status) => {
    const { name, state, owner, waitsFor = state } = status
    const ok = isBuilt(status) && owner !== undefined && state !== 'failed' && state !== 'stopped'
    // Why one failed names an event of some organisation, and anybody may ask here.
    const reason = state === 'failed' || isBuilt(status) ? waitsFor : 'is being built'
    return { name, state, ok, owner, ...(ok ? {} : { reason }) }
  })
  const processes = (reactions.found ?? []).map(({ name, state, owner }) => {
    const ok = state === 'running' || state === 'waiting'
    return { name, state, ok, owner, ...(ok ? {} : { reason: state }) }
  })
  const built = statuses.found?.every(isBuilt) ?? false
  const serving = databaseAnswer.ok && built
  const whole = [logAnswer, ...projections, ...processes].every(({ ok }) => ok)
  return {
    status: serving ? (whole ? 'ready' : 'degraded') : 'not_ready',
    log: { ...partOf(logAnswer), kind: log.kind },
    database: partOf(databaseAnswer),
    projections,
    processes,
  }
}

/**
 * While its first tables are built, a projection would answer that there is nothing; while they are of a
 * version that this program cannot read, nothing at all.
 */
function isBuilt({ tablesVersion, state, lacking }: ProjectionStatus): boolean {
  return tablesVersion !== undefined && state !== 'rebuilding' && lacking.length === 0
}

interface Checked<T> {
  readonly ok: boolean
  readonly reason?: string
  readonly found?: T
}

async function check<T>(ask: () => Promise<T>): Promise<Checked<T>> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`no answer in ${CHECK_DEADLINE_MS} ms`)),
      CHECK_DEADLINE_MS,
    )
  })
  try {
    return { ok: true, found: await Promise.race([ask(), deadline]) }
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) }
  } finally {
    clearTimeout(timer)
  }
}

function partOf({ ok, reason }: Checked<unknown>): z.output<typeof part> {
  return reason === undefined ? { ok } : { ok, reason }
}
