import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

/**
 * What a forked program tells first.
 *
 * @throws Error when it ends before it has told anything.
 */
export async function firstMessage(child: ChildProcess): Promise<unknown> {
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${child.spawnargs.join(' ')} ended with ${code} before it told anything`)
  })
  // It may well end later.
  ended.catch(() => undefined)
  const [message] = (await Promise.race([once(child, 'message'), ended])) as readonly unknown[]
  return message
}
