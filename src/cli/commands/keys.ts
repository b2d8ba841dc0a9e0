import type { Command } from 'commander'
import { type ExportedKey, exportKeys, KEYS_EXPORT } from '#adapters/keys/export-keys.ts'
import { importKeys } from '#adapters/keys/import-keys.ts'
import { readHashedLines } from '#log/hashed-lines.ts'
import { gatherErasures, withoutErased } from '../backup/erasures.ts'
import { commandLine, withDaybook } from '../command-line.ts'
import { printSummary, readFile, writeFile } from './log.ts'
import { addMasterKeyCommands } from './master-keys.ts'

export function keyCommands(program: Command): void {
  const keys = program
    .command('keys')
    .description('the keys of the people whom the log tells of, and the master keys that wrap them')
  keys
    .command('export')
    .argument('<file>', 'JSON lines; - for standard output')
    .description('keep it apart from the log; without the master keys it opens nothing')
    .action(async (file: string, _: unknown, command: Command) => {
      const line = commandLine(command.optsWithGlobals())
      await withDaybook(async ({ database }) => {
        const summary = await writeFile(file, exportKeys(database.writer))
        printSummary(line, file, `Exported ${summary.count.toLocaleString('en')} keys`, summary)
      })
    })
  keys
    .command('import')
    .argument('<file>', 'what `daybook keys export` wrote')
    .description(
      'all or none; a key that was destroyed, or is on the list of erasures, stays so; into a new installation before its servers start',
    )
    .action(async (file: string, _: unknown, command: Command) => {
      const line = commandLine(command.optsWithGlobals())
      await withDaybook(async ({ config, masterKeys, database }) => {
        const keys = readHashedLines(KEYS_EXPORT, readFile(file)) as AsyncGenerator<ExportedKey>
        const { text } = withoutErased(keys, await gatherErasures([config.erasuresFile]))
        const imported = await importKeys(database.writer, masterKeys, text)
        const { count, added, erased } = imported
        line.print(imported, `${count} keys: ${added} added, ${erased} erased`)
      })
    })
  addMasterKeyCommands(keys)
}
