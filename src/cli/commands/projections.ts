import process from 'node:process'
import type { Command } from 'commander'
import type {
  Comparison,
  KeptStatus,
  ProjectionEngine,
  ProjectionStatus,
  RebuildReport,
  VerifyReport,
} from '#projections/engine/projection-engine.ts'
import { type CommandLine, commandLine, withDaybook } from '../command-line.ts'
import { CommandLineError, exitCodes } from '../command-line-error.ts'
import { Progress } from '../progress.ts'
import { textTable } from '../table.ts'

export function projectionCommands(program: Command): void {
  const projections = program.command('projections').description('the read models and their state')
  projections
    .command('list')
    .description('where each projection is, and why it waits or stopped')
    .action((_: unknown, command: Command) => withEngine(command, list))
  projections
    .command('rebuild')
    .argument('[names...]', 'default: all')
    .description('fold the whole log anew beside the live tables, then replace them')
    .action((names: string[], _: unknown, command: Command) =>
      withEngine(command, (line, engine) => rebuild(line, engine, names)),
    )
  projections
    .command('verify')
    .argument('[names...]', 'default: all')
    .description('fold the log anew and name every row that differs')
    .option('--kept', 'the tables kept for a rollback instead of the live ones')
    .action((names: string[], { kept }: { kept?: boolean }, command: Command) =>
      withEngine(command, (line, engine) => verify(line, engine, names, kept ? 'kept' : 'live')),
    )
  projections
    .command('start')
    .argument('<name>')
    .description('let a stopped or failed projection go on')
    .action((name: string, _: unknown, command: Command) =>
      withEngine(command, (line, engine) => startOrStop(line, engine, name, 'start')),
    )
  projections
    .command('stop')
    .argument('<name>')
    .description('stop a projection until it is started again')
    .action((name: string, _: unknown, command: Command) =>
      withEngine(command, (line, engine) => startOrStop(line, engine, name, 'stop')),
    )
  addTakingBack(projections)
}

function addTakingBack(projections: Command): void {
  projections
    .command('rollback')
    .argument('<name>')
    .description('let the live tables and those kept change places; twice is as before')
    .action((name: string, _: unknown, command: Command) =>
      withEngine(command, (line, engine) => rollback(line, engine, name)),
    )
  projections
    .command('drop')
    .argument('<name>')
    .description('drop the tables that are kept for a rollback')
    .action((name: string, _: unknown, command: Command) =>
      withEngine(command, (line, engine) => drop(line, engine, name)),
    )
  projections
    .command('compare')
    .argument('<name>')
    .description(
      'name every row in which live and kept tables differ: what a rollback would change',
    )
    .action((name: string, _: unknown, command: Command) =>
      withEngine(command, (line, engine) => compare(line, engine, name)),
    )
  projections
    .command('history')
    .argument('[name]', 'default: all')
    .description('rebuilds, rollbacks and drops: when, who, which version, how tables compared')
    .action((name: string | undefined, _: unknown, command: Command) =>
      withEngine(command, (line, engine) => history(line, engine, name)),
    )
}

async function withEngine(
  command: Command,
  run: (line: CommandLine, engine: ProjectionEngine) => Promise<void>,
): Promise<void> {
  const line = commandLine(command.optsWithGlobals())
  await withDaybook(({ engine }) => run(line, engine))
}

async function list(line: CommandLine, engine: ProjectionEngine): Promise<void> {
  const found = await engine.status()
  const rows = found.map((status) => [
    status.name,
    `v${status.tablesVersion ?? '-'}`,
    status.state,
    status.ordinal.toLocaleString('en'),
    status.lag.events?.toLocaleString('en') ?? '?',
    status.kept === undefined ? '' : describeKept(status.kept),
    status.failure?.reason ?? status.waitsFor ?? '',
  ])
  const header = ['projection', 'version', 'state', 'ordinal', 'behind', 'kept', '']
  line.print(found, textTable(header, rows))
}

function describeKept({ version, state, lag, sizeBytes, since }: KeptStatus): string {
  const behind = lag.events?.toLocaleString('en') ?? '?'
  return `v${version} ${state}, ${behind} behind, ${megabytes(sizeBytes)}, since ${since.slice(0, 16)}`
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`
}

async function rebuild(
  line: CommandLine,
  engine: ProjectionEngine,
  asked: readonly string[],
): Promise<void> {
  const names = await namesOf(engine, asked)
  const job = await engine.rebuild(asked.length === 0 ? 'all' : names, line)
  line.signal.addEventListener('abort', () => job.cancel())
  const progress = new Progress()
  const watching = setInterval(() => {
    void engine.status().then((found) => progress.update(...progressOf(found, names)))
  }, 200)
  const reports = await job.done.finally(() => clearInterval(watching))
  progress.end()
  line.print(reports, reports.map(describeRebuild).join('\n'))
  if (reports.some((report) => report.state !== 'done')) process.exitCode = exitCodes.failure
}

/** The projections of one rebuild advance together: the slowest stands for all. */
function progressOf(
  found: readonly ProjectionStatus[],
  names: readonly string[],
): [number, string] {
  const rebuilds = found.flatMap(({ name, rebuild }) =>
    rebuild === undefined || !names.includes(name) ? [] : [rebuild],
  )
  const slowest = rebuilds.toSorted((a, b) => a.ordinal - b.ordinal)[0]
  if (slowest === undefined) return [0, '']
  const { ordinal, goal, eventsPerSecond, remainingSeconds, state } = slowest
  const rate = `${Math.round(eventsPerSecond).toLocaleString('en')} events/s`
  const left = remainingSeconds === undefined ? '' : `, ${Math.ceil(remainingSeconds)} s left`
  return [goal === undefined || goal === 0 ? 0 : ordinal / goal, `${state}, ${rate}${left}`]
}

function describeRebuild(report: RebuildReport): string {
  const { projection, state, ordinal, failure, compared } = report
  const events = `${ordinal.toLocaleString('en')} events`
  if (state !== 'done') return `${projection}: ${state}${failure ? `: ${failure.reason}` : ''}`
  if (compared === undefined) return `${projection}: rebuilt from ${events}`
  if (compared.equal) return `${projection}: rebuilt from ${events}, equal to what was there`
  const { liveVersion } = compared
  if (liveVersion === report.version) {
    return `${projection}: rebuilt from ${events}; what was there differed:\n${named(compared)}`
  }
  const versions = `version ${report.version} in place of ${liveVersion}`
  return `${projection}: rebuilt from ${events} as ${versions}; ${differing(compared)}`
}

async function verify(
  line: CommandLine,
  engine: ProjectionEngine,
  asked: readonly string[],
  tables: 'live' | 'kept',
): Promise<void> {
  const reports: VerifyReport[] = []
  for (const name of await namesOf(engine, asked)) {
    reports.push(await engine.verify(name, { tables, signal: line.signal }))
  }
  line.print(reports, reports.map(describeVerify).join('\n'))
  if (reports.some((report) => !report.equal)) process.exitCode = exitCodes.failure
}

function describeVerify(report: VerifyReport): string {
  const { projection, tables, equal, ordinal } = report
  const at = `at ordinal ${ordinal.toLocaleString('en')}`
  const rows = tables.reduce((sum, { rows }) => sum + rows, 0).toLocaleString('en')
  if (equal) return `${projection}: ${rows} rows equal to the log ${at}`
  const count = tables.reduce((sum, { findings }) => sum + findings, 0).toLocaleString('en')
  return `${projection}: ${count} rows differ from the log ${at}\n${named(report)}`
}

/** In what two versions differ, which is no fault of either. */
function differing(compared: Comparison): string {
  const { tables, notCompared } = compared
  const count = tables.reduce((sum, { findings }) => sum + findings, 0).toLocaleString('en')
  const left = notCompared.length === 0 ? '' : ` (only in one of them: ${notCompared.join(', ')})`
  return `${count} rows differ in what both have${left}\n${named(compared)}`.trimEnd()
}

function named({ findings }: Comparison): string {
  const lines = findings.map(({ table, key, kind, columns }) => {
    const differing = columns.map(
      ({ column, live, right }) => `${column} is ${live ?? 'null'}, should be ${right ?? 'null'}`,
    )
    return `  ${table} ${JSON.stringify(key)} ${kind}: ${differing.join('; ')}`
  })
  return lines.join('\n')
}

async function startOrStop(
  line: CommandLine,
  engine: ProjectionEngine,
  name: string,
  what: 'start' | 'stop',
): Promise<void> {
  await namesOf(engine, [name])
  if (what === 'start') await engine.startProjection(name)
  else await engine.stopProjection(name)
  line.print(
    { name, started: what === 'start' },
    `${name} ${what === 'start' ? 'started' : 'stopped'}`,
  )
}

async function rollback(line: CommandLine, engine: ProjectionEngine, name: string): Promise<void> {
  await namesOf(engine, [name])
  const taken = await engine.rollback(name, line)
  const { liveVersion, version } = taken
  const again = `daybook projections rollback ${name}`
  line.print(
    { name, rolledBack: true, ...taken },
    `${name}: version ${liveVersion} is live; version ${version} is kept, and followed (${again} goes back to it)`,
  )
}

async function drop(line: CommandLine, engine: ProjectionEngine, name: string): Promise<void> {
  await namesOf(engine, [name])
  const taken = await engine.drop(name, line)
  const { liveVersion, version, ordinal } = taken
  const at = `at ordinal ${ordinal.toLocaleString('en')}`
  line.print(
    { name, dropped: true, ...taken },
    `${name}: the kept tables of version ${version}, ${at}, are dropped; version ${liveVersion} is live`,
  )
}

async function compare(line: CommandLine, engine: ProjectionEngine, name: string): Promise<void> {
  await namesOf(engine, [name])
  const report = await engine.compare(name)
  const versions = `live version ${report.liveVersion} and kept version ${report.version}`
  const at = `at ordinal ${report.ordinal.toLocaleString('en')}`
  line.print(report, `${name}: ${versions} ${at}: ${differing(report)}`)
}

async function history(
  line: CommandLine,
  engine: ProjectionEngine,
  name: string | undefined,
): Promise<void> {
  if (name !== undefined) await namesOf(engine, [name])
  const found = await engine.history(name, 100)
  const rows = found.map(({ projection, at, action, by, compared, reason, ...entry }) => [
    at,
    projection,
    action.replace('_', ' '),
    `v${entry.fromVersion ?? '-'} to v${entry.toVersion ?? '-'}`,
    entry.ordinal.toLocaleString('en'),
    by === undefined ? 'by itself' : by.actor,
    reason ?? (compared === undefined ? '' : briefly(compared)),
  ])
  const header = ['at', 'projection', '', 'version', 'ordinal', 'by', '']
  line.print(found, textTable(header, rows))
}

function briefly({ equal, tables }: Pick<Comparison, 'equal' | 'tables'>): string {
  const count = tables.reduce((sum, { findings }) => sum + findings, 0)
  return equal ? 'equal' : `${count.toLocaleString('en')} rows differ`
}

async function namesOf(
  engine: ProjectionEngine,
  asked: readonly string[],
): Promise<readonly string[]> {
  const known = (await engine.status()).map((status: ProjectionStatus) => status.name)
  const unknown = asked.filter((name) => !known.includes(name))
  if (unknown.length > 0) {
    const names = known.join(', ')
    throw new CommandLineError(
      'not_found',
      `No projection ${unknown.join(', ')}; there are ${names}`,
    )
  }
  return asked.length === 0 ? known : asked
}
