import { setTimeout as sleep } from 'node:timers/promises'
import { dig, type TestServer } from '#test/support/server.ts'
import { found, type Row } from './answers.ts'

const QUIET_MS = 4000

/**
 * Waits until nothing moves any more: every projection is at the head, and no process has appended
 * anything for a while. Returns the ordinal of the last event.
 */
export async function settled(server: TestServer, timeoutMs = 300_000): Promise<number> {
  const end = performance.now() + timeoutMs
  let ordinal = -1
  let since = performance.now()
  for (;;) {
    const { ordinals, live } = await places(server)
    const same = ordinals.every((one) => one === ordinals[0])
    if (!live || !same || ordinals[0] !== ordinal) since = performance.now()
    ordinal = ordinals[0] ?? -1
    if (performance.now() - since > QUIET_MS) return ordinal
    if (performance.now() > end) throw new Error(`Not at rest: ${ordinals.join(', ')}`)
    await sleep(200)
  }
}

async function places(server: TestServer) {
  const rows = dig(await found(server, '/api/projections'), 'data') as readonly Row[]
  const failed = rows.find(({ state }) => state === 'failed')
  if (failed !== undefined) throw new Error(`A projection failed: ${JSON.stringify(failed)}`)
  const ordinals = rows.map((row) => Number(row['ordinal']))
  return { ordinals, live: rows.every(({ state }) => state === 'live') }
}
