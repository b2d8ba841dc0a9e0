import { z } from 'zod'
import { MAINTENANCE_ID } from '#commands/maintenance/record-maintenance.ts'
import type { Limits } from '#config'
import { INSTALLATION } from '#domain/organisation/installation.ts'
import { type MaintenanceEvent, maintenance } from '#domain/organisation/maintenance.ts'
import type { RecordedEvent } from '#log/recorded-event.ts'
import { streamName } from '#log/stream-name.ts'
import type { App } from '../app-type.ts'
import { type Caller, callerOf } from '../authentication.ts'
import { answer, problems } from '../envelope.ts'
import { wholeNumberIn } from '../fields.ts'
import { readStreamPage, revisionOf } from '../log/stream-page.ts'
import { may } from '../permissions.ts'
import { linkHeader } from '../reads.ts'
import type { SourceFor } from '../sight.ts'
import { runsInstallation } from './failures.ts'

export interface MaintenanceReadDeps {
  readonly sourceFor: SourceFor
  readonly limits: Limits
}

const maintenanceOut = z
  .strictObject({
    id: z.string(),
    type: z.string(),
    at: z.string().describe('UTC instant at which it was done.'),
    recordedAt: z.string(),
    revision: z.int().describe('Dense: 0, 1, 2 … in the order in which it was done.'),
    actor: z.string().nullable().describe('Null for somebody of another organisation.'),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Maintenance' })

const STREAM = streamName(maintenance.category, INSTALLATION, MAINTENANCE_ID)

/** What was done with read models, keys, configuration and backups, from the log itself. */
export function addMaintenance(app: App, { sourceFor, limits }: MaintenanceReadDeps): void {
  app.get(
    '/api/maintenance',
    {
      ...may('watch'),
      schema: {
        tags: ['operations'],
        summary:
          'What was done with the installation: rebuilds, rollbacks, keys, configuration, backups; the newest first',
        querystring: z.strictObject({
          limit: wholeNumberIn(1, limits.pageSizeMax).default(limits.pageSize),
          cursor: z.string().min(1).max(2000).optional(),
        }),
        response: {
          200: answer(
            z.array(maintenanceOut),
            z.strictObject({ limit: z.int(), nextCursor: z.string().nullable() }),
          ),
          ...problems,
        },
      },
    },
    async (request, reply) => {
      const { log, codec } = sourceFor(request)
      const { limit, cursor } = request.query
      const asked = { direction: 'backwards', limit, from: revisionOf(cursor) } as const
      const { items, next } = await readStreamPage(log, STREAM, asked)
      const events = (await codec.decode(items)) as readonly RecordedEvent<MaintenanceEvent>[]
      const data = events.map((event) => view(event, callerOf(request)))
      reply.header('link', linkHeader(request, next))
      return { success: true as const, data, meta: { limit, nextCursor: next ?? null } }
    },
  )
}

function view(event: RecordedEvent<MaintenanceEvent>, caller: Caller) {
  const { id, type, revision, metadata } = event
  const { at, ...rest } = event.data
  const { askedIn, ...data } = { askedIn: undefined, ...rest }
  const isTold =
    runsInstallation(caller) || askedIn === undefined || askedIn === caller.organisation
  return {
    id,
    type,
    at,
    recordedAt: metadata.recordedAt,
    revision,
    actor: isTold ? metadata.actor : null,
    data: 'changes' in data && !runsInstallation(caller) ? { ...data, ...namesOnly(data) } : data,
  }
}

/** Whoever shares an installation is told that its configuration changed, and not where its databases are. */
function namesOnly({ changes }: { readonly changes: readonly { readonly setting: string }[] }) {
  return { changes: changes.map(({ setting }) => ({ setting })) }
}
