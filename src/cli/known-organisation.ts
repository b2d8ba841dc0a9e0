import { loadCallerTokens } from '#adapters/tokens/caller-tokens.ts'
import { messageOf } from '#api/messages/index.ts'
import { isCreated } from '#commands/organisation/create-organisation.ts'
import { INSTALLATION } from '#domain/organisation/installation.ts'
import type { Daybook } from '../composition.ts'
import { CommandLineError } from './command-line-error.ts'

type Known = Pick<Daybook, 'config' | 'database' | 'handler'>

/**
 * For whatever is asked of an organisation by its id, since a typo would have books of its own. There is one that
 * was created; one of a caller of the configuration, who works in it without that; and one that such a caller has
 * worked in, as far as the index of events has come. The installation is one of its own.
 *
 * @throws CommandLineError not_found
 */
export async function needOrganisation(daybook: Known, organisation: string): Promise<void> {
  if (organisation === INSTALLATION) return
  if (await isCreated(daybook, organisation)) return
  if (await isOfConfiguration(daybook, organisation)) return
  if (await hasEvents(daybook, organisation)) return
  throw new CommandLineError('not_found', messageOf('en', 'ORGANISATION_UNKNOWN', { organisation }))
}

async function isOfConfiguration({ config }: Known, organisation: string): Promise<boolean> {
  const { tokens } = await loadCallerTokens({ ...config, configured: config.tokens })
  return tokens.some((caller) => caller.organisation === organisation)
}

/** Before anything was ever folded there is no index. */
async function hasEvents({ database }: Known, organisation: string): Promise<boolean> {
  const index = await database.engine.query<{ isThere: boolean }>(
    `select to_regclass('event_index.event') is not null as "isThere"`,
  )
  if (index.rows[0]?.isThere !== true) return false
  const { rows } = await database.engine.query(
    'select from event_index.event where organisation = $1 limit 1',
    [organisation],
  )
  return rows.length > 0
}
