import { appendFileSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { noteErasures, notingErasures, readErasures } from '#adapters/keys/erasure-list.ts'
import type { KeyRing } from '#log/key-ring.ts'
import { dataFolder } from '#test/support/private-postgres.ts'

const at = '2026-11-21T10:00:00.000Z'
const ring = (destroy: KeyRing['destroy']): KeyRing => ({
  forWriting: async () => new Map(),
  forReading: async () => new Map(),
  destroy,
})
const listIn = (folder: string): string => path.join(folder, 'erasures.ndjson')

t.test('whatever is put on the list is read from it, in its order', async (t) => {
  const subjects = fc.array(fc.string({ unit: 'grapheme' }).map((id) => `main/${id}`))
  await fc.assert(
    fc.asyncProperty(fc.array(subjects, { maxLength: 5 }), async (appends) => {
      const file = listIn(dataFolder(t))
      const erasures = appends.map((some) => some.map((subject) => ({ subject, erasedAt: at })))
      for (const some of erasures) await noteErasures(file, some)
      t.strictSame(await Array.fromAsync(readErasures(file)), erasures.flat())
    }),
    { numRuns: 30 },
  )
})

t.test('writers who come at the same time do not disturb each other', async (t) => {
  const file = listIn(dataFolder(t))
  const subjects = Array.from({ length: 40 }, (_, i) => `main/${i}`)
  await Promise.all(subjects.map((subject) => noteErasures(file, [{ subject, erasedAt: at }])))
  const read = await Array.fromAsync(readErasures(file))
  t.same(new Set(read.map(({ subject }) => subject)), new Set(subjects))
  t.equal(statSync(file).mode & 0o777, 0o600)
})

t.test('an erasure is on the list before the key is destroyed', async (t) => {
  const file = listIn(dataFolder(t))
  const lists: string[] = []
  const destroying = notingErasures(
    ring(async () => void lists.push(readFileSync(file, 'utf8'))),
    file,
    () => at,
  )
  await destroying.destroy('main/ada')
  t.match(lists, [/main\/ada/])
  const failing = notingErasures(
    ring(() => Promise.reject(new Error('no database'))),
    file,
    () => at,
  )
  await t.rejects(failing.destroy('main/ben'), { message: 'no database' })
  t.match(await Array.fromAsync(readErasures(file)), [
    { subject: 'main/ada' },
    { subject: 'main/ben' },
  ])
})

t.test('a list that cannot be written to erases nobody', async (t) => {
  const folder = dataFolder(t)
  mkdirSync(listIn(folder), { recursive: true })
  let destroyed = 0
  const keyRing = notingErasures(
    ring(async () => void (destroyed += 1)),
    listIn(folder),
    () => at,
  )
  await t.rejects(keyRing.destroy('main/ada'), { code: 'EISDIR' })
  t.equal(destroyed, 0)
})

t.test('a line that is not as it was written is told of, and spoils no other', async (t) => {
  const file = listIn(dataFolder(t))
  await noteErasures(file, [{ subject: 'main/ada', erasedAt: at }])
  appendFileSync(file, '{"subject":"main/b')
  await t.rejects(Array.fromAsync(readErasures(file)), { name: 'BrokenFile', line: 2 })
  await noteErasures(file, [{ subject: 'main/eve', erasedAt: at }])
  const lines = readFileSync(file, 'utf8').split('\n')
  t.match(lines, [/main\/ada/, /^\{"subject":"main\/b$/, /main\/eve/, ''])
  t.same(await Array.fromAsync(readErasures(`${file}.not-there`)), [])
})
