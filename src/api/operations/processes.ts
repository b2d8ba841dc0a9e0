import { z } from 'zod'
import type { ProcessRunner } from '#processes/process.ts'
import type { App } from '../app-type.ts'
import { callerOf } from '../authentication.ts'
import { answer, problems } from '../envelope.ts'
import { may } from '../permissions.ts'
import { runsInstallation } from './failures.ts'

const processStatus = z
  .object({
    name: z.string(),
    state: z.enum(['running', 'waiting', 'retrying', 'failed', 'stopped']),
    /** The program that runs it, here or elsewhere. */
    owner: z.string().optional(),
    heartbeat: z.string().optional(),
    position: z.string().optional(),
    head: z.string().optional(),
    lag: z.object({ events: z.int().optional(), seconds: z.number().optional() }),
    /** By this program, since it started. */
    reacted: z.int(),
    refused: z.int(),
    reason: z.string().optional().describe('For whoever runs the installation.'),
  })
  .meta({ id: 'ProcessStatus' })

/** The processes, which turn events into commands: how far each is, and why one does not go on. */
export function addProcessRoutes(
  app: App,
  { processes }: { readonly processes: Pick<ProcessRunner, 'status'> },
): void {
  app.get(
    '/api/processes',
    {
      ...may('watch'),
      schema: {
        tags: ['operations'],
        summary: 'Every process: position, lag, heartbeat, what it reacted to and what was refused',
        response: { 200: answer(z.array(processStatus), z.strictObject({})), ...problems },
      },
    },
    async (request) => {
      // Why one does not go on names an event, of any organisation.
      const isTold = runsInstallation(callerOf(request))
      const data = (await processes.status()).map(({ reason, ...rest }) => ({
        ...rest,
        ...(isTold && { reason }),
      }))
      return { success: true as const, data, meta: {} }
    },
  )
}
