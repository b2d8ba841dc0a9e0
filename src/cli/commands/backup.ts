import { randomUUID } from 'node:crypto'
import { access } from 'node:fs/promises'
import type { Command } from 'commander'
import { erasedIn } from '#adapters/keys/erased-in.ts'
import { type ErasedAgain, eraseUsersAgain } from '#commands/identity/erase-users-again.ts'
import { INSTALLATION } from '#domain/organisation/installation.ts'
import { checkBackup } from '../backup/check-backup.ts'
import { backupFiles, type Manifest } from '../backup/manifest.ts'
import { withTarget } from '../backup/open-target.ts'
import { type Restored, restoreBackup } from '../backup/restore-backup.ts'
import { takeBackup } from '../backup/take-backup.ts'
import {
  type CommandLine,
  commandLine,
  configuration,
  messages,
  withDaybook,
} from '../command-line.ts'
import { CommandLineError } from '../command-line-error.ts'
import { Progress } from '../progress.ts'

interface RestoreOptions {
  readonly from: string
  readonly keys?: string
  /** False when they are to be left out. */
  readonly credentials: boolean
  /** False when it was said that there are none. */
  readonly erasures?: readonly string[] | false
}

export function backupCommands(program: Command): void {
  program
    .command('backup')
    .requiredOption('--to <folder>', 'a folder that is empty or not there yet')
    .description(
      'log, keys, credentials, records and erasures into files, beside a running server too',
    )
    .action(({ to }: { to: string }, command: Command) => backup(to, command))
  program
    .command('restore')
    .requiredOption('--from <folder>', 'what `daybook backup` wrote')
    .option('--keys <file>', 'the file of keys, when it was kept elsewhere')
    .option(
      '--no-credentials',
      'leave passwords and API keys out: people and programs get new ones',
    )
    .option('--erasures <file...>', 'lists of erasures that are newer than the backup')
    .option('--no-erasures', 'there is no such list: erasures since the backup are lost')
    .description('put a backup into an empty installation, and repeat the erasures since')
    .action((options: RestoreOptions, command: Command) => restore(options, command))
}

async function backup(folder: string, command: Command): Promise<void> {
  const line = commandLine(command.optsWithGlobals())
  const progress = new Progress()
  const manifest = await withDaybook((daybook) =>
    takeBackup(daybook, {
      folder,
      actor: line.actor,
      signal: line.signal,
      onProgress: (events, of) => tellProgress(progress, events, of),
    }),
  )
    .catch((error: unknown) => {
      if (!line.signal.aborted) throw error
      throw new CommandLineError('failure', 'Interrupted: nothing was left behind')
    })
    .finally(() => progress.end())
  line.print({ folder, ...manifest }, tellBackup(folder, manifest))
}

function tellProgress(progress: Progress, events: number, of: number | undefined): void {
  const [count, whole] = [events.toLocaleString('en'), of?.toLocaleString('en')]
  progress.update(of ? events / of : 0, `${count}${whole ? ` of ${whole}` : ''} events`)
}

function tellBackup(folder: string, manifest: Manifest): string {
  const { log, keys, erasures, notIncluded } = manifest
  return `${folder} holds ${log.count.toLocaleString('en')} events${tellHead(manifest)}; SHA-256 ${log.sha256}
${keys.toLocaleString('en')} keys are in ${backupFiles.keys}: keep that file apart from the rest, and delete it early; hashes of passwords and API keys in ${backupFiles.credentials}; erasures listed: ${erasures.toLocaleString('en')}
Not in it:
${notIncluded.map((one) => `  ${one}`).join('\n')}`
}

function tellHead({ log: { head } }: Manifest): string {
  if (head === null) return ''
  return ` up to ordinal ${head.ordinal.toLocaleString('en')}, recorded ${head.recordedAt}`
}

async function restore(options: RestoreOptions, command: Command): Promise<void> {
  const line = commandLine(command.optsWithGlobals())
  const config = configuration()
  const { from: folder, keys, credentials } = options
  const erasures = await listsOf(options, config.erasuresFile)
  const progress = new Progress()
  const checked = await checkBackup({ folder, keys, credentials, erasures }, (events, of) =>
    tellProgress(progress, events, of),
  ).finally(() => progress.end())
  const restored = await withTarget(config, messages(), (target) =>
    restoreBackup(target, checked, line.actor, (events) =>
      tellProgress(progress, events, checked.manifest.log.count),
    ),
  ).finally(() => progress.end())
  let again: ErasedAgain | undefined
  try {
    again = await eraseAgain(line)
  } finally {
    // Also where that fails: everything is there by now, and nothing else tells what.
    line.print({ ...restored, erasedAgain: again }, tellRestored(restored, again))
  }
}

/** At once, so that no server ever knows them; should it fail here, a process does it when one starts. */
async function eraseAgain({ actor }: CommandLine): Promise<ErasedAgain> {
  const [commandId, now] = [randomUUID(), new Date().toISOString()]
  const context = { organisation: INSTALLATION, actor, commandId, correlationId: commandId, now }
  try {
    return await withDaybook(({ identity, keyRing, findKnowing, database, log }) => {
      const findErasedUsers = () => erasedIn(database.writer, INSTALLATION)
      return eraseUsersAgain({ ...identity, keyRing, findKnowing, findErasedUsers, log }, context)
    })
  } catch (error) {
    throw new CommandLineError(
      'failure',
      `Everything is restored, but whether users who were erased since are members again was not looked at (${String(error)}): the server does it as it starts`,
    )
  }
}

/** Nobody shall undo an erasure by having forgotten of the list. */
async function listsOf({ erasures }: RestoreOptions, own: string): Promise<readonly string[]> {
  const isThere = async (file: string): Promise<boolean> =>
    access(file).then(
      () => true,
      () => false,
    )
  const lists = erasures === undefined || erasures === false ? [] : [...erasures]
  for (const list of lists) {
    if (!(await isThere(list))) {
      throw new CommandLineError('not_found', `--erasures ${list} cannot be read`)
    }
  }
  if (await isThere(own)) lists.push(own)
  if (lists.length > 0 || erasures === false) return lists
  throw new CommandLineError(
    'usage',
    `Who was erased since the backup must stay erased: give the list with --erasures (erasures.ndjson of the lost installation's data folder, of a copy of it, or of a later backup), or say --no-erasures when there is none. ${own} is not there`,
  )
}

function tellRestored(restored: Restored, again: ErasedAgain | undefined): string {
  const { manifest, erased, erasedSince, lastErasure, credentials, tokens } = restored
  const { head } = manifest.log
  const after = head === null ? manifest.startedAt : head.recordedAt
  const last = lastErasure === undefined ? '' : `; the last that is known of was at ${lastErasure}`
  return `Restored ${manifest.log.count.toLocaleString('en')} events${tellHead(manifest)}; SHA-256 ${manifest.log.sha256}
Lost: whatever was recorded after ordinal ${(head?.ordinal ?? 0).toLocaleString('en')} (${after}), of a backup begun at ${manifest.startedAt}. How much that was is not in the backup
Erased: ${erased.toLocaleString('en')} people, ${erasedSince.toLocaleString('en')} of them since the keys were written${last}${tellAgain(again)}
Tokens of callers: ${tokens}
${tellCredentials(credentials)}
Start the server now: it folds every read model from the log, and processes go on where they were. An event that they react to once more has the same command id, and changes nothing.`
}

function tellAgain(again: ErasedAgain | undefined): string {
  if (again === undefined || again.users.length === 0) return ''
  const { users, ownerless } = again
  const erased = `\nErased again: ${users.length.toLocaleString('en')} users, who were members in the backup`
  if (ownerless.length === 0) return erased
  return `${erased}. Nobody owns ${ownerless.join(', ')} any more: daybook user add EMAIL --name NAME --organisation ID --role owner`
}

function tellCredentials(credentials: Restored['credentials']): string {
  return credentials === 'restored'
    ? 'Passwords and API keys: as they were then. One that was changed or revoked later is valid again: daybook user reset, daybook api-key list'
    : 'Passwords and API keys: left out. Nobody signs in before daybook user reset, no program before daybook api-key create'
}
