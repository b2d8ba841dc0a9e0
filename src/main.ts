import process from 'node:process'
import { parseArgs } from 'node:util'
import closeWithGrace from 'close-with-grace'
import { pino } from 'pino'
import { createLogger } from '#adapters/logging/logger.ts'
import { loadCallerTokens } from '#adapters/tokens/caller-tokens.ts'
import { buildApp } from '#api/app.ts'
import { bearerTokens, configuredTokens } from '#api/authentication.ts'
import { accessTokens } from '#api/identity/access-tokens.ts'
import { apiKeyCallers } from '#api/identity/api-key-callers.ts'
import { loadSample } from '#cli/sample/load-sample.ts'
import { FIRST_ORGANISATION } from '#commands/identity/first-owner.ts'
import { type CallerToken, type Config, ConfigError, readConfig, setupLink } from '#config'
import { type Daybook, openDaybook } from './composition.ts'
import { noteConfiguration } from './configuration-record.ts'
import { fatalMessage } from './fatal-message.ts'
import { type FirstStart, firstStart } from './first-start.ts'

/** How long what was accepted may take to finish once the server is asked to end. */
const CLOSE_DEADLINE_MS = 20_000

/**
 * The server: `node src/main.ts`, with `--sample` to load a sample company first, and `--role` for one of
 * several processes on one log.
 */
async function main(): Promise<void> {
  const { sample, role } = readArguments()
  const config = readConfig({ ...process.env, ...(role && { DAYBOOK_ROLE: role }) })
  const logger = createLogger(config.logLevel, pino.destination(2))
  const daybook = await openDaybook(config, {
    logger,
    what: 'daybook server',
    onWaitForLog: (place) =>
      process.stdout.write(`Daybook waits for the log to move here; it is still in ${place}\n`),
  })
  try {
    await noteConfiguration(daybook.database.writer, config)
    const found = await loadCallerTokens({ configured: config.tokens, dataDir: config.dataDir })
    const app = await buildApp({
      ...daybook,
      authenticate: bearerTokens({
        accessToken: accessTokens(daybook.identity.sessions),
        configured: configuredTokens(found.tokens),
        apiKey: apiKeyCallers(daybook.apiKeys, daybook.clock),
      }),
      configuredCallers: found.tokens,
      limits: config.limits,
      network: config.network,
      role: config.role,
    })
    let first: FirstStart | undefined
    closeWithGrace({ delay: CLOSE_DEADLINE_MS, logger }, async ({ err }) => {
      if (err !== undefined) logger.fatal({ err }, 'a fault of ours')
      // What is followed can be taken over while requests in hand are still answered.
      await Promise.allSettled([app.close(), daybook.processes.stop(), daybook.engine.stop()])
      await first?.release()
      await daybook.close()
    })
    if (sample) await loadSampleCompany(daybook, found.tokens)
    if (config.role !== 'api') {
      await daybook.engine.start()
      daybook.processes.start()
      daybook.termsEnd.start()
      daybook.maintenanceRecord.start()
    }
    // Who calls by tokens that somebody chose needs no first user.
    const isByTokens = config.tokens !== undefined || found.file !== undefined
    if (!isByTokens && config.role !== 'projector') first = await firstStart(daybook)
    const address = await app.listen({ host: config.host, port: config.port })
    const port = Number(new URL(address).port)
    announce({ ...config, port }, { address, tokensFile: found.file, first: first?.link })
  } catch (error) {
    await daybook.close()
    throw error
  }
}

/** @throws ConfigError for what is no argument of ours. */
function readArguments(): { readonly sample: boolean; readonly role?: string } {
  try {
    const options = {
      sample: { type: 'boolean', default: false },
      role: { type: 'string' },
    } as const
    return parseArgs({ options }).values
  } catch (error) {
    throw new ConfigError(
      `${(error as Error).message}. The only arguments are --sample and --role.`,
    )
  }
}

/** Into the organisation of the first owner, who may be made after it: what it settles then stays. */
async function loadSampleCompany(daybook: Daybook, tokens: readonly CallerToken[]): Promise<void> {
  const organisation =
    tokens.find(({ role }) => role === 'owner')?.organisation ?? FIRST_ORGANISATION
  const outcome = await loadSample(daybook, organisation)
  process.stdout.write(
    outcome === 'loaded'
      ? `The sample company is in organisation ${organisation}\n`
      : `The sample company was not loaded: organisation ${organisation} is set up already. With another folder in DAYBOOK_DATA it is loaded there\n`,
  )
}

interface Started {
  readonly address: string
  readonly tokensFile: string | undefined
  readonly first: FirstStart['link'] | undefined
}

function announce(config: Config, { address, tokensFile, first }: Started): void {
  const lines = [`Daybook is ready at ${address} (its API is described at ${address}/api/docs)`]
  if (tokensFile !== undefined) {
    lines.push(
      `The tokens in ${tokensFile}, made by an earlier Daybook, still count. Remove it when nobody needs them: the next start makes a first user where there is none, and programs have keys (npx daybook api-key create)`,
    )
  }
  if (first === 'elsewhere') {
    lines.push(
      'Nobody can sign in yet: another process has printed the link that sets the first password (npx daybook user reset EMAIL makes another)',
    )
  } else if (first !== undefined) {
    lines.push(
      `Nobody can sign in yet. ${first.email} sets the password here, once, until ${first.expiresAt}:`,
      setupLink(config, first.token),
    )
  }
  process.stdout.write(`${lines.join('\n')}\n`)
}

try {
  await main()
} catch (error) {
  process.stderr.write(`daybook: ${fatalMessage(error)}\n`)
  process.exit(1)
}
