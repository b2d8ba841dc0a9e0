import { setImmediate, setTimeout as sleep } from 'node:timers/promises'

/** How long whoever can do without the log waits for it, in milliseconds. */
const SOON_MS = 1000

/** No answer came soon; it may still come, to nobody. */
export class NotSoon extends Error {
  override readonly name = 'NotSoon'

  constructor() {
    super(`The log gave no answer within ${SOON_MS} ms`)
  }
}

/**
 * What was asked of the log, if it is told soon: for those who must not fall silent with it.
 *
 * @throws NotSoon; whatever `asked` throws
 */
export async function soon<T>(asked: Promise<T>): Promise<T> {
  const ended = new AbortController()
  const late = async (): Promise<never> => {
    await sleep(SOON_MS, undefined, { signal: ended.signal })
    // An answer that lay there while this process was busy is heard first.
    await setImmediate()
    throw new NotSoon()
  }
  try {
    return await Promise.race([asked, late()])
  } finally {
    ended.abort()
  }
}
