import process from 'node:process'
import type { Result } from './compare.ts'
import { stolenSince } from './stolen.ts'

/** What Daybook promises of one comparison. */
export type Target =
  | { readonly side: string; readonly atLeast: number; readonly of: string }
  | { readonly side: string; readonly rssBelowMb: number }
  | { readonly side: string; readonly p99BelowMs: number }
  /** In the side's own unit. */
  | { readonly side: string; readonly atMost: number }

/** Whether each promise was kept in this run, for the end. */
const verdicts: string[] = []

/** One table: each side with its median, its spread and its ratio to the side that is the measure. */
export function print(
  title: string,
  results: readonly Result[],
  measure: string,
  targets: readonly Target[] = [],
): void {
  const base = rateOf(results, measure)
  const lines = results.map((result) => line(result, base))
  const judged = targets.map((target) => judge(results, target))
  verdicts.push(...judged.map((verdict) => `${title}: ${verdict}`))
  const text = [
    `${title} (ratio to: ${measure}${stolenText()})`,
    ...lines,
    ...judged.map((v) => `→ ${v}`),
  ]
  process.stdout.write(`\n${text.join('\n')}\n`)
}

function stolenText(): string {
  const share = stolenSince()
  return share === undefined ? '' : `; the host took ${Math.round(share * 100)} % meanwhile`
}

/** Something to know about what was compared. */
export function note(text: string): void {
  process.stdout.write(`\n${text}\n`)
}

export function printVerdicts(): void {
  if (verdicts.length === 0) return
  process.stdout.write(`\nTargets\n${verdicts.join('\n')}\n`)
}

function line(result: Result, base: number): string {
  const cells = [
    result.side.padEnd(44),
    `${whole(result.rate)} ${result.unit ?? 'events/s'}`.padStart(20),
    `${(result.rate / base).toFixed(2)}x`.padStart(9),
    `(${result.rates.map(whole).join(' ')})`,
    result.p50 === undefined ? '' : `p50 ${result.p50.toFixed(2)} ms`,
    result.p99 === undefined ? '' : `p99 ${result.p99.toFixed(2)} ms`,
    result.rssMb === undefined ? '' : `${Math.round(result.rssMb)} MB`,
  ]
  return cells.filter((cell) => cell !== '').join('  ')
}

function judge(results: readonly Result[], target: Target): string {
  if ('rssBelowMb' in target) {
    const rss = results.find(({ side }) => side === target.side)?.rssMb ?? Number.NaN
    const met = rss < target.rssBelowMb ? 'met' : 'NOT MET'
    return `${target.side} below ${target.rssBelowMb} MB: ${Math.round(rss)} MB, ${met}`
  }
  if ('p99BelowMs' in target) {
    const p99 = results.find(({ side }) => side === target.side)?.p99 ?? Number.NaN
    const met = p99 < target.p99BelowMs ? 'met' : 'NOT MET'
    return `${target.side} below ${target.p99BelowMs} ms: p99 ${p99.toFixed(1)} ms, ${met}`
  }
  if ('atMost' in target) {
    const { rate = Number.NaN, unit = '' } = results.find(({ side }) => side === target.side) ?? {}
    const met = rate <= target.atMost ? 'met' : 'NOT MET'
    return `${target.side} within ${whole(target.atMost)} ${unit}: ${whole(rate)} ${unit}, ${met}`
  }
  const ratio = rateOf(results, target.side) / rateOf(results, target.of)
  const met = ratio >= target.atLeast ? 'met' : 'NOT MET'
  return `${target.side} at least ${target.atLeast}x ${target.of}: ${ratio.toFixed(2)}x, ${met}`
}

function rateOf(results: readonly Result[], name: string): number {
  return results.find(({ side }) => side === name)?.rate ?? Number.NaN
}

function whole(rate: number): string {
  return Math.round(rate).toLocaleString('en')
}
