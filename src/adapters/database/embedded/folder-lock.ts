import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { z } from 'zod'
import { isAlive, startedAt } from './process-identity.ts'

const holderSchema = z.object({
  pid: z.int(),
  /** Undefined where the system does not say. */
  startedAt: z.string().optional(),
  what: z.string(),
})
export type LockHolder = z.output<typeof holderSchema>

/** Somebody else works in the folder. */
export class FolderInUse extends Error {
  override readonly name = 'FolderInUse'
  readonly holder: LockHolder

  constructor(folder: string, holder: LockHolder) {
    super(
      `The data folder ${folder} is in use by process ${holder.pid} (${holder.what}). ` +
        'Stop that one first, or give this one a folder of its own with DAYBOOK_DATA.',
    )
    this.holder = holder
  }
}

/**
 * Takes the folder for this process. The lock of a process that is gone, however it ended, is taken
 * over.
 *
 * @param what What holds it, for the message that others get.
 * @returns Gives the folder back.
 * @throws FolderInUse
 */
export function lockFolder(folder: string, name: string, what: string): () => void {
  const file = path.join(folder, name)
  const mine = `${file}.${process.pid}-${Math.trunc(performance.now() * 1000)}`
  const me: LockHolder = { pid: process.pid, startedAt: startedAt(process.pid), what }
  writeFileSync(mine, JSON.stringify(me), { mode: 0o644 })
  try {
    while (!linked(mine, file)) {
      const holder = readHolder(file)
      if (holder !== undefined && isHeld(holder)) throw new FolderInUse(folder, holder)
      takeAway(file, mine)
    }
  } finally {
    rmSync(mine, { force: true })
  }
  return () => {
    const holder = readHolder(file)
    if (holder?.pid === me.pid && holder.startedAt === me.startedAt) rmSync(file, { force: true })
  }
}

/** Who holds the folder now; undefined when nobody does. */
export function lockHolder(folder: string, name: string): LockHolder | undefined {
  const holder = readHolder(path.join(folder, name))
  return holder !== undefined && isHeld(holder) ? holder : undefined
}

/** A link appears with its content, or not at all. */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

/**
 * Removes a stale lock. Two processes may come to this at once, and the second must not remove the lock
 * that the first has made meanwhile: what was moved away is looked at again, and put back if it lives.
 */
function takeAway(file: string, mine: string): void {
  const away = `${mine}.stale`
  try {
    renameSync(file, away)
  } catch {
    return
  }
  const holder = readHolder(away)
  if (holder !== undefined && isHeld(holder)) linked(away, file)
  rmSync(away, { force: true })
}

function isHeld(holder: LockHolder): boolean {
  if (!isAlive(holder.pid)) return false
  const started = startedAt(holder.pid)
  return holder.startedAt === undefined || started === undefined || started === holder.startedAt
}

function readHolder(file: string): LockHolder | undefined {
  try {
    return holderSchema.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data
  } catch {
    return undefined
  }
}
