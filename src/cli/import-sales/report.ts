import { once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'
import type { Refusal } from './translate.ts'

/** How many documents of one kind were imported, and what they sum to. */
export interface KindTotal {
  readonly documents: number
  /** In major units with all decimals of the currency. */
  readonly amount: string
}

/** What an import did; printed at its end, as JSON with `--json`. */
export interface ImportReport {
  readonly file: string
  readonly organisation: string
  readonly actor: string
  readonly currency: string
  /** Documents that are now in the log because of this run. */
  readonly imported: Readonly<Record<string, KindTotal>>
  /** Documents that were in the log before, the same. */
  readonly known: number
  readonly customersRegistered: number
  /** Documents that are none of Daybook's, by reason. */
  readonly skipped: Readonly<Record<string, number>>
  readonly refused: number
  /** Where each refused document stands with row, column and reason; undefined when none was refused. */
  readonly refusedFile: string | undefined
  readonly rows: number
  readonly documents: number
  readonly interrupted: boolean
  readonly seconds: number
}

/** The file of refused documents: a CSV of number, row, column and reason, made at the first refusal. */
export class RefusedFile {
  readonly path: string
  #stream: WriteStream | undefined
  count = 0

  constructor(path: string) {
    this.path = path
  }

  add(number: string, refusals: readonly Refusal[]): void {
    this.#stream ??= createWriteStream(this.path)
    if (this.count++ === 0) this.#stream.write('document,row,column,reason\n')
    for (const { row, column, reason } of refusals) {
      this.#stream.write(`${[number, String(row), column, reason].map(quote).join(',')}\n`)
    }
  }

  /** @throws when the file could not be written whole. */
  async close(): Promise<void> {
    if (this.#stream === undefined) return
    this.#stream.end()
    await once(this.#stream, 'finish')
  }
}

/** A CSV field that no spreadsheet takes for a formula. */
function quote(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** The report for a person at a terminal. */
export function describe(report: ImportReport): string {
  const lines = [
    `${report.documents.toLocaleString('en')} documents in ${report.rows.toLocaleString('en')} rows of ${report.file}, ${report.seconds.toFixed(1)} s`,
    ...Object.entries(report.imported).map(
      ([kind, { documents, amount }]) =>
        `  imported  ${documents.toLocaleString('en').padStart(9)}  ${kind.replaceAll('_', ' ').padEnd(20)} ${amount} ${report.currency}`,
    ),
    `  known     ${report.known.toLocaleString('en').padStart(9)}  already in the log`,
    ...Object.entries(report.skipped).map(
      ([reason, count]) => `  skipped   ${count.toLocaleString('en').padStart(9)}  ${reason}`,
    ),
    `  refused   ${report.refused.toLocaleString('en').padStart(9)}${report.refusedFile === undefined ? '' : `  see ${report.refusedFile}`}`,
    `  customers ${report.customersRegistered.toLocaleString('en').padStart(9)}  registered`,
  ]
  if (report.interrupted) lines.push('Interrupted. Run the same command again to go on.')
  return lines.join('\n')
}
