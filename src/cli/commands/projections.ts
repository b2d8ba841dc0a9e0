import process from 'node:process'
import type { Command } from 'commander'
import type {
  Comparison,
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
    .action((names: string[], _: unknown, command: Command) =>
      withEngine(command, (line, engine) => verify(line, engine, names)),
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
  projections
    .command('rollback')
    .argument('<name>')
    .description('put the tables back that the last rebuild replaced; they then catch up')
    .action((name: string, _: unknown, command: Command) =>
      withEngine(command, (line, engine) => rollback(line, engine, name)),
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
    status.failure?.reason ?? status.waitsFor ?? '',
  ])
  line.print(found, textTable(['projection', 'version', 'state', 'ordinal', 'behind', ''], rows))
}

async function rebuild(
  line: CommandLine,
  engine: ProjectionEngine,
  asked: readonly string[],
): Promise<void> {
  const names = await namesOf(engine, asked)
  const job = await engine.rebuild(names)
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
  return `${projection}: rebuilt from ${events}; what was there differed:\n${named(compared)}`
}

async function verify(
  line: CommandLine,
  engine: ProjectionEngine,
  asked: readonly string[],
): Promise<void> {
  const reports: VerifyReport[] = []
  for (const name of await namesOf(engine, asked)) {
    reports.push(await engine.verify(name, { signal: line.signal }))
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
  await engine.rollback(name)
  line.print({ name, rolledBack: true }, `${name}: what the last rebuild replaced is live again`)
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
