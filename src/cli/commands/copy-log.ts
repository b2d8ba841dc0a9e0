import process from 'node:process'
import type { Command } from 'commander'
import { type Difference, compareLogs, tellDifference } from '#log/compare-logs.ts'
import { ReadHistory } from '#log/read-history.ts'
import { type CommandLine, commandLine, configuration, messages } from '../command-line.ts'
import { CommandLineError, exitCodes } from '../command-line-error.ts'
import { type OpenLogs, openLogs } from '../copy-log/open-logs.ts'
import { type Copied, type CopyMode, runCopy } from '../copy-log/run-copy.ts'
import { Progress } from '../progress.ts'

interface CopyOptions {
  readonly from: string
  readonly to: string
  readonly once?: boolean
  readonly switch?: boolean
}

const LOG = 'esdb://…, postgres://…, or the words postgres and eventstoredb for what is configured'

export function copyCommands(log: Command): void {
  log
    .command('copy')
    .requiredOption('--from <log>', LOG)
    .requiredOption('--to <log>', LOG)
    .option('--once', 'end when all is copied that the log holds now')
    .option('--switch', 'end by moving the log there: writes stand still for a moment')
    .description(
      'copy the log into another store and follow it, until interrupted; goes on where it was',
    )
    .action((options: CopyOptions, command: Command) => copy(options, command))
  log
    .command('compare')
    .requiredOption('--from <log>', LOG)
    .requiredOption('--to <log>', LOG)
    .description('read two logs side by side: count, hash, and the first event that differs')
    .action((options: CopyOptions, command: Command) => compare(options, command))
}

async function copy(options: CopyOptions, command: Command): Promise<void> {
  const line = commandLine(command.optsWithGlobals())
  if (options.once === true && options.switch === true) {
    throw new CommandLineError('usage', '--once and --switch are two ends of one copy: choose one')
  }
  const mode: CopyMode = options.switch ? 'switch' : options.once ? 'once' : 'follow'
  await withLogs(options, async (logs) => {
    const copied = await runCopy(configuration(), line, logs, mode).catch(refused)
    line.print(copied, tell(copied, logs))
    if (copied.proof === undefined && mode !== 'follow') process.exitCode = exitCodes.failure
  })
}

async function compare(options: CopyOptions, command: Command): Promise<void> {
  const line = commandLine(command.optsWithGlobals())
  await withLogs(options, (logs) => compareAll(line, logs))
}

async function withLogs(
  { from, to }: CopyOptions,
  run: (logs: OpenLogs) => Promise<void>,
): Promise<void> {
  const logs = await openLogs(configuration(), messages(), { from, to })
  try {
    await run(logs)
  } finally {
    await logs.close()
  }
}

function refused(error: unknown): never {
  const isRefusal =
    error instanceof Error && (error.name === 'CopyRefused' || error.name === 'MoveRefused')
  throw isRefusal ? new CommandLineError('conflict', error.message) : error
}

function tell({ alreadyThere, count, proof, switched }: Copied, { to }: OpenLogs): string {
  const events = `${count.toLocaleString('en')} events`
  const before =
    alreadyThere === 0 ? '' : `, ${alreadyThere.toLocaleString('en')} of them from before`
  if (proof === undefined) {
    return `Interrupted: ${to.place} holds ${events}${before}. The same command goes on there`
  }
  const equal = `Both logs hold ${events}${before}; SHA-256 ${proof.sha256}`
  if (switched === undefined) return equal
  return `${equal}
The log is in ${to.place} now. Writes stood still for ${(switched.pauseMs / 1000).toFixed(2)} s; ${switched.translated} checkpoints go on where they were${left(switched.left)}.
${nextStep(to)} Processes with the former configuration answer commands with 503 LOG_MOVED.`
}

function left(names: readonly string[]): string {
  return names.length === 0 ? '' : `, and these do not: ${names.join(', ')}`
}

function nextStep({ store, database, place }: OpenLogs['to']): string {
  if (database === undefined)
    return `Now start every Daybook process with EVENTSTOREDB_URL of ${place}.`
  if (store.kind === 'postgres' && place.startsWith('the embedded')) {
    return 'Now start every Daybook process without EVENTSTOREDB_URL.'
  }
  return `Now start every Daybook process with DATABASE_URL of ${place} and without EVENTSTOREDB_URL.`
}

async function compareAll(line: CommandLine, { from, to }: OpenLogs): Promise<void> {
  const progress = new Progress()
  const histories = [new ReadHistory(from.store), new ReadHistory(to.store)] as const
  const difference = await compareLogs(...histories, {
    signal: line.signal,
    onProgress: (events) => progress.update(0, `${events.toLocaleString('en')} events`),
  }).finally(() => progress.end())
  const [one, other] = histories.map((history) => history.summary())
  line.print(
    { equal: difference === undefined, difference, from: one, to: other },
    difference === undefined
      ? `Both logs hold ${one?.count.toLocaleString('en')} events; SHA-256 ${one?.sha256}`
      : tellBoth(difference),
  )
  if (difference !== undefined) process.exitCode = exitCodes.conflict
}

function tellBoth(difference: Difference): string {
  const { ordinal } = difference
  return `The first ${(ordinal - 1).toLocaleString('en')} events are the same; ${tellDifference(difference)}`
}
