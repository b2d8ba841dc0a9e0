import { setImmediate } from 'node:timers/promises'

/** The longest that one computes while others of this process wait, in milliseconds. */
const SLICE_MS = 8

/** To be awaited between the pieces of a long computation: others have their turn once they have waited so long. */
export function givingWay(): () => Promise<void> {
  let since = performance.now()
  return async () => {
    if (performance.now() - since < SLICE_MS) return
    await setImmediate()
    since = performance.now()
  }
}
