import { randomUUID } from 'node:crypto'
import type { Command } from 'commander'
import { z } from 'zod'
import { messageOf } from '#api/messages/index.ts'
import type { CommandContext } from '#commands/handler.ts'
import { type AddedUser, addUser, resetUser } from '#commands/identity/add-user.ts'
import { eraseUser } from '#commands/identity/erase-user.ts'
import { createOrganisation } from '#commands/organisation/create-organisation.ts'
import { type Config, setupLink } from '#config'
import { memberRole } from '#domain/identity/members.ts'
import { userErasureReason } from '#domain/identity/user.ts'
import { INSTALLATION } from '#domain/organisation/installation.ts'
import { language } from '#domain/organisation/settings.ts'
import { Rejection } from '#domain/rejection.ts'
import { ORGANISATION_ID } from '#log/stream-name.ts'
import type { Daybook } from '../../composition.ts'
import { type CommandLine, commandLine, withDaybook } from '../command-line.ts'
import { CommandLineError } from '../command-line-error.ts'
import { findMembers } from '../identity/find-members.ts'
import { needOrganisation } from '../known-organisation.ts'
import { textTable } from '../table.ts'

const organisationId = z
  .string()
  .regex(ORGANISATION_ID, 'must be lower-case letters, digits and inner hyphens, at most 63')
const email = z.email('must be an e-mail address').max(254)
const name = z.string().min(1).max(200)
const organisationOptions = z.object({
  id: organisationId,
  name,
  timeZone: z.string().max(64).optional(),
  currency: z.string().optional(),
  language: language.optional(),
})
const userOptions = z.object({
  email,
  name,
  organisation: organisationId.optional(),
  role: memberRole.exclude(['installation']).optional(),
  language: language.optional(),
  installation: z.boolean().default(false),
  existing: z.boolean().default(false),
})

const eraseOptions = z.object({
  email,
  reason: z.enum(
    userErasureReason.options,
    `must be one of ${userErasureReason.options.join(', ')}`,
  ),
})
const listOptions = userOptions.pick({ organisation: true, installation: true })

/** Who runs the installation works here: these need no sign-in. */
export function identityCommands(program: Command): void {
  program
    .command('org')
    .description('the organisations of this installation')
    .command('create')
    .argument('<id>', 'lower-case letters, digits and inner hyphens; never changed')
    .requiredOption('--name <name>', 'under which it is known')
    .option('--time-zone <zone>', 'of its days, such as Asia/Riyadh (default: UTC)')
    .option('--currency <code>', 'of its books, such as SAR (default: USD)')
    .option('--language <code>', 'en, ar or fa (default: en)')
    .description('create an organisation; again, nothing happens')
    .action((id: string, _: unknown, command: Command) =>
      run(command, (line, daybook) => create(line, daybook, { ...command.opts(), id })),
    )
  const user = program.command('user').description('people who sign in')
  user
    .command('add')
    .argument('<email>')
    .requiredOption('--name <name>')
    .option('--organisation <id>', 'of which they become a member')
    .option('--role <role>', 'owner, operator, accountant, analyst or auditor')
    .option('--installation', 'they run the installation, and are of no organisation')
    .option('--language <code>', 'in which they are answered: en, ar or fa')
    .option('--existing', 'who signs in with the address already is the person who is meant')
    .description('make somebody a member, and a one-time link by which they set their password')
    .action((given: string, _: unknown, command: Command) =>
      run(command, (line, daybook) => add(line, daybook, { ...command.opts(), email: given })),
    )
  user
    .command('list')
    .option('--organisation <id>', 'whose members')
    .option('--installation', 'who runs the installation, instead')
    .description('members, and who is invited to become one')
    .action((given: unknown, command: Command) =>
      run(command, (line, daybook) => list(line, daybook, given)),
    )
  user
    .command('reset')
    .argument('<email>')
    .description(
      'a one-time link by which a user sets the password anew, and is then the only one who can sign in',
    )
    .action((given: string, _: unknown, command: Command) =>
      run(command, async (line, daybook) => {
        const of = parsed(email, given, 'the address')
        printUser(line, daybook.config, of, await resetUser(daybook.identity, of, asked(line)))
      }),
    )
  user
    .command('erase')
    .argument('<email>')
    .requiredOption('--reason <reason>', userErasureReason.options.join(', '))
    .description('erase a user for ever: memberships end, and nobody can read who it was')
    .action((given: string, _: unknown, command: Command) =>
      run(command, (line, daybook) => erase(line, daybook, { ...command.opts(), email: given })),
    )
}

async function run(
  command: Command,
  work: (line: CommandLine, daybook: Daybook) => Promise<void>,
): Promise<void> {
  const line = commandLine(command.optsWithGlobals())
  try {
    await withDaybook((daybook) => work(line, daybook))
  } catch (error) {
    if (!(error instanceof Rejection)) throw error
    const { code, facts, field } = error
    const reason = code.endsWith('_UNKNOWN') ? 'not_found' : 'refused'
    throw new CommandLineError(reason, messageOf('en', code, { field, ...facts }))
  }
}

async function create(line: CommandLine, daybook: Daybook, given: unknown): Promise<void> {
  const { id, currency, ...settled } = parsed(organisationOptions, given)
  const input = { ...settled, baseCurrency: currency }
  const { events } = await createOrganisation(daybook.operations, input, asked(line, id))
  line.print(
    { organisation: id, created: events.length > 0 },
    events.length > 0 ? `The organisation ${id} is created` : `The organisation ${id} is there`,
  )
}

async function add(line: CommandLine, daybook: Daybook, given: unknown): Promise<void> {
  const options = parsed(userOptions, given)
  const { existing: isExisting, ...input } = { ...options, ...roleIn(options) }
  const added = await addUser(daybook.identity, { ...input, isExisting }, asked(line))
  printUser(line, daybook.config, options.email, added)
}

async function list(line: CommandLine, daybook: Daybook, given: unknown): Promise<void> {
  const { organisation, installation } = parsed(listOptions, given)
  if (installation === (organisation !== undefined)) {
    throw new CommandLineError('usage', 'Give --organisation, or --installation')
  }
  const whose = organisation ?? INSTALLATION
  await needOrganisation(daybook, whose)
  const found = await findMembers(daybook, whose)
  const rows = found.map(({ id, name, email, role, status, since, lastSeenAt }) => [
    id,
    email ?? 'erased',
    name ?? 'erased',
    role,
    status,
    since ?? 'not yet',
    lastSeenAt ?? 'not signed in',
  ])
  const header = ['id', 'e-mail', 'name', 'role', '', 'since', 'last seen']
  line.print(found, textTable(header, rows))
}

async function erase(line: CommandLine, daybook: Daybook, given: unknown): Promise<void> {
  const { identity, keyRing, findKnowing } = daybook
  const deps = { ...identity, keyRing, findKnowing }
  const { userId } = await eraseUser(deps, parsed(eraseOptions, given), asked(line))
  line.print({ userId }, `${userId} is erased; the address may be used anew`)
}

/** Where they become what. */
function roleIn({ organisation, role, installation }: z.output<typeof userOptions>) {
  if (installation && organisation === undefined && role === undefined) {
    return { organisation: INSTALLATION, role: 'installation' } as const
  }
  if (!installation && organisation !== undefined && role !== undefined) {
    return { organisation, role }
  }
  throw new CommandLineError('usage', 'Give --organisation and --role, or --installation alone')
}

function printUser(
  line: CommandLine,
  config: Config,
  of: string,
  { userId, link: made }: AddedUser,
): void {
  if (made === undefined) {
    line.print({ userId }, `${of} is ${userId}, and signs in as before`)
    return
  }
  const link = setupLink(config, made.token)
  line.print(
    { userId, ...made, link },
    `${of} sets the password here, once, until ${made.expiresAt}:\n${link}`,
  )
}

function asked({ actor }: CommandLine, organisation = INSTALLATION): CommandContext {
  const now = new Date().toISOString()
  return { organisation, actor, commandId: randomUUID(), correlationId: randomUUID(), now }
}

function parsed<T>(schema: z.ZodType<T>, given: unknown, what?: string): T {
  const found = schema.safeParse(given)
  if (found.success) return found.data
  const [issue] = found.error.issues
  throw new CommandLineError('usage', `${what ?? issue?.path.join('.')}: ${issue?.message}`)
}
