import { readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'

/** The system account that PostgreSQL runs as: it refuses to run as root. */
export interface Account {
  readonly uid: number
  readonly gid: number
  /** False when the account is the one this process runs as. */
  readonly switched: boolean
  /** False when no entry of the system names the uid: initdb then needs help. */
  readonly named: boolean
}

const PREFERRED = ['postgres', 'daybook', 'nobody']

/**
 * Our own account; as root the one that owns the cluster already, or one that has nothing else to lose.
 *
 * @param cluster Folder of the cluster, which may not exist yet.
 */
export function runAccount(cluster: string): Account {
  const uid = process.getuid?.()
  // Windows has no uids; PostgreSQL there gives up administrator's rights by itself.
  if (uid === undefined) return { uid: -1, gid: -1, switched: false, named: true }
  const entries = passwdEntries()
  const named = (id: number) => entries?.some((entry) => entry.uid === id) ?? true
  if (uid !== 0) return { uid, gid: process.getgid?.() ?? -1, switched: false, named: named(uid) }
  const owner = statSync(cluster, { throwIfNoEntry: false })
  if (owner !== undefined && owner.uid !== 0) {
    return { uid: owner.uid, gid: owner.gid, switched: true, named: named(owner.uid) }
  }
  for (const name of PREFERRED) {
    const found = entries?.find((entry) => entry.name === name && entry.uid !== 0)
    if (found !== undefined) return { uid: found.uid, gid: found.gid, switched: true, named: true }
  }
  return { uid: 65_534, gid: 65_534, switched: true, named: false }
}

interface PasswdEntry {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

/** Undefined where the system keeps its accounts elsewhere (macOS). */
function passwdEntries(): readonly PasswdEntry[] | undefined {
  if (process.platform !== 'linux') return undefined
  const text = readOrEmpty('/etc/passwd')
  return text.split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':')
    if (name === undefined || uid === undefined || gid === undefined) return []
    return [{ name, uid: Number(uid), gid: Number(gid) }]
  })
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** True when the account may enter every folder on the way to this folder or program, and itself. */
export function canReach(place: string, account: Account): boolean {
  if (!account.switched) return true
  for (let at = path.resolve(place); ; at = path.dirname(at)) {
    const found = statSync(at, { throwIfNoEntry: false })
    if (found !== undefined) {
      const bit = found.uid === account.uid ? 0o100 : found.gid === account.gid ? 0o010 : 0o001
      if ((found.mode & bit) === 0) return false
    }
    if (at === path.dirname(at)) return true
  }
}
