import { randomUUID } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { messageOf } from '#api/messages/index.ts'
import type { OperationDeps } from '#commands/operation.ts'
import { formatAmount } from '#domain/money/money.ts'
import { Rejection } from '#domain/rejection.ts'
import { CommandLineError } from '../command-line-error.ts'
import { Progress } from '../progress.ts'
import { readDocuments } from './documents.ts'
import { DocumentImport, type Importable } from './import-documents.ts'
import type { Mapping } from './mapping.ts'
import { type ImportReport, RefusedFile } from './report.ts'
import { translate } from './translate.ts'

export interface ImportSalesOptions {
  readonly file: string
  readonly mapping: Mapping
  readonly organisation: string
  readonly actor: string
  /** Where refused documents are listed. */
  readonly refusedFile: string
  /** Documents at work at once. */
  readonly concurrency: number
  /** Ends the import between documents: what was begun is finished. */
  readonly signal: AbortSignal
  /** UTC instant. */
  readonly clock: () => string
}

/**
 * Imports a file of sales, streamed. Safe to interrupt and to repeat: what is in the log already is
 * met and counted as known.
 *
 * @throws CommandLineError when the file cannot be read; LogUnavailable when the log goes away: run the
 *   same command again to go on.
 */
export async function importSales(
  deps: OperationDeps,
  options: ImportSalesOptions,
): Promise<ImportReport> {
  const run = new ImportRun(deps, options)
  await run.all()
  return run.report()
}

class ImportRun {
  readonly #options: ImportSalesOptions
  readonly #import: DocumentImport
  readonly #refused: RefusedFile
  readonly #imported = new Map<string, { documents: number; amount: bigint }>()
  readonly #skipped = new Map<string, number>()
  readonly #progress = new Progress()
  readonly #started = performance.now()
  #known = 0
  #documents = 0
  #rows = 0
  #failure: unknown

  constructor(deps: OperationDeps, options: ImportSalesOptions) {
    const { mapping, organisation, actor, clock } = options
    this.#options = options
    this.#refused = new RefusedFile(options.refusedFile)
    this.#import = new DocumentImport(deps, {
      mapping,
      organisation,
      actor,
      clock,
      correlationId: randomUUID(),
    })
  }

  async all(): Promise<void> {
    const { file, mapping, concurrency, signal } = this.#options
    const bytes = await sizeOf(file)
    let read = 0
    const atWork = new Set<Promise<void>>()
    for await (const source of readDocuments(file, mapping, (count) => (read += count))) {
      if (signal.aborted || this.#failure !== undefined) break
      this.#documents++
      this.#rows += source.rows.length
      const document = translate(source, mapping)
      if (document.kind === 'refused') this.#refused.add(document.number, document.refusals)
      else if (document.kind === 'skipped') count(this.#skipped, document.reason)
      else {
        const work = this.#record(document).finally(() => atWork.delete(work))
        atWork.add(work)
        if (atWork.size >= concurrency) await Promise.race(atWork)
      }
      this.#progress.update(read / bytes, `${this.#documents.toLocaleString('en')} documents`)
    }
    await Promise.all(atWork)
    this.#progress.end()
    await this.#refused.close()
    if (this.#failure !== undefined) throw this.#failure
  }

  report(): ImportReport {
    const { file, mapping, organisation, actor, signal } = this.#options
    const imported = [...this.#imported].map(([kind, { documents, amount }]) => [
      kind,
      { documents, amount: formatAmount(amount, mapping.currency) },
    ])
    return {
      file,
      organisation,
      actor,
      currency: mapping.currency,
      imported: Object.fromEntries(imported),
      known: this.#known,
      customersRegistered: this.#import.customersRegistered,
      skipped: Object.fromEntries(this.#skipped),
      refused: this.#refused.count,
      refusedFile: this.#refused.count === 0 ? undefined : this.#refused.path,
      rows: this.#rows,
      documents: this.#documents,
      interrupted: signal.aborted,
      seconds: (performance.now() - this.#started) / 1000,
    }
  }

  async #record(document: Importable): Promise<void> {
    try {
      const { recorded, amount } = await this.#import.record(document)
      if (!recorded) this.#known++
      else this.#add(document.kind, amount)
    } catch (error) {
      if (error instanceof Rejection) this.#refuse(document, error)
      else this.#failure ??= error
    }
  }

  #add(kind: string, amount: bigint): void {
    const sum = this.#imported.get(kind) ?? { documents: 0, amount: 0n }
    this.#imported.set(kind, { documents: sum.documents + 1, amount: sum.amount + amount })
  }

  #refuse(document: Importable, { code, facts, field }: Rejection): void {
    const reason = messageOf('en', code, { ...facts, field: field ?? '' })
    const column = columnOf(this.#options.mapping, field)
    this.#refused.add(document.number, [{ row: document.row, column, reason }])
  }
}

/** The column that a field of the domain was read from. */
function columnOf({ document, date, line, customer }: Mapping, field: string | undefined): string {
  if (field === undefined) return document.number
  if (field === 'occurredOn') return date.column
  if (field.startsWith('lines') || field === 'amount') return line.unitPrice
  if (field.startsWith('customer') && customer !== undefined) return customer.number.column
  return document.number
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size
  } catch (cause) {
    throw new CommandLineError('not_found', `Cannot read ${file}: ${(cause as Error).message}`)
  }
}
