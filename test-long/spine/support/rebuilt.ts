import { setTimeout as sleep } from 'node:timers/promises'
import { dig, type TestServer } from '#test/support/server.ts'
import { found, type Row } from './answers.ts'

export interface Rebuilt {
  readonly name: string
  readonly state: string
  /** How the new tables compared with the live ones, just before they replaced them. */
  readonly equal: boolean | undefined
  /** Events that the new tables were made from. */
  readonly ordinal: number
}

/** Waits until the rebuild of every projection is over; by name. */
export async function rebuilt(
  server: TestServer,
  timeoutMs = 300_000,
): Promise<readonly Rebuilt[]> {
  const end = performance.now() + timeoutMs
  for (;;) {
    const rebuilds = (dig(await found(server, '/api/projections'), 'data') as readonly Row[]).map(
      (row) => rebuildOf(row),
    )
    if (rebuilds.every(({ state }) => OVER.has(state))) {
      return rebuilds.toSorted((a, b) => (a.name < b.name ? -1 : 1))
    }
    if (performance.now() > end) throw new Error(`Still at it: ${JSON.stringify(rebuilds)}`)
    await sleep(100)
  }
}

const OVER = new Set(['done', 'failed', 'cancelled'])

function rebuildOf(row: Row): Rebuilt {
  const rebuild = (row['rebuild'] ?? {}) as Row
  const compared = rebuild['compared'] as { readonly equal: boolean } | undefined
  return {
    name: row['name'] as string,
    state: (rebuild['state'] ?? 'none') as string,
    equal: compared?.equal,
    ordinal: Number(rebuild['ordinal']),
  }
}
