import { existsSync, readFileSync } from 'node:fs'

/** Linux: what the processors did so far, in ticks. */
const STAT = '/proc/stat'

interface Ticks {
  readonly wanted: number
  readonly stolen: number
}

let last = ticks()

/**
 * The share of processor time that this machine wanted and its host gave to others since the last call; undefined where
 * that is not told. Delays that were measured meanwhile are partly the host's.
 */
export function stolenSince(): number | undefined {
  const now = ticks()
  if (now === undefined || last === undefined) return undefined
  const [wanted, stolen] = [now.wanted - last.wanted, now.stolen - last.stolen]
  last = now
  return wanted === 0 ? 0 : stolen / wanted
}

/** The columns are user, nice, system, idle, iowait, irq, softirq and steal (proc_stat(5)). */
function ticks(): Ticks | undefined {
  if (!existsSync(STAT)) return undefined
  const [line = ''] = readFileSync(STAT, 'utf8').split('\n', 1)
  const columns = line.trim().split(/\s+/).slice(1, 9).map(Number)
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, stolen = 0] = columns
  return { wanted: user + nice + system + irq + softirq + stolen, stolen }
}
