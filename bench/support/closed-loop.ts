import { peakMemoryMb, report } from './compare.ts'
import { seconds } from './settings.ts'

const WARM_UP_MS = 1000

/**
 * So many callers in a closed loop, each sending its next as soon as its last was answered, for
 * BENCH_SECONDS after a warm-up; reports calls per second and latency.
 */
export async function closedLoop(
  callers: number,
  unit: string,
  makeCaller: (caller: number) => () => Promise<unknown>,
): Promise<void> {
  const latencies: number[] = []
  const phase = { counting: false, running: true }
  const loop = async (call: () => Promise<unknown>): Promise<void> => {
    while (phase.running) {
      const started = performance.now()
      await call()
      if (phase.counting) latencies.push(performance.now() - started)
    }
  }
  const loops = Array.from({ length: callers }, (_, caller) => loop(makeCaller(caller)))
  // What fails while the others are measured ends the side.
  const all = Promise.all(loops)
  await Promise.race([all, wait(WARM_UP_MS)])
  phase.counting = true
  const started = performance.now()
  await Promise.race([all, wait(seconds * 1000)])
  phase.counting = false
  const elapsed = (performance.now() - started) / 1000
  phase.running = false
  await all
  latencies.sort((a, b) => a - b)
  const quantile = (q: number): number => latencies[Math.floor(latencies.length * q)] ?? Number.NaN
  report({
    rate: latencies.length / elapsed,
    unit,
    p50: quantile(0.5),
    p99: quantile(0.99),
    rssMb: peakMemoryMb(),
  })
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
