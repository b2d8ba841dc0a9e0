import { z } from 'zod'
import type {
  FindDocumentsOfPerson,
  FindLinkedCustomers,
} from '#commands/privacy/documents-of-person.ts'
import { rejectErasure } from '#commands/privacy/reject-erasure.ts'
import { approveErasure, requestErasure } from '#commands/privacy/request-erasure.ts'
import { erasureReason } from '#domain/crm/customer/erasure-events.ts'
import type { OperationDeps } from '#commands/operation.ts'
import type { KeyRing } from '#log/key-ring.ts'
import type { App } from '../app-type.ts'
import { createdAnswer, doneAnswer, needData } from '../command-answers.ts'
import type { RunCommand } from '../command-requests.ts'
import { done, problems } from '../envelope.ts'
import { idIn } from '../fields.ts'
import { may } from '../permissions.ts'

export interface ErasureCommandDeps {
  readonly operations: OperationDeps
  readonly run: RunCommand
  readonly keyRing: Pick<KeyRing, 'destroy' | 'forReading'>
  readonly findDocuments: FindDocumentsOfPerson
  readonly findLinked: FindLinkedCustomers
}

const requested = z.strictObject({
  id: z.string(),
  reason: erasureReason,
  covers: z
    .array(z.string())
    .describe('Everybody whom it covers: this customer, and those linked with them.'),
  needsApproval: z.boolean().describe('True: a second person has to approve it.'),
})
const byId = z.strictObject({ id: idIn })
const only = done(byId.meta({ id: 'ErasureDecided' }))
export const reasonIn = z.string().trim().min(1).max(1000)

/** What is erased nobody can bring back. In a bulk it waits for all before it, and all after it wait. */
export function addErasureCommands(app: App, deps: ErasureCommandDeps): void {
  addRequest(app, deps)
  addDecisions(app, deps)
}

function addRequest(app: App, { operations, run, ...more }: ErasureCommandDeps): void {
  app.post(
    '/api/privacy/erasures',
    {
      ...may('erase'),
      schema: {
        tags: ['privacy'],
        summary:
          'Ask that a person be erased: a customer, those linked with them, and all that was written of them',
        description:
          'Figures stay. What has to be kept (`retentionYears` of the settings) is restricted until its term ends, and erased then by itself; a legal hold suspends that. Everything else is unreadable at once.',
        body: z.strictObject({ customerId: idIn, reason: erasureReason }),
        response: { 201: done(requested.meta({ id: 'ErasureRequested' })), ...problems },
      },
    },
    async (request, reply) => {
      const outcome = await run(request, reply, (context, options) =>
        requestErasure({ ...operations, ...more }, request.body, context, options),
      )
      const data = needData(outcome.events, 'ErasureRequested')
      const { customerId: id, reason, needsApproval, linked = [] } = data
      const told = { id, covers: [id, ...linked], reason, needsApproval }
      return createdAnswer(reply, outcome, ['/api/privacy/erasures', id], told)
    },
  )
}

function addDecisions(app: App, { operations, run, ...more }: ErasureCommandDeps): void {
  app.post(
    '/api/privacy/erasures/:id/approve',
    {
      ...may('erase'),
      schema: {
        tags: ['privacy'],
        summary: 'Approve it as the second person',
        params: byId,
        response: { 200: only, ...problems },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const outcome = await run(request, reply, (context, options) =>
        approveErasure({ ...operations, ...more }, id, context, options),
      )
      return doneAnswer(outcome, { id })
    },
  )
  app.post(
    '/api/privacy/erasures/:id/reject',
    {
      ...may('erase'),
      schema: {
        tags: ['privacy'],
        summary: 'Reject it, or take it back',
        params: byId,
        body: z.strictObject({ reason: reasonIn }),
        response: { 200: only, ...problems },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { reason } = request.body
      const outcome = await run(request, reply, (context, options) =>
        rejectErasure(operations, { customerId: id, reason }, context, options),
      )
      return doneAnswer(outcome, { id })
    },
  )
}
