import { readdirSync, readFileSync } from 'node:fs'
import process from 'node:process'

/** True when a process of this number runs, whoever owns it. One that only waits to be buried does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false
  }
  return processStat(pid)?.[0] !== 'Z'
}

/**
 * When the process started, as the system counts it: tells a process from a later one that was given
 * the same number. Undefined where the system does not say (not Linux) or the process is gone.
 */
export function startedAt(pid: number): string | undefined {
  return processStat(pid)?.[19]
}

/** The fields of /proc/PID/stat from the state on. */
function processStat(pid: number): readonly string[] | undefined {
  try {
    // The command's name, in parentheses, may hold anything: count from its end.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined
  }
}

/**
 * The command line of a process, arguments separated by spaces; undefined where the system does not
 * say, empty when the process is gone or hides it.
 */
export function commandLine(pid: number): string | undefined {
  if (process.platform !== 'linux') return undefined
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return ''
  }
}

/** Every process that the system shows; none where it does not. */
export function processes(): readonly number[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc').map(Number).filter(Number.isSafeInteger)
}
