import type { EventStore, Position } from '#log/event-store.ts'
import { gather } from '#log/gather.ts'
import { positionOf } from '#log/position-of.ts'
import type { CommandOutcomes, OutcomeAnswer } from './command-outcomes.ts'

/** For so long the table is taken to follow this log, in milliseconds: not every command asks for the head. */
const SURE_FOR_MS = 1000

const nothing: OutcomeAnswer = { seen: undefined, outcome: undefined, bodyHash: undefined }

/**
 * The table of outcomes, unless the log ends before what the table has seen: then the log was replaced, and what
 * the table knows of the one before is nothing to go by. Of a log that was moved to another kind of store it holds.
 */
export function outcomesOfThisLog(
  outcomes: CommandOutcomes,
  store: Pick<EventStore, 'head' | 'comparePositions'>,
): CommandOutcomes {
  let sureUntil = Number.NEGATIVE_INFINITY
  // Each asks after it had the table's answer: a head from before could well be behind that.
  const askHead = gather(async (askers: readonly undefined[]) => {
    const head = await store.head()
    return askers.map(() => head)
  })
  const isInLog = async (seen: Position): Promise<boolean> => {
    const now = performance.now()
    if (now < sureUntil) return true
    const head = await askHead(undefined)
    const isThere = head !== undefined && store.comparePositions(seen, head) <= 0
    if (isThere) sureUntil = now + SURE_FOR_MS
    return isThere
  }
  return {
    async find(question) {
      const answer = await outcomes.find(question)
      const seen = positionOf(store, answer.seen)
      return seen === undefined || (await isInLog(seen)) ? answer : nothing
    },
    findUnchanged: (question) => outcomes.findUnchanged(question),
    keepUnchanged: (question, outcome) => outcomes.keepUnchanged(question, outcome),
  }
}
