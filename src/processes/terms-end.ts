import { randomUUID } from 'node:crypto'
import type { CommandContext } from '#commands/handler.ts'
import { carryOutErasure, type ErasureDeps } from '#commands/privacy/carry-out-erasure.ts'
import { addDays } from '#domain/dates.ts'
import { createWatch, type Watch } from './watch.ts'

/** Whoever is restricted and may have no term left. */
export interface RestrictedPerson {
  readonly organisation: string
  readonly customerId: string
}

export interface TermsEndDeps extends ErasureDeps {
  /** Those whose term ends before a day, in every organisation. */
  readonly findEnding: (
    before: string,
  ) => AsyncIterable<RestrictedPerson> | Iterable<RestrictedPerson>
  /** UTC instant. */
  readonly clock: () => string
  readonly warn: (message: string, cause: unknown) => void
}

const LOOK_EVERY_MS = 60_000

/** When the term for which somebody is kept ends, they are erased by that: nobody has to remember. */
export function createTermsEnd(deps: TermsEndDeps): Watch {
  const look = async (signal: AbortSignal): Promise<number> => {
    const now = deps.clock()
    // No organisation's day is further ahead of UTC's; each is asked for its own then.
    let looked = 0
    for await (const { organisation, customerId } of deps.findEnding(
      addDays(now.slice(0, 10), 1),
    )) {
      looked += 1
      signal.throwIfAborted()
      await carryOutErasure(deps, customerId, contextOf(organisation, now)).catch(
        (error: unknown) => deps.warn('The end of a term is looked at again later', error),
      )
    }
    return looked
  }
  const failure = 'The ends of terms are looked for again later'
  return createWatch({ look, everyMs: LOOK_EVERY_MS, failure, warn: deps.warn })
}

function contextOf(organisation: string, now: string): CommandContext {
  return {
    organisation,
    actor: 'process:terms_end',
    commandId: randomUUID(),
    correlationId: randomUUID(),
    now,
  }
}
