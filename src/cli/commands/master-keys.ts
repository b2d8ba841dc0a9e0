import process from 'node:process'
import type { Command } from 'commander'
import { type KeyHistoryEntry, readKeyHistory } from '#adapters/keys/key-history.ts'
import { masterKeysStatus } from '#adapters/keys/master-keys-status.ts'
import { type Rewrapped, rewrapKeys } from '#adapters/keys/rewrap-keys.ts'
import { dropMasterKey, rotateMasterKey } from '#adapters/keys/rotate-master-key.ts'
import type { Daybook } from '../../composition.ts'
import { type CommandLine, commandLine, withDaybook } from '../command-line.ts'
import { exitCodes } from '../command-line-error.ts'
import { Progress } from '../progress.ts'
import { textTable } from '../table.ts'

export function addMasterKeyCommands(keys: Command): void {
  keys
    .command('status')
    .description('the master keys by their fingerprints, and how many keys each wraps')
    .action((_: unknown, command: Command) => withKeys(command, status))
  keys
    .command('rotate')
    .description('take a new master key into use; what was wrapped before stays readable')
    .action((_: unknown, command: Command) => withKeys(command, rotate))
  keys
    .command('rewrap')
    .description('wrap by the master key in use whatever is wrapped by another; safe to interrupt')
    .action((_: unknown, command: Command) => withKeys(command, rewrap))
  keys
    .command('drop')
    .argument('<fingerprint>')
    .description('take a master key that wraps nothing any more out of the file')
    .action((id: string, _: unknown, command: Command) =>
      withKeys(command, (line, daybook) => drop(line, daybook, id)),
    )
  keys
    .command('history')
    .description('what was done with master keys: when, and by whom')
    .action((_: unknown, command: Command) => withKeys(command, history))
}

async function withKeys(
  command: Command,
  run: (line: CommandLine, daybook: Daybook) => Promise<void>,
): Promise<void> {
  const line = commandLine(command.optsWithGlobals())
  await withDaybook((daybook) => run(line, daybook))
}

const MEANING = {
  in_use: 'in use',
  newer: 'not in use yet: daybook keys rotate',
  old: 'old: daybook keys rewrap',
  spare: 'wraps nothing any more: daybook keys drop',
  missing: 'not here: put it back',
} as const

async function status(line: CommandLine, { database, masterKeys }: Daybook): Promise<void> {
  const found = await masterKeysStatus(database.writer, masterKeys)
  const rows = found.map(({ id, keys, state }) => [id, keys.toLocaleString('en'), MEANING[state]])
  line.print(found, textTable(['master key', 'keys', ''], rows))
}

async function rotate(line: CommandLine, { database, masterKeys }: Daybook): Promise<void> {
  const { actor } = line
  const rotated = await rotateMasterKey(database.writer, masterKeys, actor)
  const { from, to } = rotated
  const where = masterKeys.file === undefined ? 'DAYBOOK_MASTER_KEY' : masterKeys.file
  line.print(
    rotated,
    `The master key ${to} is in use; it stands in ${where}, before ${from}. Keep a copy of it. Next: daybook keys rewrap`,
  )
}

async function rewrap(line: CommandLine, { database, masterKeys }: Daybook): Promise<void> {
  const { actor, signal } = line
  const bar = new Progress()
  const began = performance.now()
  const onProgress = ({ rewrapped, remaining }: Rewrapped): void => {
    const perSecond = Math.round((rewrapped * 1000) / (performance.now() - began))
    const rate = `${perSecond.toLocaleString('en')} keys/s`
    bar.update(rewrapped / Math.max(1, rewrapped + remaining), rate)
  }
  const options = { actor, signal, onProgress }
  const done = await rewrapKeys(database.writer, masterKeys, options).finally(() => bar.end())
  line.print(done, describe(done))
  if (done.remaining > 0) process.exitCode = exitCodes.failure
}

function describe({ inUse, rewrapped, remaining }: Rewrapped): string {
  const count = `${rewrapped.toLocaleString('en')} keys were wrapped anew by ${inUse}`
  if (remaining > 0) {
    return `${count}; ${remaining.toLocaleString('en')} are left: daybook keys rewrap goes on`
  }
  return `${count}; no other master key is needed by what is here (daybook keys status)`
}

async function drop(line: CommandLine, daybook: Daybook, id: string): Promise<void> {
  const { database, masterKeys } = daybook
  await dropMasterKey(database.writer, masterKeys, id, line.actor)
  line.print(
    { id, dropped: true },
    `The master key ${id} is no longer in ${masterKeys.file}. Exports of keys from before the rewrap open with it alone`,
  )
}

async function history(line: CommandLine, { database }: Daybook): Promise<void> {
  const found = await readKeyHistory(database.writer, 100)
  const rows = found.map(({ at, action, actor, from, to, keys }: KeyHistoryEntry) => [
    at,
    action.replace('_', ' '),
    from ?? '',
    to ?? '',
    keys?.toLocaleString('en') ?? '',
    actor ?? 'by itself',
  ])
  line.print(found, textTable(['at', '', 'from', 'to', 'keys', 'by'], rows))
}
