import process from 'node:process'
import { owner } from '#test/support/server.ts'

/**
 * A caller of its own: `debit-a-wallet.ts NAME COUNT PATH URL…` sends debits of one unit, 64 at a time,
 * to the servers in turn, and prints how they were answered at last.
 */
const [name = '', count = '0', path = '', ...urls] = process.argv.slice(2)
const CONNECTIONS = 64

export interface Answered {
  /** How often each answer came: `201`, or what a refusal says, such as `503 TOO_BUSY`. */
  readonly counts: Readonly<Record<string, number>>
  /** Refusals that named what is missing. */
  readonly shortfalls: number
}

const counts: Record<string, number> = {}
let shortfalls = 0
let next = 0

async function send(n: number): Promise<void> {
  const response = await fetch(`${urls[n % urls.length]}${path}/debits`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${owner.token}`,
      'content-type': 'application/json',
      'idempotency-key': `${name}-${n}`,
    },
    body: JSON.stringify({ amount: '1.00' }),
  })
  const answer = (await response.json()) as { readonly code?: string; readonly detail?: string }
  // Without a verdict, as every caller should: the same again, with the same key.
  if (response.status === 503) return send(n)
  const told = [response.status, ...(answer.code === undefined ? [] : [answer.code])].join(' ')
  counts[told] = (counts[told] ?? 0) + 1
  if (/1\.00 \w+ too little: 0\.00/.test(answer.detail ?? '')) shortfalls += 1
}

async function caller(): Promise<void> {
  while (next < Number(count)) await send(next++)
}

await Promise.all(Array.from({ length: CONNECTIONS }, caller))
process.stdout.write(JSON.stringify({ counts, shortfalls } satisfies Answered))
