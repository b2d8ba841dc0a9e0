import { z } from 'zod'
import { assignCommissionTier } from '#commands/organisation/assign-commission-tier.ts'
import { chooseDefaultCommissionTier } from '#commands/organisation/choose-default-commission-tier.ts'
import { unassignCommissionTier } from '#commands/organisation/unassign-commission-tier.ts'
import type { App } from '../app-type.ts'
import { doneAnswer } from '../command-answers.ts'
import { done, problems } from '../envelope.ts'
import { idIn } from '../fields.ts'
import { may } from '../permissions.ts'
import type { TierDeps } from './commission-tiers.ts'

const tags = ['commissions']
const tierBody = z.strictObject({ tier: idIn })
const assignedOut = z.strictObject({ agent: z.string(), tier: z.string() })

/** Which agent has which tier, and which one those have who have none of their own. */
export function addTierAssignments(app: App, { operations, run }: TierDeps): void {
  app.put(
    '/api/finance/commission-tiers/assignments/:agent',
    {
      ...may('administer'),
      schema: {
        tags,
        summary: 'Give an agent a tier for sales from here on',
        params: z.strictObject({ agent: idIn }),
        body: tierBody,
        response: { 200: done(assignedOut), ...problems },
      },
    },
    async (request, reply) => {
      const asked = { agent: request.params.agent, tier: request.body.tier }
      const outcome = await run(request, reply, (context, options) =>
        assignCommissionTier(operations, asked, context, options),
      )
      return doneAnswer(outcome, asked)
    },
  )
  app.delete(
    '/api/finance/commission-tiers/assignments/:agent',
    {
      ...may('administer'),
      schema: {
        tags,
        summary: 'Leave an agent with the default tier',
        params: z.strictObject({ agent: idIn }),
        response: { 200: done(z.strictObject({ agent: z.string() })), ...problems },
      },
    },
    async (request, reply) => {
      const { agent } = request.params
      const outcome = await run(request, reply, (context, options) =>
        unassignCommissionTier(operations, { agent }, context, options),
      )
      return doneAnswer(outcome, { agent })
    },
  )
  app.put(
    '/api/finance/commission-tiers/default',
    {
      ...may('administer'),
      schema: {
        tags,
        summary: 'Choose the tier of agents who have none of their own',
        body: tierBody,
        response: { 200: done(z.strictObject({ tier: z.string() })), ...problems },
      },
    },
    async (request, reply) => {
      const { tier } = request.body
      const outcome = await run(request, reply, (context, options) =>
        chooseDefaultCommissionTier(operations, { tier }, context, options),
      )
      return doneAnswer(outcome, { tier })
    },
  )
}
