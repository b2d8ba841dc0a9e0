import type pg from 'pg'
import { compareWithLive } from './compare-with-live.ts'
import { fingerprint } from './definition.ts'
import type { By } from './history.ts'
import { placeInLog } from './log-place.ts'
import type { EngineParts } from './parts.ts'
import { Pursuit } from './pursuit.ts'
import type { Progress } from './rebuild-progress.ts'
import type { Checkpoint } from './registry.ts'
import { forSchema } from './schema.ts'
import { type Fate, swapIn, vanish } from './swap.ts'

/** Findings that a rebuild keeps of how the tables it replaced differed. */
const MAX_FINDINGS = 100

/** The query that must answer no row answered some. */
export class InvariantBroken extends Error {
  override readonly name = 'InvariantBroken'

  constructor(projection: string, rows: readonly unknown[]) {
    super(
      `The rebuilt tables of ${projection} break its invariant: ${JSON.stringify(rows).slice(0, 2000)}`,
    )
  }
}

export interface Replacing {
  readonly progress: Progress
  /** Of the next tables, which are filled and indexed. */
  readonly next: Checkpoint
  readonly by: By | undefined
  readonly signal: AbortSignal
  readonly onSwapped: () => void
}

/**
 * Makes next tables the live ones: checks them, catches up and swaps.
 *
 * @throws InvariantBroken, Fenced, and what folding throws.
 */
export async function replaceLive(
  parts: EngineParts,
  client: pg.Client,
  { progress, next, by, signal, onSwapped }: Replacing,
): Promise<void> {
  const { projection } = progress
  const pursuit = await Pursuit.open(parts, {
    projection,
    slot: 'next',
    checkpoint: next,
    signal,
    onMoved: (place) => (progress.folded = place),
  })
  try {
    progress.state = 'verifying'
    const checked = (snapshot: pg.Client) => checkInvariant(snapshot, progress)
    progress.compared = await compareWithLive(parts, client, pursuit, {
      family: projection,
      maxFindings: MAX_FINDINGS,
      alsoThen: checked,
    })
    if (progress.compared === undefined) await checked(client)
    progress.state = 'tailing'
    await pursuit.overtake(async (prepare) => {
      progress.state = 'swapping'
      let livePlace: Awaited<ReturnType<typeof placeInLog>>
      await swapIn(client, {
        projection: projection.name,
        epoch: next.epoch,
        prepare: async (live) => {
          livePlace = await placeInLog(parts.store, live?.position)
          await prepare(live)
        },
        fate: (live, kept) =>
          livePlace === undefined
            ? 'dropped'
            : fateOf(fingerprint(projection, parts.store.kind), live, kept, progress),
        done: { action: 'rebuilt', by, compared: progress.compared, reason: undefined },
      })
    })
    onSwapped()
    await vanish(parts, client, projection.name)
  } finally {
    await pursuit.close()
  }
}

/**
 * Tables of another version are kept, and followed, so that it can be taken back. Tables of the same
 * version are no version to go back to when they were equal: following them would double the writing for
 * nothing. When they differed from the log they are kept to be looked at, unless that would cost a kept
 * version its place: what they differed in is on record anyway, and no rollback should bring it back.
 */
function fateOf(
  own: string,
  live: Checkpoint,
  kept: Checkpoint | undefined,
  { compared }: Progress,
): Fate {
  if (live.fingerprint !== own) return 'kept'
  if (compared?.equal === true) return 'dropped'
  return kept === undefined || kept.fingerprint === own ? 'kept' : 'dropped'
}

async function checkInvariant(
  client: Pick<pg.ClientBase, 'query'>,
  { projection }: Progress,
): Promise<void> {
  const { invariant } = projection
  if (invariant === undefined) return
  const query = forSchema(invariant, projection, 'next')
  const { rows } = await client.query(`select * from (${query}) as finding limit 10`)
  if (rows.length > 0) throw new InvariantBroken(projection.name, rows)
}
