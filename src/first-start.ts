import type pg from 'pg'
import { type FirstLink, makeFirstLink } from '#commands/identity/first-owner.ts'
import type { Daybook } from './composition.ts'

/** How long another process is waited for that is starting as well, in milliseconds. */
const PATIENCE_MS = 4000
/** Of PostgreSQL, when a lock was not had in time. */
const LOCK_NOT_AVAILABLE = '55P03'

type FirstStartDeps = Pick<Daybook, 'config' | 'database' | 'identity' | 'log' | 'clock'>

export interface FirstStart {
  /** To be shown to whoever started this process; `elsewhere`: another process that runs has shown it. */
  readonly link: FirstLink | 'elsewhere'
  /** With the end of this process another one may make a link. */
  release(): Promise<void>
}

/**
 * Makes whoever is to be the first to sign in, and their one-time link, until somebody can. Of several processes that
 * run at the same time one does, since each link takes the place of the one before.
 *
 * @returns undefined when there is nothing to do.
 */
export async function firstStart(
  { config, database, identity, log, clock }: FirstStartDeps,
  patienceMs = PATIENCE_MS,
): Promise<FirstStart | undefined> {
  if (await identity.credentials.isAnySet()) return undefined
  // Not a lease: a process that only hangs has shown its link.
  const session = await database.connect('writer', { name: 'daybook first start' })
  const release = (): Promise<void> => session.end().catch(() => undefined)
  try {
    if (!(await isMine(session, patienceMs))) {
      await release()
      return { link: 'elsewhere', release: async () => undefined }
    }
    const { ownerEmail, organisationName: name, ...settled } = config.firstStart
    const names = { ownerEmail, organisation: { name, ...settled } }
    const link = await makeFirstLink({ ...identity, log }, names, clock)
    if (link !== undefined) return { link, release }
    await release()
    return undefined
  } catch (error) {
    await release()
    throw error
  }
}

/** Until the session ends. */
async function isMine(session: pg.Client, patienceMs: number): Promise<boolean> {
  await session.query(`set lock_timeout = ${patienceMs}`)
  try {
    await session.query(`select pg_advisory_lock(hashtextextended('daybook first start', 0))`)
    return true
  } catch (error) {
    if ((error as { readonly code?: string }).code === LOCK_NOT_AVAILABLE) return false
    throw error
  }
}
