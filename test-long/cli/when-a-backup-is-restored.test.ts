import { randomBytes } from 'node:crypto'
import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import pg from 'pg'
import t, { type Test } from 'tap'
import { readKeyHistory } from '#adapters/keys/key-history.ts'
import { masterKeysStatus } from '#adapters/keys/master-keys-status.ts'
import { rewrapKeys } from '#adapters/keys/rewrap-keys.ts'
import { rotateMasterKey } from '#adapters/keys/rotate-master-key.ts'
import { checkBackup } from '#cli/backup/check-backup.ts'
import { backupFiles } from '#cli/backup/manifest.ts'
import { withTarget } from '#cli/backup/open-target.ts'
import { restoreBackup } from '#cli/backup/restore-backup.ts'
import { takeBackup } from '#cli/backup/take-backup.ts'
import { recordSale } from '#commands/finance/record-sale.ts'
import { addUser, resetUser } from '#commands/identity/add-user.ts'
import { eraseUser } from '#commands/identity/erase-user.ts'
import { emailId } from '#commands/identity/find-user.ts'
import { grantMembership } from '#commands/identity/grant-membership.ts'
import { issueApiKey } from '#commands/identity/issue-api-key.ts'
import { linkIdentity } from '#commands/identity/link-identity.ts'
import { currentRole } from '#commands/identity/memberships.ts'
import { revokeApiKey } from '#commands/identity/revoke-api-key.ts'
import { useLink } from '#commands/identity/set-password.ts'
import { signIn } from '#commands/identity/sign-in.ts'
import { MAINTENANCE_ID } from '#commands/maintenance/record-maintenance.ts'
import type { Config } from '#config'
import { user } from '#domain/identity/user.ts'
import { userEmail } from '#domain/identity/user-email.ts'
import { INSTALLATION } from '#domain/organisation/installation.ts'
import { maintenance } from '#domain/organisation/maintenance.ts'
import { summariseLog } from '#log/export.ts'
import { streamName } from '#log/stream-name.ts'
import { testNode } from '#test/support/eventstoredb.ts'
import {
  contextOf,
  customerAndSale,
  emptyInstallation,
  opened,
  silent,
} from '#test/support/installation.ts'
import { asked, newcomer } from '#test/support/people.ts'
import { dataFolder } from '#test/support/private-postgres.ts'
import { eventually, TestServer } from '#test/support/server.ts'
import type { Daybook } from '../../src/composition.ts'

const environment = { DAYBOOK_MASTER_KEY: randomBytes(32).toString('base64') }
const never = new AbortController().signal
const ignore = (): undefined => undefined
const password = 'several words of her own'

/** A folder that is not there yet. */
const newFolder = (t: Test): string => `${dataFolder(t)}-backup`

const backUp = (daybook: Daybook, folder: string) =>
  takeBackup(daybook, { folder, actor: 'cli:test', signal: never })

async function restore(
  config: Config,
  folder: string,
  more: { keys?: string; credentials?: boolean; erasures?: string[] } = {},
) {
  const checked = await checkBackup({ folder, erasures: [], ...more }, ignore)
  return withTarget(config, silent, (target) => restoreBackup(target, checked, 'cli:test', ignore))
}

async function untilReacted({ processes, log }: Daybook): Promise<void> {
  await eventually(
    'processes have reacted to everything',
    async () => {
      const head = await log.head()
      const running = await processes.status()
      return running.some(
        ({ name, position }) => name === 'sale_closes_customer' && position === head,
      )
    },
    60_000,
  )
}

const logs = [
  ['PostgreSQL', async () => ({})],
  ['EventStoreDB', async (t: Test) => ({ EVENTSTOREDB_URL: (await testNode(t)).connectionString })],
] as const

for (const [name, logOf] of logs) {
  t.test(`an installation with its log in ${name} is lost and comes back`, async (t) => {
    const lost = await opened(
      t,
      await emptyInstallation(t, { ...environment, ...(await logOf(t)) }),
    )
    await lost.engine.start()
    lost.processes.start()
    const kept = await customerAndSale(lost, 'Wanjiku Before', 'the first')
    const gone = await customerAndSale(lost, 'Achieng Erased')
    const early = await customerAndSale(lost, 'Nafula Early')
    await lost.keyRing.destroy(`main/${early.customerId}`)
    await untilReacted(lost)
    lost.auditTrail.refused({
      at: new Date().toISOString(),
      organisation: 'main',
      actor: 'olga',
      role: 'owner',
      method: 'POST',
      route: '/api/finance/sales',
      code: 'SALE_NOT_FOUND',
      status: 404,
      request_id: null,
      command_id: null,
      key_hash: null,
      facts: { saleId: 'سارة' },
      fields: null,
    })
    await eventually('the trail is written', async () => (await trail(lost)).length === 1)
    const folder = newFolder(t)
    const manifest = await backUp(lost, folder)
    const proof = await summariseLog(lost.log)
    t.match(manifest.log, {
      ...proof,
      head: { ordinal: proof.count },
      organisations: { main: proof.count },
    })
    t.equal(manifest.processes['sale_closes_customer'], proof.count)
    t.match(manifest.records, { 'daybook.refusal': 1 })
    for (const file of readdirSync(folder)) {
      t.equal(statSync(path.join(folder, file)).mode & 0o777, 0o600, `${file} is its owner's alone`)
    }

    // After the backup: a sale that will be lost, and somebody who is erased.
    await customerAndSale(lost, 'Too Late')
    await lost.keyRing.destroy(`main/${gone.customerId}`)
    const list = lost.config.erasuresFile
    const refusals = await trail(lost)
    await lost.close()

    const config = await emptyInstallation(t, { ...environment, ...(await logOf(t)) })
    const restored = await restore(config, folder, { erasures: [list] })
    t.match(restored, { alreadyThere: 0, erased: 2, erasedSince: 1 })
    const here = await opened(t, config)
    t.same(await summariseLog(here.log), proof, 'every event up to the head')
    t.same(await trail(here), refusals, 'who was refused')
    const { rows } = await here.database.writer.query<{ subject: string; erased: boolean }>(
      `select subject, wrapped is null as erased from daybook.subject_key
       where not starts_with(subject, '$hash/') order by subject`,
    )
    const expected = [kept, gone, early].map(({ customerId }, i) => ({
      subject: `main/${customerId}`,
      erased: i > 0,
    }))
    t.same(
      rows,
      expected.toSorted((a, b) => (a.subject < b.subject ? -1 : 1)),
    )

    await here.engine.start()
    here.processes.start()
    const { customerId } = kept
    const again = await recordSale(
      here.operations,
      { customerId, document: { amount: 10_000n } },
      contextOf('the first'),
    )
    t.match(again, { replayed: true, saleId: kept.sale.saleId }, 'as the first time')
    await untilReacted(here)
    t.equal((await summariseLog(here.log)).count, proof.count, 'nobody reacted twice')
    t.equal(await here.maintenanceRecord.look(), 1)
    t.match((await maintenanceOf(here)).at(-1), {
      type: 'InstallationRestored',
      data: { ordinal: proof.count, sha256: proof.sha256 },
    })
    await customerAndSale(here, 'Mutua New')
    await untilReacted(here)
    const isLive = async () => (await here.engine.status()).every(({ state }) => state === 'live')
    await eventually('read models are built', isLive, 60_000)
    t.same((await here.engine.verify('crm_customers')).findings, [])
    const folderAfter = newFolder(t)
    await backUp(here, folderAfter)
    const keys = gunzipSync(readFileSync(path.join(folderAfter, backupFiles.keys))).toString()
    t.notMatch(lineOf(keys, gone.customerId), /"wrapped":"/, 'the next backup has no such key')
    t.match(lineOf(keys, customerId), /"wrapped":"/)
    t.match(readFileSync(config.erasuresFile, 'utf8'), gone.customerId, 'the next restore knows')
  })
}

async function maintenanceOf({ log, codec }: Daybook) {
  const stream = streamName(maintenance.category, INSTALLATION, MAINTENANCE_ID)
  return codec.decode((await Array.fromAsync(log.readStream(stream))).flat())
}

async function trail({ database }: Daybook): Promise<readonly object[]> {
  return (await database.engine.query('select * from daybook.refusal order by id')).rows as object[]
}

function lineOf(text: string, part: string): string {
  return text.split('\n').find((line) => line.includes(part)) ?? ''
}

t.test('a backup that was begun while processes lagged makes them react once', async (t) => {
  const lost = await opened(t, await emptyInstallation(t, environment))
  await customerAndSale(lost, 'Wanjiku')
  await customerAndSale(lost, 'Achieng')
  lost.processes.start()
  await untilReacted(lost)
  const reacted = await summariseLog(lost.log)
  // The checkpoint as it was before the second sale, of whose reaction the log tells already.
  await lost.processes.stop()
  await lost.database.writer.query(`update daybook.process_checkpoint set position = null`)
  const folder = newFolder(t)
  const { processes } = await backUp(lost, folder)
  t.equal(processes['sale_closes_customer'], 0)
  const config = await emptyInstallation(t, environment)
  await restore(config, folder)
  const here = await opened(t, config)
  here.processes.start()
  await untilReacted(here)
  t.same(await summariseLog(here.log), reacted, 'what is reacted to again changes nothing')
})

t.test('API keys come back as the backup’s log knows them', async (t) => {
  const lost = await opened(t, await emptyInstallation(t, environment))
  const till = { name: 'Till', role: 'service', grantable: ['read'] } as const
  const issue = async () => {
    const { token = '', events } = await issueApiKey(lost, till, contextOf())
    return { token, id: events[0]?.data.apiKeyId ?? '' }
  }
  const [kept, revoked, revokedLater] = [await issue(), await issue(), await issue()]
  await revokeApiKey(lost, revoked.id, contextOf())
  const folder = newFolder(t)
  const { records } = await backUp(lost, folder)
  t.match(records, { 'identity.api_key': 3 })
  await revokeApiKey(lost, revokedLater.id, contextOf())
  const issuedLater = await issue()
  const config = await emptyInstallation(t, environment)
  await restore(config, folder)
  const { apiKeys } = await opened(t, config)
  t.match(await apiKeys.find(kept.token), { organisation: 'main', scopes: ['read'] })
  t.match(await apiKeys.find(revoked.token), { isRevoked: true })
  t.match(await apiKeys.find(revokedLater.token), { isRevoked: false }, 'as it was then')
  t.equal(await apiKeys.find(issuedLater.token), undefined)
})

t.test('passwords come back as they were, but for whoever was erased since', async (t) => {
  const lost = await opened(t, await emptyInstallation(t, environment))
  const [olga, gone] = [await withPassword(lost, 'olga'), await withPassword(lost, 'gone')]
  const folder = newFolder(t)
  t.match((await backUp(lost, folder)).records, { 'identity.password': 2 })
  const { token } = (await resetUser(lost.identity, olga.email, asked(INSTALLATION))).link ?? {
    token: '',
  }
  await setPassword(lost, token, 'another one, of later')
  await lost.keyRing.destroy(`${INSTALLATION}/${gone.userId}`)
  const lists = [lost.config.erasuresFile]
  const config = await emptyInstallation(t, environment)
  t.match(await restore(config, folder, { erasures: lists }), { credentials: 'restored' })
  const here = await opened(t, config)
  const signInTo = ({ identity }: Daybook, { email }: { email: string }) =>
    signIn(identity, { email, password, organisation: INSTALLATION, address: '127.0.0.1' })
  t.match(await signInTo(here, olga), { session: { userId: olga.userId } })
  t.equal(await here.identity.credentials.passwordOf(gone.userId), undefined)
  await t.rejects(signInTo(here, gone), { code: 'SIGN_IN_FAILED' })

  rmSync(path.join(folder, backupFiles.credentials))
  const without = await emptyInstallation(t, environment)
  await t.rejects(restore(without, folder), {
    name: 'BackupRefused',
    message: /credentials\.ndjson\.gz is missing\. Put it back, or say --no-credentials/,
  })
  t.match(await restore(without, folder, { credentials: false }), { credentials: 'left out' })
  const bare = await opened(t, without)
  await t.rejects(signInTo(bare, olga), { code: 'SIGN_IN_FAILED' })
  const again = (await resetUser(bare.identity, olga.email, asked(INSTALLATION))).link
  await setPassword(bare, again?.token ?? '', password)
  t.match(await signInTo(bare, olga), { session: { userId: olga.userId } })
})

t.test('a later file of keys says as well who was erased since, where no list does', async (t) => {
  const lost = await opened(t, await emptyInstallation(t, environment))
  const [olga, gone] = [await withPassword(lost, 'olga'), await withPassword(lost, 'gone')]
  const [folder, later] = [newFolder(t), newFolder(t)]
  await backUp(lost, folder)
  await lost.keyRing.destroy(`${INSTALLATION}/${gone.userId}`)
  await backUp(lost, later)
  const config = await emptyInstallation(t, environment)
  const keys = path.join(later, backupFiles.keys)
  const restored = await restore(config, folder, { keys })
  t.match(restored, { credentials: 'restored', erased: 1, erasedSince: 0 })
  t.ok(restored.lastErasure !== undefined)
  const { credentials } = (await opened(t, config)).identity
  t.equal(await credentials.passwordOf(gone.userId), undefined)
  t.ok(await credentials.passwordOf(olga.userId))
  t.match(readFileSync(config.erasuresFile, 'utf8'), gone.userId, 'the next restore knows')
})

t.test('a user erased since is no member any more, be they the last owner', async (t) => {
  const lost = await opened(t, await emptyInstallation(t, environment))
  const gone = await newcomer({ daybook: lost }, 'Nora', { main: 'owner', shop: 'auditor' })
  const kept = await newcomer({ daybook: lost }, 'Olga', { shop: 'owner' })
  const proven = { issuer: 'https://login.example', subject: 'nora-there' }
  const link = (daybook: Daybook, { userId }: { readonly userId: string }) =>
    linkIdentity(daybook.identity, userId, proven, 'session', asked(INSTALLATION))
  await link(lost, gone)
  const folder = newFolder(t)
  await backUp(lost, folder)
  const other = { userId: kept.userId, organisation: 'main', role: 'owner' } as const
  await grantMembership(lost.identity, { ...other, ...kept }, asked('main'))
  const { identity, keyRing, findKnowing } = lost
  const erasure = { email: gone.email, reason: 'left' } as const
  await eraseUser({ ...identity, keyRing, findKnowing }, erasure, asked(INSTALLATION))
  const list = lost.config.erasuresFile

  const assertGone = async (here: Daybook) => {
    for (const organisation of ['main', 'shop']) {
      t.equal(await currentRole(here.identity, gone.userId, organisation), undefined, organisation)
    }
    t.equal(await currentRole(here.identity, kept.userId, 'shop'), 'owner')
    const next = await newcomer({ daybook: here }, 'Nora', { main: 'owner' })
    t.not(next.userId, gone.userId, 'the address is free')
    await link(here, next)
  }

  await t.test('by the restore itself, which says so', async (t) => {
    const config = await emptyInstallation(t, environment)
    const server = new TestServer({ ...environment, DATABASE_URL: config.databaseUrl ?? '' })
    t.teardown(() => server.remove())
    const words = ['restore', '--from', folder, '--erasures', list]
    const { code, out, err } = await server.daybook(...words)
    t.equal(code, 0, err)
    t.match(out, /^Erased again: 1 users, .* Nobody owns main any more: daybook user add/m)
    await assertGone(await opened(t, config))
  })
  await t.test('where that fails, what was restored is told all the same', async (t) => {
    const config = await emptyInstallation(t, environment)
    const there = new pg.Client(config.databaseUrl)
    await there.connect()
    await there.query(`
      create trigger refuse_erasures before insert on log.events
        for each row when (new.type = 'UserErased') execute function log.refuse_change()`)
    await there.end()
    const server = new TestServer({ ...environment, DATABASE_URL: config.databaseUrl ?? '' })
    t.teardown(() => server.remove())
    const { code, out, err } = await server.daybook('restore', '--from', folder, '--erasures', list)
    t.equal(code, 1)
    t.match(out, /^Restored \d+ events .*^Erased: \d people, .*^Start the server now/ms)
    t.match(err, /^daybook: Everything is restored, but .* INSERT refused/)
  })
  await t.test('by a server, where the restore was cut off before', async (t) => {
    const config = await emptyInstallation(t, environment)
    await restore(config, folder, { erasures: [list] })
    const here = await opened(t, config)
    t.equal(await currentRole(here.identity, gone.userId, 'main'), 'owner', 'as in the backup')
    here.maintenanceRecord.start()
    here.processes.start()
    const isErased = async () => {
      const now = { age: 'now' } as const
      const { state } = await here.handler.load(user, INSTALLATION, gone.userId, now)
      return state.registration === 'erased'
    }
    await eventually('a process erases them', isErased, 60_000)
    const id = emailId(here.identity, gone.email)
    const isFree = async () => {
      const claim = await here.handler.load(userEmail, INSTALLATION, id, { age: 'now' })
      return claim.state.owner === undefined
    }
    await eventually('their address is let go of', isFree, 60_000)
    await assertGone(here)
  })
})

async function withPassword(daybook: Daybook, name: string) {
  const email = `${name}@example.com`
  const added = { email, name, organisation: INSTALLATION, role: 'installation' } as const
  const { userId, link } = await addUser(daybook.identity, added, asked(INSTALLATION))
  await setPassword(daybook, link?.token ?? '', password)
  return { userId, email }
}

function setPassword({ identity }: Daybook, token: string, password: string) {
  return useLink(identity, { token, password, address: '127.0.0.1' }, () => asked(INSTALLATION))
}

t.test('what cannot be restored is refused, and nothing was written', async (t) => {
  const lost = await opened(t, await emptyInstallation(t, environment))
  await customerAndSale(lost, 'Wanjiku')
  const folder = newFolder(t)
  const refused = (message: RegExp) => ({ name: 'BackupRefused', message })
  await backUp(lost, folder)
  await t.rejects(backUp(lost, folder), refused(/is not empty/))
  const config = await emptyInstallation(t, environment)
  await t.rejects(
    restore(lost.config, folder),
    refused(/^This installation is not empty: .* log\.events, daybook\.subject_key/),
  )
  const otherKey = { ...config, masterKeys: [randomBytes(32)] }
  await t.rejects(restore(otherKey, folder), refused(/^The master key is not the one/))
  const noKey = { ...config, masterKeys: undefined }
  await t.rejects(restore(noKey, folder), refused(/The master key .* is needed: put it back as/))
  await t.rejects(
    restore(config, path.dirname(folder)),
    refused(/is no backup: it has no manifest/),
  )
  const later = await emptyInstallation(t, environment)
  await t.test('the keys lie elsewhere', async (t) => {
    const apart = `${newFolder(t)}.keys.ndjson.gz`
    const bare = newFolder(t)
    cpSync(folder, bare, { recursive: true })
    cpSync(path.join(bare, backupFiles.keys), apart)
    rmSync(path.join(bare, backupFiles.keys))
    await t.rejects(restore(later, bare), refused(/keys\.ndjson\.gz is missing\. .* --keys$/))
    await customerAndSale(lost, 'Later')
    const newer = newFolder(t)
    await backUp(lost, newer)
    await t.rejects(
      restore(later, newer, { keys: apart }),
      refused(/log\.ndjson\.gz, line \d+: the key of main\/\S+ is in no file\./),
      'keys that are older than the log',
    )
    t.match(await restore(later, bare, { keys: apart }), { alreadyThere: 0 })
    rmSync(apart)
  })
  await t.rejects(restore(later, folder), refused(/is not empty/), 'twice')
})

t.test(
  'nobody may work on what is restored into; that somebody did once is no matter',
  async (t) => {
    const lost = await opened(t, await emptyInstallation(t, environment))
    await customerAndSale(lost, 'Wanjiku')
    const folder = newFolder(t)
    await backUp(lost, folder)
    const config = await emptyInstallation(t, environment)
    const busy = await opened(t, config)
    await busy.engine.start()
    busy.processes.start()
    const isOwned = async () =>
      (await busy.processes.status()).every(({ owner }) => owner !== undefined)
    await eventually('processes are run', isOwned, 60_000)
    await t.rejects(restore(config, folder), {
      name: 'BackupRefused',
      message: /works on this installation: end every server of it first$/,
    })
    await busy.close()
    t.match(await restore(config, folder), { alreadyThere: 0, tokens: 'none' })
    const here = await opened(t, config)
    await here.engine.start()
    here.processes.start()
    await untilReacted(here)
    const isLive = async () => (await here.engine.status()).every(({ state }) => state === 'live')
    await eventually('read models are followed', isLive, 60_000)
    t.same((await here.engine.verify('crm_customers')).findings, [])
  },
)

t.test('a restore that was broken off keeps everybody out, and goes on', async (t) => {
  const lost = await opened(t, await emptyInstallation(t, environment))
  await customerAndSale(lost, 'Wanjiku')
  const folder = newFolder(t)
  const manifest = await backUp(lost, folder)
  const config = await emptyInstallation(t, environment)
  const checked = await checkBackup({ folder, keys: undefined, erasures: [] }, ignore)
  const records = path.join(folder, backupFiles.records)
  const sound = readFileSync(records)
  await t.rejects(
    withTarget(config, silent, (target) => {
      // After it was found sound: a disk that fails.
      writeFileSync(records, sound.subarray(0, 12))
      return restoreBackup(target, checked, 'cli:test', ignore)
    }),
    { name: 'BrokenFile' },
  )
  writeFileSync(records, sound)
  await t.rejects(opened(t, config), {
    name: 'LogMoved',
    message: /a backup that is being restored/,
  })
  const other = newFolder(t)
  await backUp(lost, other)
  await t.rejects(restore(config, other), { name: 'MoveRefused', message: /into an empty one/ })
  t.match(await restore(config, folder), { alreadyThere: manifest.log.count })
  const here = await opened(t, config)
  t.same(await summariseLog(here.log), await summariseLog(lost.log))
})

t.test(
  'master keys rotated before the backup and since; who was erased stays erased',
  async (t) => {
    const [first, second, third] = [randomBytes(32), randomBytes(32), randomBytes(32)] as const
    const masterKeysOf = (config: Config, ...masterKeys: Buffer[]) => ({ ...config, masterKeys })
    const origin = await emptyInstallation(t, {})
    const before = await opened(t, masterKeysOf(origin, first))
    const early = await customerAndSale(before, 'Wanjiku Early')
    const gone = await customerAndSale(before, 'Achieng Erased')
    await before.close()
    const lost = await opened(t, masterKeysOf(origin, second, first))
    const { writer } = lost.database
    await rotateMasterKey(writer, lost.masterKeys, 'ann')
    const late = await customerAndSale(lost, 'Nafula Late')
    const folder = newFolder(t)
    await backUp(lost, folder)
    const history = await readKeyHistory(writer, 10)
    await lost.keyRing.destroy(`main/${gone.customerId}`)
    await rewrapKeys(writer, lost.masterKeys, { actor: 'ann', signal: never, onProgress: ignore })
    const hash = lost.keyedHash('bodyHash', 'of a command')
    await lost.close()
    const restoring = { erasures: [lost.config.erasuresFile] }

    const config = await emptyInstallation(t, {})
    await t.rejects(restore(masterKeysOf(config, third), folder, restoring), {
      name: 'BackupRefused',
    })
    await t.rejects(restore(masterKeysOf(config, first), folder, restoring), {
      name: 'BackupRefused',
    })
    // A first start, which makes hashes of its own; what was refused has left no other key in use.
    const started = await opened(t, masterKeysOf(config, third, second, first))
    t.not(started.keyedHash('bodyHash', 'of a command'), hash)
    await started.close()
    await t.rejects(
      restore(masterKeysOf(config, third, second), folder, restoring),
      { name: 'KeysRefused' },
      'some are under the first',
    )
    t.match(await restore(masterKeysOf(config, third, second, first), folder, restoring), {
      erasedSince: 1,
    })
    const here = await opened(t, masterKeysOf(config, third))
    t.equal(here.keyedHash('bodyHash', 'of a command'), hash, 'as the first time')
    const ids = [early, gone, late].map(({ customerId }) => `main/${customerId}`)
    const keys = await here.keyRing.forReading(ids)
    t.same(
      ids.map((id) => keys.get(id) === 'erased'),
      [false, true, false],
    )
    t.equal(keys.size, 3)
    t.match(await masterKeysStatus(here.database.writer, here.masterKeys), [
      { id: here.masterKeys.newest.id, state: 'in_use' },
    ])
    t.same(
      await readKeyHistory(here.database.writer, 10),
      history,
      'what was done with master keys',
    )
    await here.close()
    const next = await opened(t, masterKeysOf(config, randomBytes(32), third))
    await rotateMasterKey(next.database.writer, next.masterKeys, 'ben')
    const [last, ...earlier] = await readKeyHistory(next.database.writer, 10)
    t.match(last, { action: 'rotated', actor: 'ben' })
    t.same(earlier, history, 'and it goes on')
  },
)
