import { randomUUID } from 'node:crypto'
import process from 'node:process'
import type { NewEvent } from '#log/event-store.ts'
import { closedLoop } from './closed-loop.ts'

/** Streams that each writer goes round. */
const STREAMS = 20

/**
 * The same load for every side: BENCH_WRITERS writers, each going round twenty streams of its own,
 * appending one event of about 400 bytes at a time with an expected revision.
 */
export async function appendLoad(
  append: (stream: string, event: NewEvent, revision: number) => Promise<unknown>,
): Promise<void> {
  const run = randomUUID().slice(0, 8)
  await closedLoop(Number(process.env['BENCH_WRITERS'] ?? 64), 'events/s', (writer) => {
    let n = 0
    return async () => {
      const revision = Math.floor(n / STREAMS)
      await append(`bench-${run}.${writer}.${n % STREAMS}`, benchEvent(revision), revision)
      n += 1
    }
  })
}

/** An event of about 290 bytes of data and 120 of metadata. */
export function benchEvent(n: number): NewEvent {
  const commandId = randomUUID()
  return {
    id: randomUUID(),
    type: 'BenchMeasured',
    data: { n, amount: '1250', currency: 'GBP', note: 'x'.repeat(220) },
    metadata: {
      organisation: 'bench',
      actor: 'bench',
      recordedAt: '2026-01-01T00:00:00.000Z',
      commandId,
      $correlationId: commandId,
    },
  }
}
