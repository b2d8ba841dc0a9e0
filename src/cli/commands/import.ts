import process from 'node:process'
import type { Command } from 'commander'
import { z } from 'zod'
import { asDatabaseError, DatabaseUnavailable } from '#adapters/database/errors.ts'
import { LogUnavailable } from '#log/errors.ts'
import { ORGANISATION_ID } from '#log/stream-name.ts'
import type { Daybook } from '../../composition.ts'
import { type CommandLine, commandLine, withDaybook } from '../command-line.ts'
import { CommandLineError, exitCodes } from '../command-line-error.ts'
import { type ImportSalesOptions, importSales } from '../import-sales/import-sales.ts'
import { needOrganisation } from '../known-organisation.ts'
import { readMapping } from '../import-sales/mapping.ts'
import { describe, type ImportReport } from '../import-sales/report.ts'

const options = z.object({
  mapping: z.string(),
  organisation: z.string().regex(ORGANISATION_ID, 'must be the id of an organisation'),
  refused: z.string().optional(),
  concurrency: z.coerce.number().int().min(1).max(10_000),
  wait: z.boolean(),
})

export function importCommands(program: Command): void {
  program
    .command('import')
    .description('bring documents of other systems in')
    .command('sales')
    .argument('<file>', 'CSV with a header, gzipped when it ends in .gz')
    .description('import sales, credit notes and bad debts; safe to interrupt and to repeat')
    .requiredOption('--mapping <file>', 'what the columns mean, e.g. mappings/online-retail.json')
    .option('--organisation <id>', 'whose books', 'main')
    .option('--refused <file>', 'where refused documents are listed (default: <file>.refused.csv)')
    .option('--concurrency <n>', 'documents at work at once', '256')
    .option('--no-wait', 'do not wait until the figures can be read')
    .action(async (file: string, _: unknown, command: Command) => {
      const line = commandLine(command.optsWithGlobals())
      await runImport(line, file, parseOptions(command.opts()))
    })
}

function parseOptions(given: unknown): z.output<typeof options> {
  const parsed = options.safeParse(given)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new CommandLineError('usage', `--${issue?.path.join('.')}: ${issue?.message}`)
}

async function runImport(
  line: CommandLine,
  file: string,
  { mapping, organisation, refused, concurrency, wait }: z.output<typeof options>,
): Promise<void> {
  const mapped = await readMapping(mapping)
  await withDaybook(async (daybook) => {
    await needOrganisation(daybook, organisation)
    const report = await importOrExplain(daybook, {
      file,
      mapping: mapped,
      organisation,
      actor: line.actor,
      refusedFile: refused ?? `${file}.refused.csv`,
      concurrency,
      signal: line.signal,
      clock: daybook.clock,
    })
    const ready = wait && !report.interrupted ? await untilReadable(daybook) : undefined
    const text =
      ready === undefined ? '' : `\nFigures can be read after ${ready.toFixed(1)} s more.`
    line.print({ ...report, readableAfterSeconds: ready ?? null }, describe(report) + text)
    if (report.refused > 0 || report.interrupted) process.exitCode = exitCodes.failure
  })
}

/** What went away in the middle comes back: nobody shall fear to begin again. */
async function importOrExplain(
  { operations }: Daybook,
  options: ImportSalesOptions,
): Promise<ImportReport> {
  try {
    return await importSales(operations, options)
  } catch (thrown) {
    const error = asDatabaseError(thrown)
    if (!(error instanceof LogUnavailable || error instanceof DatabaseUnavailable)) throw error
    const again = 'What was imported stays; run the same command again to go on.'
    throw new CommandLineError('failure', `${error.message}. ${again}`)
  }
}

/** Follows the log until every projection holds what was imported; a running server's do so by themselves. */
async function untilReadable({ log, engine }: Daybook): Promise<number> {
  const started = performance.now()
  const head = await log.head()
  await engine.start()
  if (head !== undefined) {
    const names = (await engine.status()).map((status) => status.name)
    await Promise.all(names.map((name) => engine.waitFor(name, head, 600_000)))
  }
  return (performance.now() - started) / 1000
}
