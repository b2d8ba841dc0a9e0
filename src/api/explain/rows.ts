import { setTimeout as delay } from 'node:timers/promises'
import type { ReadonlyKysely } from 'kysely/readonly'
import { z } from 'zod'
import type { Rejection } from '#domain/rejection.ts'
import type { Projection, Row, Table } from '#projections/engine/projection.ts'
import {
  amountOf,
  type ColumnChange,
  columnHistory,
  madeUpTo,
  storedRow,
} from '#projections/log/column-changes.ts'
import type { PastSource } from '#projections/log/past-events.ts'
import { decodeCursor, type PageRequest, pageOf } from '#projections/page.ts'
import type { ReadModels } from '#projections/read-models.ts'
import type { App } from '../app-type.ts'
import { answer, problems } from '../envelope.ts'
import { currencyIn, idIn } from '../fields.ts'
import { mayOnRecord } from '../permissions.ts'
import { listMeta, type Query } from '../reads.ts'
import type { ExplainDeps } from './explain.ts'
import {
  type Explained,
  explainFields,
  explanationAnswer,
  explanationOut,
  withEvents,
} from './explanation.ts'
import { type FigureEntry, templateOf } from './figures.ts'

/**
 * Figures that are columns of one row: the row is folded again from its events, and what each did to
 * the column is a part. As of now, the figure is what stands in the read model.
 */
export interface RowFigures {
  /** `sale`: the first half of each figure's name. */
  readonly name: string
  readonly path: string
  readonly projection: Projection
  readonly table: Table
  /** Columns of the key by parameter: of the path, except `currency`, which is asked in the query. */
  readonly key: Readonly<Record<string, string>>
  readonly unknown: (given: Given) => Rejection
  /** Whether what has no row is there all the same, now or at an ordinal: its figures are then nothing. */
  readonly isThere?: (source: PastSource, db: Db, given: Given, until?: string) => Promise<boolean>
  /** Columns by what the API calls the figure. */
  readonly figures: Readonly<Record<string, string>>
  /** Those of them that are counts, not money. */
  readonly counts?: readonly string[]
  /** Names of schemas that show these fields. */
  readonly schemas: readonly string[]
}

export function rowFigureEntries(of: RowFigures): readonly FigureEntry[] {
  const query = 'currency' in of.key ? ['currency'] : []
  return Object.keys(of.figures).map((figure) => ({
    name: `${of.name}.${figure}`,
    href: templateOf(of.path, figure, query),
    shownAs: of.schemas.map((schema) => `${schema}.${figure}`),
  }))
}

/** Parameters of a request, of its path and query. */
export type Given = Readonly<Record<string, string>>

/** How often the index is looked at again, and after how long, while the rows are ahead of it. */
const ATTEMPTS = 20
const PAUSE_MS = 25

export function addRowFigures(app: App, deps: ExplainDeps, of: RowFigures): void {
  const { currency: perCurrency, ...inPath } = of.key
  app.get(
    of.path,
    {
      ...mayOnRecord('read', 'explain'),
      schema: {
        tags: ['explain'],
        summary: `What a figure of a ${of.name.replaceAll('_', ' ')} is made of, event by event`,
        params: z.strictObject({
          ...Object.fromEntries(Object.keys(inPath).map((name) => [name, idIn])),
          figure: z.enum(Object.keys(of.figures)),
        }),
        querystring: z.strictObject({
          ...(perCurrency !== undefined && { currency: currencyIn }),
          ...explainFields(deps.limits),
        }),
        response: { 200: answer(explanationOut, listMeta), ...problems },
      },
    },
    async (request, reply) => {
      const given = { ...request.params, ...request.query } as unknown as Given
      const { figure = '' } = given
      const asked = { of, figure, given, page: request.query }
      const past = deps.sourceFor(request)
      for (let attempt = 1; ; attempt += 1) {
        const query: Query<Found | undefined> = async (db, known) => {
          const until = known?.ordinal ?? (await madeUpTo(db, of.projection.name))
          if (until === undefined && attempt < ATTEMPTS) return undefined
          const row = { projection: of.projection, table: of.table, key: keyOf(of, given) }
          const folded = await columnHistory(past, db, row, of.figures[figure] ?? '', until ?? ALL)
          const found = known === undefined ? await storedRow(db, row) : folded.row
          const isThere = found === undefined && of.isThere?.(past, db, given, known?.ordinal)
          const stands = (await isThere) === true ? nothingOf(given) : found
          // What is not all there is not compared.
          const compare = request.query.compare && until !== undefined
          const explained = explainedBy({ ...asked, compare }, stands, folded.changes)
          return { isBehind: until === undefined, ...(await withEvents(db, explained)) }
        }
        const { found, meta } = await deps.read(request, of.projection.name, query, {
          isFolding: true,
        })
        if (found !== undefined) {
          const read = { found, meta: { ...meta, stale: meta.stale || found.isBehind } }
          return explanationAnswer(request, reply, read, request.query.limit)
        }
        await delay(PAUSE_MS)
      }
    },
  )
}

/** A row before anything was added to it. */
function nothingOf({ currency = '' }: Given): Row {
  return { currency }
}

type Db = ReadonlyKysely<ReadModels>
type Found = Awaited<ReturnType<typeof withEvents>> & { readonly isBehind: boolean }

/** Beyond any ordinal. */
const ALL = '999999999999999999'

interface Asked {
  readonly of: RowFigures
  readonly figure: string
  readonly given: Given
  readonly page: PageRequest
  readonly compare: boolean
}

function keyOf({ key }: RowFigures, given: Given): Row {
  return Object.fromEntries(Object.entries(key).map(([name, column]) => [column, given[name]]))
}

function explainedBy(
  { of, figure, given, page, compare }: Asked,
  row: Row | undefined,
  changes: readonly ColumnChange[],
): Explained {
  if (row === undefined) throw of.unknown(given)
  const currency = of.counts?.includes(figure) === true ? undefined : String(row['currency'])
  const name = `${of.name}.${figure}`
  const key = Object.fromEntries(Object.keys(of.key).map((one) => [one, given[one] ?? '']))
  const after = page.cursor === undefined ? '0' : decodeCursor(page.cursor, ['number'])[0]
  const rest = changes.filter(({ ordinal }) => BigInt(ordinal) > BigInt(after))
  const parts = rest.slice(0, page.limit + 1).map(({ ordinal, type, amount }) => ({
    name: type,
    of: key,
    value: { amount, currency },
    ordinal,
  }))
  const total = changes.reduce((sum, change) => sum + BigInt(change.amount), 0n)
  return {
    figure: {
      name,
      of: key,
      value: { amount: String(amountOf(row, of.figures[figure] ?? '')), currency },
    },
    parts: pageOf(parts, page.limit, ({ ordinal }) => [ordinal]),
    partsTotal: compare ? { amount: String(total), currency } : undefined,
  }
}
