import process from 'node:process'
import type { Command } from 'commander'
import { findEmbeddedPostgres } from '#adapters/database/embedded/embedded-postgres.ts'
import { type Config, ConfigError } from '#config'
import type { Daybook } from '../../composition.ts'
import { commandLine, configuration, withDaybook } from '../command-line.ts'
import { exitCodes } from '../command-line-error.ts'
import { type Finding, failure, ok, warning } from '../doctor/check.ts'
import { checkDatabase } from '../doctor/check-database.ts'
import { checkEvents } from '../doctor/check-events.ts'
import { checkKeys } from '../doctor/check-keys.ts'
import { checkMachine } from '../doctor/check-machine.ts'
import { checkNetwork } from '../doctor/check-network.ts'
import { checkSecrets } from '../doctor/check-secrets.ts'
import { checkUsers } from '../doctor/check-users.ts'
import { textTable } from '../table.ts'

export function doctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('what is wrong or unsafe here, and what to do about it')
    .action(async (_: unknown, command: Command) => {
      const line = commandLine(command.optsWithGlobals())
      const findings = await examine()
      const rows = findings.map(({ check, state, message }) => [state, check, message])
      line.print(findings, textTable(['', 'check', ''], rows))
      if (findings.some(({ state }) => state === 'failure')) process.exitCode = exitCodes.failure
    })
}

async function examine(): Promise<readonly Finding[]> {
  let config: Config
  try {
    config = configuration()
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return [failure('configuration', error.message)]
  }
  const { databaseUrl } = config
  const machine = await checkMachine(config)
  const database = databaseUrl === undefined ? [] : await checkDatabase(databaseUrl)
  const findings = [
    ok('configuration', 'Every variable can be used'),
    ...machine,
    ...(await checkSecrets(config)),
    ...checkNetwork(config),
    ...database,
  ]
  // What is only unsafe keeps nothing from being opened, and looked at.
  if ([...machine, ...database].some(({ state }) => state === 'failure')) return findings
  try {
    await withDaybook(async (daybook) => {
      findings.push(...(await checkEmbedded(config)), ...(await checkDaybook(daybook)))
    })
  } catch (error) {
    findings.push(failure('opening', (error as Error).message))
  }
  return findings
}

/** The embedded PostgreSQL, which runs while Daybook is open. */
async function checkEmbedded({ databaseUrl, dataDir }: Config): Promise<readonly Finding[]> {
  if (databaseUrl !== undefined) return []
  const running = await findEmbeddedPostgres(dataDir)
  return running === undefined ? [] : checkDatabase(running.url)
}

async function checkDaybook(daybook: Daybook): Promise<readonly Finding[]> {
  const { log, engine } = daybook
  const head = await log.head()
  const findings = [ok('log', `${log.kind}: ${head === undefined ? 'empty' : `head at ${head}`}`)]
  for (const { name, state, failure: cause, lag } of await engine.status()) {
    const behind = `${lag.events?.toLocaleString('en') ?? '?'} events behind`
    if (state === 'failed') {
      findings.push(failure('projections', `${name} cannot go on: ${cause?.reason ?? 'unknown'}`))
    } else if (state === 'stopped') {
      findings.push(warning('projections', `${name} is stopped: daybook projections start ${name}`))
    } else {
      findings.push(ok('projections', `${name} is ${state.replace('_', ' ')}, ${behind}`))
    }
  }
  findings.push(...(await checkUsers(daybook)), ...(await checkKeys(daybook)))
  return [...findings, ...(await checkEvents(daybook))]
}
