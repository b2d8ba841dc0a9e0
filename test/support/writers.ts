import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'
import type { Test } from 'tap'
import type { Acknowledged } from './append-process.ts'
import { firstMessage } from './first-message.ts'

export interface Writers {
  /** What they were told to be stored so far. */
  readonly acknowledged: readonly Acknowledged[]
  readonly process: ChildProcess
  /** They wait for this, so that several can begin together. */
  start(): void
  /** Resolves when the process has ended, with its exit code; null when it was killed. */
  readonly ended: Promise<number | null>
}

const SCRIPT = new URL('./append-process.ts', import.meta.url).pathname

/** Writers in a process of their own, ready to start. */
export async function forkWriters(
  t: Pick<Test, 'teardown'>,
  url: string,
  category: string,
  writers: number,
  appends: number,
): Promise<Writers> {
  const child = fork(SCRIPT, [url, category, `${writers}`, `${appends}`], {
    // What instruments the test shall not slow the writers.
    execArgv: [],
    env: { PATH: process.env['PATH'] ?? '' },
  })
  t.teardown(() => void child.kill('SIGKILL'))
  await firstMessage(child)
  const acknowledged: Acknowledged[] = []
  child.on('message', (message) => {
    if (message !== 'done') acknowledged.push(message as Acknowledged)
  })
  // Disconnected, not only ended: what it had told is then heard.
  const ended = Promise.all([once(child, 'exit'), once(child, 'disconnect')]).then(
    ([[code]]) => code as number | null,
  )
  return { acknowledged, process: child, ended, start: () => void child.send('start') }
}
