import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CommandContext } from '#commands/handler.ts'
import { carryOutErasure, type ErasureDeps } from '#commands/privacy/carry-out-erasure.ts'
import { addDays } from '#domain/dates.ts'

/** Whoever is restricted and may have no term left. */
export interface RestrictedPerson {
  readonly organisation: string
  readonly customerId: string
}

export interface TermsEndDeps extends ErasureDeps {
  /** Those whose term ends before a day, in every organisation; some thousands at most. */
  readonly findEnding: (before: string) => Promise<readonly RestrictedPerson[]>
  /** UTC instant. */
  readonly clock: () => string
  readonly warn: (message: string, cause: unknown) => void
}

/** Watches, in whatever program runs processes: two that do it at once do no harm. */
export interface TermsEnd {
  start(): void
  stop(): Promise<void>
  /** Looks once; answers how many were looked at. */
  look(): Promise<number>
}

const LOOK_EVERY_MS = 60_000

/** When the term for which somebody is kept ends, they are erased by that: nobody has to remember. */
export function createTermsEnd(deps: TermsEndDeps): TermsEnd {
  const stopping = new AbortController()
  let running: Promise<void> | undefined

  async function look(): Promise<number> {
    const now = deps.clock()
    // No organisation's day is further ahead of UTC's; each is asked for its own then.
    const ending = await deps.findEnding(addDays(now.slice(0, 10), 1))
    for (const { organisation, customerId } of ending) {
      stopping.signal.throwIfAborted()
      await carryOutErasure(deps, customerId, contextOf(organisation, now)).catch(
        (error: unknown) => deps.warn('The end of a term is looked at again later', error),
      )
    }
    return ending.length
  }

  async function run({ signal }: AbortController): Promise<void> {
    while (!signal.aborted) {
      await look().catch((error: unknown) => {
        if (!signal.aborted) deps.warn('The ends of terms are looked for again later', error)
      })
      await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined)
    }
  }

  return {
    look,
    start() {
      running ??= run(stopping)
    },
    async stop() {
      stopping.abort()
      await running
    },
  }
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
