import type { Command } from 'commander'
import { exportKeys } from '#adapters/keys/export-keys.ts'
import { importKeys } from '#adapters/keys/import-keys.ts'
import { loadMasterKey } from '#adapters/keys/master-key.ts'
import { commandLine, withDaybook } from '../command-line.ts'
import { printSummary, readFile, writeFile } from './log.ts'

export function keyCommands(program: Command): void {
  const keys = program
    .command('keys')
    .description('the keys of the people whom the log tells of, wrapped by the master key')
  keys
    .command('export')
    .argument('<file>', 'JSON lines; - for standard output')
    .description('keep it apart from the log; without the master key it opens nothing')
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
    .description('all or none; a key that was destroyed stays destroyed')
    .action(async (file: string, _: unknown, command: Command) => {
      const line = commandLine(command.optsWithGlobals())
      await withDaybook(async ({ config, database }) => {
        const opened = await loadMasterKey({
          configured: config.masterKey?.toString('base64'),
          dataDir: config.dataDir,
          database: database.writer,
        })
        const imported = await importKeys(database.writer, opened, readFile(file))
        const { count, added, erased } = imported
        line.print(imported, `${count} keys: ${added} added, ${erased} erased`)
      })
    })
}
