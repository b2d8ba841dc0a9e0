import { setFlagsFromString } from 'node:v8'

/**
 * How much the old generation may grow between two collections, in percent. V8 would let it grow up to
 * fourfold before it collects; measured while everything is rebuilt from a million events, this takes a
 * third off the process's memory and nothing off its speed (`npm run bench -- rebuilds`). It makes
 * whatever answers requests slower, so it holds during rebuilds only.
 */
const GROWTH_PERCENT = 50
/** V8 decides. */
const AS_USUAL = 0

let holders = 0

/** For the whole process, from its next collection on, until whoever asked for it has let go. */
export function keepHeapSmall(): () => void {
  holders += 1
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`)
  return () => {
    holders -= 1
    if (holders === 0) setFlagsFromString(`--heap-growing-percent=${AS_USUAL}`)
  }
}
