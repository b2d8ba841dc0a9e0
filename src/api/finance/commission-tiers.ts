import { z } from 'zod'
import type { CommandHandler } from '#commands/handler.ts'
import { type OperationDeps, TIERS_ID } from '#commands/operation.ts'
import { removeCommissionTier } from '#commands/organisation/remove-commission-tier.ts'
import { setCommissionTier } from '#commands/organisation/set-commission-tier.ts'
import { type CommissionTiers, commissionTiers } from '#domain/organisation/commission-tiers.ts'
import type { App } from '../app-type.ts'
import { callerOf } from '../authentication.ts'
import { dataOf, doneAnswer } from '../command-answers.ts'
import type { RunCommand } from '../command-requests.ts'
import { answer, done, problems } from '../envelope.ts'
import { idIn } from '../fields.ts'
import { decimalIn } from '../money.ts'
import { may } from '../permissions.ts'
import { etagOf } from '../revisions.ts'
import { addTierAssignments } from './commission-tier-assignments.ts'

export interface TierDeps {
  readonly handler: Pick<CommandHandler, 'load'>
  readonly operations: OperationDeps
  readonly run: RunCommand
}

const tierOut = z.strictObject({
  tier: z.string(),
  name: z.string(),
  rate: z.string().describe('Percent of the net price.'),
})
const tiersOut = z
  .strictObject({
    tiers: z.array(tierOut),
    assignments: z.array(z.strictObject({ agent: z.string(), tier: z.string() })),
    defaultTier: z.string().nullable(),
  })
  .meta({ id: 'CommissionTiers' })
const named = { name: z.string().min(1).max(200), rate: decimalIn }
const tags = ['commissions']

function tiersView(state: CommissionTiers): z.output<typeof tiersOut> {
  return {
    tiers: Object.entries(state.tiers).map(([tier, { name, rate }]) => ({ tier, name, rate })),
    assignments: Object.entries(state.assigned).map(([agent, tier]) => ({ agent, tier })),
    defaultTier: state.defaultTier ?? null,
  }
}

/** By what agents earn: the tiers, who has which, and the default. */
export function addCommissionTiers(app: App, deps: TierDeps): void {
  const { handler, operations, run } = deps
  app.get(
    '/api/finance/commission-tiers',
    {
      ...may('read'),
      schema: {
        tags,
        summary: 'The tiers, who has which, and the default',
        response: { 200: answer(tiersOut, z.strictObject({ revision: z.int() })), ...problems },
      },
    },
    async (request, reply) => {
      const { organisation } = callerOf(request)
      const found = await handler.load(commissionTiers, organisation, TIERS_ID, { age: 'now' })
      reply.header('etag', etagOf(found.revision))
      const meta = { revision: found.revision }
      return { success: true as const, data: tiersView(found.state), meta }
    },
  )
  app.put(
    '/api/finance/commission-tiers/:tier',
    {
      ...may('administer'),
      schema: {
        tags,
        summary: 'Make a tier, or change it for sales from here on',
        params: z.strictObject({ tier: idIn }),
        body: z.strictObject(named),
        response: { 200: done(tierOut), ...problems },
      },
    },
    async (request, reply) => {
      const asked = { ...request.body, tier: request.params.tier }
      const outcome = await run(request, reply, (context, options) =>
        setCommissionTier(operations, asked, context, options),
      )
      return doneAnswer(outcome, dataOf(outcome.events, 'CommissionTierSet') ?? asked)
    },
  )
  app.delete(
    '/api/finance/commission-tiers/:tier',
    {
      ...may('administer'),
      schema: {
        tags,
        summary: 'Remove a tier that nobody has',
        params: z.strictObject({ tier: idIn }),
        response: { 200: done(z.strictObject({ tier: z.string() })), ...problems },
      },
    },
    async (request, reply) => {
      const { tier } = request.params
      const outcome = await run(request, reply, (context, options) =>
        removeCommissionTier(operations, { tier }, context, options),
      )
      return doneAnswer(outcome, { tier })
    },
  )
  addTierAssignments(app, deps)
}
