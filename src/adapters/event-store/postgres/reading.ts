import { asText, type Statement } from './append-statements.ts'

/** Runs a statement that reads, and answers its rows as text. */
export type Run = (statement: Statement) => Promise<readonly (readonly (string | null)[])[]>

/** A statement that is prepared once on each connection. */
export function reading(name: string, text: string, values: unknown[]): Statement {
  return { name: `log.${name}`, text, values, rowMode: 'array', types: asText }
}

export function order(backwards: boolean): 'asc' | 'desc' {
  return backwards ? 'desc' : 'asc'
}

/** Position of the last event; 0 when there is none. */
export async function readHead(run: Run): Promise<number> {
  const [row] = await run(reading('head', 'select max(position) from log.events', []))
  return Number(row?.[0] ?? 0)
}
