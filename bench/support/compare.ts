import { spawn } from 'node:child_process'
import process from 'node:process'
import { rounds } from './settings.ts'

/**
 * Runs the sides of a comparison, each in a process of its own, round by round in turn, so that a
 * machine that drifts drifts under all of them; the median of the rounds counts.
 */

export interface Side {
  readonly name: string
  /** A file in bench/sides that prints one line of JSON: `Measured`. */
  readonly script: string
  readonly env?: Readonly<Record<string, string>>
}

/** What a side prints on its last line. */
export interface Measured {
  /** Events (or commands) per second. */
  readonly rate: number
  readonly unit?: string
  /** Latency in milliseconds, where the side measures it. */
  readonly p50?: number
  readonly p99?: number
  /** Peak resident memory of the side's process, in MB. */
  readonly rssMb?: number
}

export interface Result extends Measured {
  readonly side: string
  readonly rates: readonly number[]
}

export async function compare(
  sides: readonly Side[],
  times: number = rounds,
): Promise<readonly Result[]> {
  const runs = new Map<string, Measured[]>(sides.map((side) => [side.name, []]))
  for (let round = 0; round < times; round++) {
    for (const side of sides) {
      const measured = await runSide(side)
      runs.get(side.name)?.push(measured)
      process.stderr.write(`  ${side.name}: ${Math.round(measured.rate).toLocaleString('en')}/s\n`)
    }
  }
  return [...runs].map(([side, measured]) => medianOf(side, measured))
}

/** The median of a side's rounds stands for it. */
export function medianOf(side: string, measured: readonly Measured[]): Result {
  const sorted = measured.toSorted((a, b) => a.rate - b.rate)
  const middle = sorted[Math.floor(sorted.length / 2)] as Measured
  const memory = measured.flatMap(({ rssMb }) => rssMb ?? [])
  return {
    ...middle,
    side,
    rates: sorted.map(({ rate }) => rate),
    // The most that it ever took: a promise about memory holds in every round or not at all.
    ...(memory.length > 0 && { rssMb: Math.max(...memory) }),
  }
}

async function runSide(side: Side): Promise<Measured> {
  const child = spawn(process.execPath, [`bench/sides/${side.script}`], {
    env: { ...process.env, ...side.env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  const last = out.trim().split('\n').at(-1) ?? ''
  if (code !== 0 || last === '') throw new Error(`${side.name} ended with ${code}: ${out}`)
  return JSON.parse(last) as Measured
}

/** The last line of a side: what it measured. */
export function report(measured: Measured): void {
  process.stdout.write(`${JSON.stringify(measured)}\n`)
}

/** Peak resident memory of this process so far, in MB. */
export function peakMemoryMb(): number {
  return (process.resourceUsage().maxRSS * 1024) / 1e6
}
