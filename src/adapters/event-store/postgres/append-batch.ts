import type pg from 'pg'
import type { BoundedCache } from '#log/bounded-cache.ts'
import { type AppendRequest, appendChecked, appendEvent, appendKnown } from './append-statements.ts'

/** Taken, with the revision and position of its last event; or refused, with the stream's last revision. */
export type Verdict =
  | { readonly taken: true; readonly revision: number; readonly position: number }
  | { readonly taken: false; readonly actual: number }

const UNIQUE_VIOLATION = '23505'

/**
 * Appends requests of different streams in one transaction and answers a verdict for each, in their
 * order. When every place is known (`heads` holds the last revisions that this process has seen) it is
 * tried without looking; should one of them have been taken meanwhile, nothing is written and each
 * request is looked at.
 */
export async function appendBatch(
  client: pg.Client,
  heads: BoundedCache<number>,
  requests: readonly AppendRequest[],
): Promise<readonly Verdict[]> {
  const known = requests.every(
    ({ stream, expected }) => expected === -1 || heads.get(stream) === expected,
  )
  const verdicts =
    (known ? await tryKnown(client, requests) : undefined) ?? (await check(client, requests))
  for (const [i, verdict] of verdicts.entries()) {
    heads.set(requests[i]?.stream ?? '', verdict.taken ? verdict.revision : verdict.actual)
  }
  return verdicts
}

async function tryKnown(
  client: pg.Client,
  requests: readonly AppendRequest[],
): Promise<readonly Verdict[] | undefined> {
  const [first] = requests
  const [event] = first?.events ?? []
  const alone = requests.length === 1 && first?.events.length === 1
  try {
    const { rows } = await client.query<[string]>(
      alone && first && event ? appendEvent(first, event) : appendKnown(requests),
    )
    return takenUpTo(Number(rows[0]?.[0]), requests)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === UNIQUE_VIOLATION)
      return undefined
    throw error
  }
}

/** Positions of requests that stand one behind the other, the last event at `last`. */
function takenUpTo(last: number, requests: readonly AppendRequest[]): readonly Verdict[] {
  const count = requests.reduce((sum, { events }) => sum + events.length, 0)
  let position = last - count
  return requests.map(({ expected, events }) => {
    position += events.length
    return { taken: true, revision: expected + events.length, position }
  })
}

async function check(
  client: pg.Client,
  requests: readonly AppendRequest[],
): Promise<readonly Verdict[]> {
  const { rows } = await client.query<[string, string, string | null]>(appendChecked(requests))
  const verdicts = new Map(
    rows.map(([stream, revision, position]): [string, Verdict] => [
      stream,
      position === null
        ? { taken: false, actual: Number(revision) }
        : { taken: true, revision: Number(revision), position: Number(position) },
    ]),
  )
  return requests.map(({ stream }) => {
    const verdict = verdicts.get(stream)
    if (verdict === undefined) throw new Error(`The log gave no verdict on ${stream}`)
    return verdict
  })
}
