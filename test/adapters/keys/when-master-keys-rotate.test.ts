import { randomBytes } from 'node:crypto'
import { readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { maintenanceOutbox } from '#adapters/database/maintenance-outbox.ts'
import { exportKeys } from '#adapters/keys/export-keys.ts'
import { importKeys } from '#adapters/keys/import-keys.ts'
import { readKeyHistory } from '#adapters/keys/key-history.ts'
import { openKeyedHash } from '#adapters/keys/keyed-hash.ts'
import { masterKeyOf } from '#adapters/keys/master-key.ts'
import { writeKeyFile } from '#adapters/keys/master-key-file.ts'
import { MasterKeys, openMasterKeys } from '#adapters/keys/master-keys.ts'
import { masterKeysStatus } from '#adapters/keys/master-keys-status.ts'
import { createPostgresKeyRing } from '#adapters/keys/postgres-key-ring.ts'
import { rewrapKeys } from '#adapters/keys/rewrap-keys.ts'
import { dropMasterKey, rotateMasterKey } from '#adapters/keys/rotate-master-key.ts'
import { wrap } from '#adapters/keys/wrapped-key.ts'
import { hashPurposes, type SubjectKey } from '#log/key-ring.ts'
import { testDatabase } from '#test/support/database.ts'
import { dataFolder } from '#test/support/private-postgres.ts'
import { eventually } from '#test/support/server.ts'

const never = new AbortController().signal
/** Keys that every installation has, beside those of subjects. */
const HASHES = hashPurposes.length

/** An installation with a data folder; each `open` is another process. */
async function installation(t: Test) {
  const { database, login } = await testDatabase(t)
  const dataDir = dataFolder(t)
  const pool = database.writer
  const open = async () => {
    const masterKeys = await openMasterKeys({ dataDir, database: pool })
    const ring = createPostgresKeyRing({ pool, masterKeys, cachedForMs: 0 })
    return { masterKeys, ring, hash: await openKeyedHash(pool, masterKeys) }
  }
  const rotate = async () => rotateMasterKey(pool, (await open()).masterKeys, 'ann')
  const rewrap = async (signal = never, onProgress: () => void = () => undefined) =>
    rewrapKeys(pool, (await open()).masterKeys, { actor: 'ann', signal, onProgress })
  return { pool, login, dataDir, file: path.join(dataDir, 'master.key'), open, rotate, rewrap }
}

const shown = (key: SubjectKey | undefined): string =>
  key === undefined || key === 'erased' ? String(key) : key.export().toString('hex')

t.test('running processes learn of a rotation by themselves', async (t) => {
  const { pool, open, rotate, rewrap, file } = await installation(t)
  const [running, other] = [await open(), await open()]
  const before = await running.ring.forWriting(['main/a', 'main/b'])
  const { from, to } = await rotate()
  t.not(from, to)
  t.equal((await readFile(file, 'utf8')).split('\n').length, 3, 'two lines')
  const made = await running.ring.forWriting(['main/c'])
  t.same(await other.ring.forReading(['main/a', 'main/b', 'main/c']), new Map([...before, ...made]))
  const state = async () => masterKeysStatus(pool, (await open()).masterKeys)
  t.same(await state(), [
    { id: to, state: 'in_use', keys: 1 },
    { id: from, state: 'old', keys: HASHES + 2 },
  ])
  await t.rejects(dropMasterKey(pool, (await open()).masterKeys, from, 'ann'), {
    name: 'RotationRefused',
    message: `${HASHES + 2} keys are still wrapped by ${from}. Wrap them anew first: daybook keys rewrap`,
  })

  t.same(await rewrap(), { inUse: to, rewrapped: HASHES + 2, remaining: 0 })
  t.same(await rewrap(), { inUse: to, rewrapped: 0, remaining: 0 }, 'again')
  t.same(await state(), [
    { id: to, state: 'in_use', keys: HASHES + 3 },
    { id: from, state: 'spare', keys: 0 },
  ])
  for (const [id, message] of [
    [to, `${to} is in use. Rotate first: daybook keys rotate`],
    ['0123456789abcdef', 'There is no key 0123456789abcdef here'],
  ] as const) {
    await t.rejects(dropMasterKey(pool, (await open()).masterKeys, id, 'ann'), { message })
  }
  await dropMasterKey(pool, (await open()).masterKeys, from, 'ann')
  t.same(await state(), [{ id: to, state: 'in_use', keys: HASHES + 3 }])
  const fresh = await open()
  t.same(await fresh.ring.forReading(['main/a', 'main/b', 'main/c']), new Map([...before, ...made]))
  t.equal(fresh.hash('bodyHash', 'x'), running.hash('bodyHash', 'x'))
  t.match(await readKeyHistory(pool, 9), [
    { action: 'dropped', actor: 'ann', from, to: null },
    { action: 'rewrapped', actor: 'ann', to, keys: HASHES + 2 },
    { action: 'rewrap_began', actor: 'ann', to, keys: HASHES + 2 },
    { action: 'rotated', actor: 'ann', from, to },
    { action: 'first', actor: null, to: from },
  ])
  const waiting = await maintenanceOutbox(pool).oldest()
  t.match(
    waiting.map(({ actor, event }) => ({ actor, ...event })),
    [
      { actor: 'ann', type: 'MasterKeyRotated', data: { from, to } },
      { actor: 'ann', type: 'SubjectKeysRewrapped', data: { to, keys: HASHES + 2 } },
      { actor: 'ann', type: 'MasterKeyDropped', data: { from } },
    ],
    'each becomes an event',
  )
})

t.test(
  'keys of the configuration: given side by side first, taken into use by a command',
  async (t) => {
    const { database } = await testDatabase(t)
    const pool = database.writer
    const [old, young] = [randomBytes(32), randomBytes(32)]
    const open = async (...configured: Buffer[]) => {
      const masterKeys = await openMasterKeys({ configured, dataDir: '', database: pool })
      return { masterKeys, ring: createPostgresKeyRing({ pool, masterKeys, cachedForMs: 0 }) }
    }
    const [before, restarted] = [await open(old), await open(old)]
    await t.rejects(rotateMasterKey(pool, before.masterKeys, 'ann'), {
      name: 'RotationRefused',
      message: /in use already.*\n1\. Make a key with `openssl rand -base64 32`/,
    })
    const both = await open(young, old)
    const made = await both.ring.forWriting(['main/a'])
    t.same(await restarted.ring.forReading(['main/a']), made, 'still under the key that all know')
    t.match(await masterKeysStatus(pool, both.masterKeys), [
      { state: 'newer' },
      { state: 'in_use' },
    ])

    const { to } = await rotateMasterKey(pool, both.masterKeys, 'ann')
    const late = await both.ring.forWriting(['main/b'])
    const message = new RegExp(`${to}, which is not here. Add it to DAYBOOK_MASTER_KEY.*not erased`)
    await t.rejects(before.ring.forReading(['main/b']), { name: 'KeyUnavailable', message })
    await t.rejects(before.ring.forWriting(['main/c']), { name: 'KeyUnavailable', message })
    t.same(
      await before.ring.forReading(['main/a']),
      made,
      'what it has the key of it goes on reading',
    )
    t.same(await (await open(young, old)).ring.forReading(['main/b']), late)
    await t.rejects(
      open(young),
      { name: 'KeyUnavailable' },
      'the old key is needed until the rewrap',
    )
    await rewrapKeys(pool, both.masterKeys, {
      actor: 'a',
      signal: never,
      onProgress: () => undefined,
    })
    t.same(await (await open(young)).ring.forReading(['main/a']), made)
  },
)

t.test(
  'what was wrapped before keys had fingerprints is under the first, and hashes stay',
  async (t) => {
    const { pool, login, dataDir, open, rotate, rewrap } = await installation(t)
    const bytes = (await openMasterKeys({ dataDir, database: pool })).newest.bytes
    await login.query('truncate daybook.subject_key, daybook.master_key')
    const key = randomBytes(32)
    const insert = `insert into daybook.subject_key (subject, wrapped) values ($1, $2)`
    await login.query(insert, ['main/a', wrap(bytes, 'main/a', key)])
    const { hash, ring } = await open()
    // As the program made it when its key came from the master key at each start.
    const { hkdfSync, createHmac } = await import('node:crypto')
    const derived = Buffer.from(hkdfSync('sha256', bytes, '', 'daybook customerNumber', 32))
    const known = createHmac('sha256', derived).update('4:main1:7').digest('base64url')
    t.equal(hash('customerNumber', 'main', '7'), known)
    // A program of before may still run for a while.
    await login.query(insert, ['main/b', wrap(bytes, 'main/b', key)])
    await rotate()
    for (const subject of ['main/a', 'main/b']) {
      t.equal(shown((await ring.forReading([subject])).get(subject)), key.toString('hex'))
    }
    t.match(await rewrap(), { rewrapped: HASHES + 2, remaining: 0 })
    t.equal(shown((await ring.forReading(['main/a'])).get('main/a')), key.toString('hex'))
    t.equal((await open()).hash('customerNumber', 'main', '7'), known)
  },
)

t.test('a rewrap that is interrupted goes on, and two at once do it once', async (t) => {
  const { open, rotate, rewrap } = await installation(t)
  const { ring } = await open()
  const subjects = Array.from({ length: 1800 }, (_, i) => `main/${i}`)
  const keys = await ring.forWriting(subjects)
  await rotate()
  const interrupted = new AbortController()
  const first = await rewrap(interrupted.signal, () => interrupted.abort())
  t.match(first, { rewrapped: 500, remaining: 1300 + HASHES })
  t.same(await ring.forReading(subjects), keys, 'half of them here, half there')
  const done = await Promise.all([rewrap(), rewrap()])
  t.equal(done[0].rewrapped + done[1].rewrapped, 1300 + HASHES)
  t.same(await ring.forReading(subjects), keys)
})

t.test(
  'a file that a running process cannot read is no fault, and is read when it can be',
  async (t) => {
    const { open, rotate, file } = await installation(t)
    const running = await open()
    const { to } = await rotate()
    const writer = (await open()).ring
    const made = await writer.forWriting(['main/a'])
    const content = await readFile(file)
    const message = new RegExp(`${to}, which is not here. Put it back into .*master.key`)
    for (const spoil of [() => rm(file), () => writeFile(file, 'half', { mode: 0o600 })]) {
      await spoil()
      await t.rejects(running.ring.forReading(['main/a']), { name: 'KeyUnavailable', message })
    }
    await writeFile(file, content)
    t.same(await running.ring.forReading(['main/a']), made)
  },
)

t.test('a key that is made during a rotation waits for it, and is under the new one', async (t) => {
  const { login, file, open } = await installation(t)
  const { masterKeys, ring } = await open()
  await ring.forWriting(['main/a'])
  const young = randomBytes(32)
  await writeKeyFile(file, [young, ...masterKeys.all.map(({ bytes }) => bytes)])
  const rotation = await login.connect()
  t.teardown(() => rotation.release())
  await rotation.query('begin')
  await rotation.query('select from daybook.master_key for update')
  const made = ring.forWriting(['main/b'])
  await eventually(
    'the key waits',
    async () => {
      const { rows } = await login.query(
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      )
      return rows.length > 0
    },
    60_000,
  )
  const { id } = masterKeyOf(young)
  await rotation.query('update daybook.master_key set in_use = $1', [id])
  await rotation.query('commit')
  const key = shown((await made).get('main/b'))
  const { rows } = await login.query(
    `select master_key from daybook.subject_key where subject = 'main/b'`,
  )
  t.same(rows, [{ master_key: id }])
  t.equal(shown((await (await open()).ring.forReading(['main/b'])).get('main/b')), key)
})

t.test('a key that is destroyed while it is wrapped anew stays destroyed', async (t) => {
  const { pool, open, rotate } = await installation(t)
  const { masterKeys, ring } = await open()
  const kept = await ring.forWriting(['main/a', 'main/b'])
  await rotate()
  // Asked for a master key, a rewrap has read what it is going to write.
  const find = masterKeys.find.bind(masterKeys)
  masterKeys.find = async (id) => {
    await ring.destroy('main/a')
    return find(id)
  }
  const options = { actor: 'ann', signal: never, onProgress: () => undefined }
  t.match(await rewrapKeys(pool, masterKeys, options), { rewrapped: HASHES + 1, remaining: 0 })
  const fresh = (await open()).ring
  t.same(await fresh.forReading(['main/a', 'main/b']), new Map(kept).set('main/a', 'erased'))
})

t.test(
  'a file of keys opens under the master keys of its time, and takes hashes along',
  async (t) => {
    const [here, there] = [await installation(t), await installation(t)]
    const { ring, hash } = await here.open()
    await ring.forWriting(['main/a', 'main/b', 'main/c'])
    await ring.destroy('main/c')
    const early = await Array.fromAsync(exportKeys(here.pool))
    await here.rotate()
    await here.rewrap()
    const late = await Array.fromAsync(exportKeys(here.pool))
    t.match(late.join(''), /"subject":"main\/a","wrapped":"[^"]+","masterKey":"[0-9a-f]{16}"/)
    const own = (await there.open()).masterKeys
    await t.rejects(
      importKeys(
        there.pool,
        own,
        (async function* () {
          yield* late
        })(),
      ),
      {
        name: 'KeysRefused',
        message: /wrapped by another master key, [0-9a-f]{16}\. Give the one/,
      },
    )
    const all = [...own.all, ...(await here.open()).masterKeys.all].map(({ bytes }) => bytes)
    const both = new MasterKeys(all)
    for (const file of [late, early, late]) {
      await importKeys(
        there.pool,
        both,
        (async function* () {
          yield* file
        })(),
      )
    }
    t.same(
      await masterKeysStatus(there.pool, both).then((found) => found.map(({ keys }) => keys)),
      [HASHES + 2, 0, 0],
    )
    const moved = await there.open()
    const names = ['main/a', 'main/b', 'main/c']
    t.same(await moved.ring.forReading(names), await ring.forReading(names))
    t.equal(moved.hash('bodyHash', 'x'), hash('bodyHash', 'x'), 'commands are known again')
  },
)

/** What may be done to an installation, in any order. */
const deed = fc.oneof(
  { weight: 4, arbitrary: fc.record({ what: fc.constant('write'), who: fc.nat(11) }) },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('read'), who: fc.nat(11) }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('erase'), who: fc.nat(11) }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('rotate'), who: fc.constant(0) }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('rewrap'), who: fc.constant(0) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('restart'), who: fc.constant(0) }) },
)

t.test(
  'whatever is done in whatever order: keys open unless destroyed, and hashes stay',
  async (t) => {
    const { pool, login, open, rotate, rewrap } = await installation(t)
    const { hash } = await open()
    const expected = hash('refusedKey', 'main', 'k')
    const several = fc.array(fc.array(deed, { minLength: 1, maxLength: 4 }), { maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(several, async (rounds) => {
        await login.query('delete from daybook.subject_key where not starts_with(subject, $1)', [
          '$',
        ])
        let running = await open()
        const known = new Map<string, string>()
        const erased = new Set<string>()
        const note = (subject: string, key: SubjectKey | undefined, wasErased: boolean): void => {
          const text = shown(key)
          if (wasErased) t.equal(text, 'erased')
          else if (text !== 'erased' && text !== 'undefined') {
            if (known.has(subject)) t.equal(text, known.get(subject))
            known.set(subject, text)
          }
        }
        const run = async ({ what, who }: { readonly what: string; readonly who: number }) => {
          const subject = `main/${who}`
          const wasErased = erased.has(subject)
          if (what === 'rotate') await rotate()
          if (what === 'rewrap') await rewrap()
          if (what === 'restart') running = await open()
          if (what === 'write')
            note(subject, (await running.ring.forWriting([subject])).get(subject), wasErased)
          if (what === 'read')
            note(subject, (await running.ring.forReading([subject])).get(subject), wasErased)
          if (what === 'erase') {
            await running.ring.destroy(subject)
            erased.add(subject)
          }
        }
        // What stands in one round happens at once.
        for (const round of rounds) await Promise.all(round.map(run))
        const fresh = await open()
        for (const subject of [...known.keys(), ...erased]) {
          const found = shown((await fresh.ring.forReading([subject])).get(subject))
          t.equal(found, erased.has(subject) ? 'erased' : known.get(subject))
        }
        t.equal(fresh.hash('refusedKey', 'main', 'k'), expected)
      }),
      { numRuns: 15 },
    )
    const { to } = await rotate()
    t.match(await rewrap(), { inUse: to, remaining: 0 })
    t.match((await masterKeysStatus(pool, (await open()).masterKeys))[0], { state: 'in_use' })
  },
)
