import { type Answer, dig, type TestCaller, type TestServer } from '#test/support/server.ts'

/** What the API answers, read as a person would: rows, and amounts as decimal text. */

export type Row = Readonly<Record<string, unknown>>

/** Every row of a list, page after page. */
export async function allRows(
  server: TestServer,
  path: string,
  caller?: TestCaller,
): Promise<readonly Row[]> {
  const rows: Row[] = []
  let cursor: string | null = null
  do {
    const more = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const separator = path.includes('?') ? '&' : '?'
    const answer = await found(server, `${path}${separator}limit=${PAGE_SIZE}${more}`, caller)
    rows.push(...(dig(answer, 'data') as readonly Row[]))
    cursor = dig(answer, 'meta', 'nextCursor') as string | null
  } while (cursor !== null)
  return rows
}

/** The largest page that a server made with `environment` of this file gives. */
const PAGE_SIZE = 5000

/** For servers whose long lists a test reads whole. */
export const longPages = { DAYBOOK_PAGE_SIZE_MAX: String(PAGE_SIZE) }

/** An answer that must be a good one. */
export async function found(
  server: TestServer,
  path: string,
  caller?: TestCaller,
): Promise<Answer> {
  const answer = await server.get(path, caller)
  if (answer.status === 200) return answer
  throw new Error(`GET ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
}

/** An amount within a row, in minor units of a currency with two decimals. */
export function minor(row: Row, field: string): bigint {
  const { amount } = row[field] as { readonly amount: string }
  return BigInt(amount.replace('.', ''))
}

export function sumOf(rows: readonly Row[], field: string): string {
  return decimal(rows.reduce((sum, row) => sum + minor(row, field), 0n))
}

/** Minor units as decimal text. */
export function decimal(amount: bigint): string {
  const digits = String(amount < 0n ? -amount : amount).padStart(3, '0')
  return `${amount < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`
}

export interface AccountFigures {
  readonly debit: string
  readonly credit: string
  readonly balance: string
}

/** What stands on each account that was ever posted to, by its key. */
export async function accounts(
  server: TestServer,
): Promise<Readonly<Record<string, AccountFigures>>> {
  const rows = dig(await found(server, '/api/ledger/accounts'), 'data') as readonly Row[]
  const figures = rows.flatMap((account) => {
    const [balance] = account['balances'] as readonly Row[]
    if (balance === undefined) return []
    const read = (field: string) => decimal(minor(balance, field))
    const sides = { debit: read('debit'), credit: read('credit'), balance: read('balance') }
    return [[String(account['key']), sides] as const]
  })
  return Object.fromEntries(figures)
}
