import type { FastifyRequest } from 'fastify'
import type { ReadonlyKysely } from 'kysely/readonly'
import { restrictedAmong } from '#projections/crm/customer-queries.ts'
import { RESTRICTED } from '#projections/crm/customers.ts'
import type { Page } from '#projections/page.ts'
import type { ReadModels } from '#projections/read-models.ts'
import { callerOf } from '../authentication.ts'
import { maySee } from '../sight.ts'

/**
 * Whether the caller needs to see what has to be kept of people who are restricted; of that, whose
 * personal data is masked for them sees masks.
 */
export function seesRestricted(request: FastifyRequest): boolean {
  return maySee(callerOf(request), 'readRestricted')
}

interface OfCustomer {
  readonly customer_id: string | null
}

/**
 * Rows as this caller may see them: without what was written of customers who are restricted, unless
 * the caller needs that. It is looked up at the time of the answer, since rows of the past know less.
 */
export async function withoutRestricted<Row extends OfCustomer>(
  request: FastifyRequest,
  db: ReadonlyKysely<ReadModels>,
  rows: readonly Row[],
  hidden: (row: Row) => Row,
): Promise<readonly Row[]> {
  if (seesRestricted(request)) return rows
  const ids = rows.flatMap(({ customer_id: id }) => (id === null ? [] : [id]))
  const restricted = await restrictedAmong(db, [...new Set(ids)])
  if (restricted.size === 0) return rows
  return rows.map((row) => (restricted.has(row.customer_id ?? '') ? hidden(row) : row))
}

/** As `withoutRestricted`, of a page of a list. */
export async function pageWithoutRestricted<Row extends OfCustomer>(
  request: FastifyRequest,
  db: ReadonlyKysely<ReadModels>,
  page: Page<Row>,
  hidden: (row: Row) => Row,
): Promise<Page<Row>> {
  return { ...page, items: await withoutRestricted(request, db, page.items, hidden) }
}

/** As `withoutRestricted`, of one row that may not be there. */
export async function oneWithoutRestricted<Row extends OfCustomer>(
  request: FastifyRequest,
  db: ReadonlyKysely<ReadModels>,
  row: Row | undefined,
  hidden: (row: Row) => Row,
): Promise<Row | undefined> {
  if (row === undefined) return undefined
  return (await withoutRestricted(request, db, [row], hidden))[0]
}

/** A document's row without its customer's name. */
export function nameless<Row extends { readonly customer_name: string | null }>(row: Row): Row {
  return { ...row, customer_name: RESTRICTED }
}
