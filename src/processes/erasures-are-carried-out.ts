import { stepOf } from '#commands/command-id.ts'
import { stepContext } from '#commands/operation.ts'
import { carryOutErasure, type ErasureDeps } from '#commands/privacy/carry-out-erasure.ts'
import { forgetReasonsAbout } from '#commands/privacy/reasons-about.ts'
import { ABANDONED_AFTER_MS } from './abandoned-work-is-released.ts'
import type { Process } from './process.ts'

/** What was agreed is done, also when a crash came in between, or what has to be looked in lagged. */
export function erasuresAreCarriedOut(deps: ErasureDeps): Process {
  return {
    name: 'erasures_are_carried_out',
    types: ['ErasureRequested', 'ErasureApproved', 'LegalHoldLifted', 'PersonErased'],
    react: (event, context) => carryOut(deps, event, context),
  }
}

/** A term that the organisation changes may be over by that, or end on another day. */
export function termsFollowSettings(deps: ErasureDeps & FindRestricted): Process {
  return {
    name: 'terms_follow_settings',
    types: ['OrganisationSettingsChanged'],
    async react(event, context) {
      if (event.type !== 'OrganisationSettingsChanged') return
      if (event.data.retentionYears === undefined) return
      for (const customerId of await deps.findRestricted(context.organisation)) {
        const step = stepOf(context.commandId, customerId)
        await carryOutErasure(deps, customerId, stepContext(context, step))
      }
    },
  }
}

export interface FindRestricted {
  /** Every customer of an organisation who is restricted. */
  readonly findRestricted: (organisation: string) => Promise<readonly string[]>
}

/**
 * Looks once more when nothing that began before can still be on its way: another program, that had not
 * heard yet, may have recorded a sale, and somebody may have looked at who was deleted.
 */
export function erasuresReachWhatCameLate(
  deps: ErasureDeps,
  delayMs: number = ABANDONED_AFTER_MS,
): Process {
  return {
    name: 'erasures_reach_what_came_late',
    types: ['PersonErased', 'CustomerDeleted'],
    delayMs,
    async react(event, context) {
      if (event.type !== 'CustomerDeleted') return carryOut(deps, event, context)
      await forgetReasonsAbout(deps, event.data.customerId, context)
    },
  }
}

type React = Process['react']

async function carryOut(
  deps: ErasureDeps,
  event: Parameters<React>[0],
  context: Parameters<React>[1],
): Promise<void> {
  if ('customerId' in event.data && event.data.customerId !== undefined) {
    await carryOutErasure(deps, event.data.customerId, context)
  }
}
