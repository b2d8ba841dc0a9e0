import { randomUUID } from 'node:crypto'
import type { Command } from 'commander'
import { z } from 'zod'
import { messageOf } from '#api/messages/index.ts'
import { scopesOf } from '#api/permissions.ts'
import { issueApiKey } from '#commands/identity/issue-api-key.ts'
import { revokeApiKey } from '#commands/identity/revoke-api-key.ts'
import { type ApiKeyRole, apiKeyRole } from '#domain/identity/api-key.ts'
import { INSTALLATION } from '#domain/organisation/installation.ts'
import { Rejection } from '#domain/rejection.ts'
import { ORGANISATION_ID } from '#log/stream-name.ts'
import type { Daybook } from '../../composition.ts'
import { findApiKeys, type ListedApiKey } from '../api-keys/find-api-keys.ts'
import { type CommandLine, commandLine, withDaybook } from '../command-line.ts'
import { CommandLineError } from '../command-line-error.ts'
import { needOrganisation } from '../known-organisation.ts'
import { textTable } from '../table.ts'

const whose = {
  organisation: z.string().regex(ORGANISATION_ID, 'must be the id of an organisation'),
  installation: z.boolean().default(false),
}
const listOptions = z.object(whose)
const createOptions = z.object({
  ...whose,
  role: apiKeyRole.exclude(['installation']),
  scopes: z
    .string()
    .transform((text) => text.split(',').map((scope) => scope.trim()))
    .optional(),
  expires: z.iso
    .datetime({ offset: true, error: 'must be an instant like 2027-01-31T00:00:00Z' })
    .transform((text) => new Date(text).toISOString())
    .optional(),
})
const nameIn = z.string().min(1, 'must not be empty').max(100, 'must have at most 100 characters')

export function apiKeyCommands(program: Command): void {
  const keys = program
    .command('api-key')
    .description('keys of programs: of an organisation, or of whoever runs the installation')
  ofSomebody(keys.command('create'))
    .argument('<name>', 'by which people know it')
    .option('--role <role>', 'what the program is to the organisation', 'service')
    .option('--scopes <permissions>', 'with commas between (default: all that the role may do)')
    .option('--expires <instant>', 'from when on it is no key any more (default: never)')
    .description('issue a key; it is shown once')
    .action((name: string, given: unknown, command: Command) =>
      withLine(command, (line, daybook) => create(line, daybook, name, given)),
    )
  ofSomebody(keys.command('list'))
    .description('the keys, newest first, those that expired or were revoked with them')
    .action((given: unknown, command: Command) =>
      withLine(command, (line, daybook) => list(line, daybook, given)),
    )
  ofSomebody(keys.command('revoke'))
    .argument('<id>')
    .description('revoke a key, for ever and at once')
    .action((id: string, given: unknown, command: Command) =>
      withLine(command, (line, daybook) => revoke(line, daybook, id, given)),
    )
}

function ofSomebody(command: Command): Command {
  return command
    .option('--organisation <id>', 'whose keys', 'main')
    .option('--installation', 'keys of whoever runs the installation, instead')
}

async function withLine(
  command: Command,
  run: (line: CommandLine, daybook: Daybook) => Promise<void>,
): Promise<void> {
  const line = commandLine(command.optsWithGlobals())
  await withDaybook((daybook) => run(line, daybook))
}

async function create(
  line: CommandLine,
  daybook: Daybook,
  name: string,
  given: unknown,
): Promise<void> {
  const asked = parse(createOptions, given)
  await needOrganisation(daybook, organisationOf(asked))
  const role: ApiKeyRole = asked.installation ? 'installation' : asked.role
  const wanted = {
    name: parse(z.object({ name: nameIn }), { name }).name,
    role,
    scopes: asked.scopes,
    // Who reaches this command line can do everything here.
    grantable: scopesOf(role),
    expiresAt: asked.expires,
  }
  const issued = await told(issueApiKey(daybook, wanted, context(line, daybook, asked)))
  const [event] = issued.events
  if (event?.type !== 'ApiKeyIssued') throw new Error('No key was issued')
  const { apiKeyId: id, ...data } = event.data
  line.print(
    { id, ...data, secret: issued.token },
    `${issued.token}\nThis key is shown once. Its id is ${id}; it may: ${data.scopes.join(', ')}.`,
  )
}

async function list(line: CommandLine, daybook: Daybook, given: unknown): Promise<void> {
  const organisation = organisationOf(parse(listOptions, given))
  await needOrganisation(daybook, organisation)
  const found = await findApiKeys(daybook, organisation)
  const rows = found.map((key: ListedApiKey) => [
    key.id,
    key.prefix,
    key.name,
    key.role,
    key.scopes.join(','),
    key.status,
    key.issuedAt,
    key.expiresAt ?? 'never',
    key.lastUsedAt ?? 'never',
  ])
  const header = ['id', 'begins', 'name', 'role', 'scopes', '', 'issued', 'expires', 'last used']
  line.print(found, textTable(header, rows))
}

async function revoke(
  line: CommandLine,
  daybook: Daybook,
  id: string,
  given: unknown,
): Promise<void> {
  const asked = parse(listOptions, given)
  await needOrganisation(daybook, organisationOf(asked))
  const { events } = await told(revokeApiKey(daybook, id, context(line, daybook, asked)))
  const what = events.length === 0 ? 'was revoked before' : 'is revoked'
  line.print({ id, revoked: true }, `The key ${id} ${what}`)
}

type Whose = z.output<typeof listOptions>

function organisationOf({ organisation, installation }: Whose): string {
  return installation ? INSTALLATION : organisation
}

function context({ actor }: CommandLine, { clock }: Daybook, asked: Whose) {
  return {
    organisation: organisationOf(asked),
    actor,
    commandId: randomUUID(),
    correlationId: randomUUID(),
    now: clock(),
  }
}

function parse<Schema extends z.ZodType>(schema: Schema, given: unknown): z.output<Schema> {
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new CommandLineError('usage', `--${issue?.path.join('.')}: ${issue?.message}`)
}

/** What the domain refuses, for the person at the terminal. */
async function told<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof Rejection)) throw error
    const reason = error.code === 'API_KEY_UNKNOWN' ? 'not_found' : 'refused'
    const facts = { ...error.facts, field: error.field ?? '' }
    throw new CommandLineError(reason, messageOf('en', error.code, facts))
  }
}
