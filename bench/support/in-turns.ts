import autocannon from 'autocannon'
import { type Measured, medianOf, type Result } from './compare.ts'
import { rounds } from './settings.ts'
import { startWalletServer, type WalletServer } from './wallet-server.ts'

/**
 * Servers under load, second by second in turn: all of them run, and one is loaded at a time. What else the
 * machine does changes within seconds, and so hits all sides alike; the median of a side's seconds counts.
 */

/** A server, and the load that it gets. */
export interface LoadedSide {
  readonly name: string
  /** Of `bench/servers/wallets.ts`. */
  readonly environment: Readonly<Record<string, string>>
  readonly loadOf: (server: WalletServer) => Load | Promise<Load>
  /** What a request does so many of; without it one request. */
  readonly unit?: string
  readonly perRequest?: number
}

/** What callers send, who each wait for their last answer. */
export type Load = Omit<autocannon.Options, 'url' | 'duration'>

const TURNS_OF_ROUND = 5
const TURN_SECONDS = 1
const WARM_UP_SECONDS = 4

export async function compareInTurns(sides: readonly LoadedSide[]): Promise<readonly Result[]> {
  const started = []
  for (const side of sides) started.push(await start(side))
  for (let turn = 0; turn < rounds * TURNS_OF_ROUND; turn++) {
    // None always follows the same other.
    const first = turn % started.length
    for (const side of [...started.slice(first), ...started.slice(0, first)]) {
      await side.turn()
    }
  }
  for (const { server } of started) await server.stop()
  return started.map(({ name, measured }) => medianOf(name, measured))
}

async function start({
  name,
  environment,
  loadOf,
  unit = 'requests/s',
  perRequest = 1,
}: LoadedSide) {
  const server = await startWalletServer(environment)
  const given = { ...(await loadOf(server)), url: server.url }
  const warm = await autocannon({ ...given, duration: WARM_UP_SECONDS })
  const amount = Math.ceil((warm['2xx'] / warm.duration) * TURN_SECONDS)
  const measured: Measured[] = []
  const turn = async (): Promise<void> => {
    const { result, seconds } = await answered({ ...given, amount })
    const { p50, p99 } = result.latency
    measured.push({ rate: (amount * perRequest) / seconds, unit, p50, p99 })
  }
  return { name, server, turn, measured }
}

/**
 * The load, and the time until its last answer: autocannon itself looks once a second whether it has ended.
 *
 * @throws Error when anything was not done
 */
async function answered(load: autocannon.Options) {
  const begun = performance.now()
  let ended = begun
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const running = autocannon(load, (error: unknown, done) =>
      error instanceof Error ? reject(error) : resolve(done),
    )
    running.on('response', () => {
      ended = performance.now()
    })
  })
  const failed = result.non2xx + result.errors + result.mismatches
  if (failed > 0 || result['2xx'] !== load.amount) {
    throw new Error(`${failed} failed, ${result['2xx']} of ${load.amount} passed`)
  }
  return { result, seconds: (ended - begun) / 1000 }
}
