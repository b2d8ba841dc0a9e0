import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import fc from 'fast-check'
import t from 'tap'
import { BulkRows } from '#projections/engine/bulk-rows.ts'
import { rowText } from '#projections/engine/copy-text.ts'
import { type Row, table } from '#projections/engine/projection.ts'
import { keyText } from '#projections/engine/row-key.ts'
import { RowMemory } from '#projections/engine/row-memory.ts'
import { SpillFile } from '#projections/engine/spill-file.ts'

const wide = table<{ readonly id: string; readonly n: number; readonly more: string | null }>({
  name: 'wide',
  columns: {
    id: { type: 'text' },
    n: { type: 'integer' },
    flag: { type: 'boolean' },
    data: { type: 'jsonb' },
    more: { type: 'text', nullable: true },
  } as never,
  key: ['id'],
  on: {},
})

const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('\\N', '\\', 'a\tb', '\n', '\r\n', '\\t', 'ب'.repeat(2000)),
)
const row = fc.record({
  n: fc.integer(),
  flag: fc.boolean(),
  data: fc.jsonValue(),
  more: fc.option(text.filter((it) => !it.includes('\u0000'))),
})

/** Rows as they come back from JSON, which knows no negative zero. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}

t.test('a line of a row reads as the row', async () => {
  const lines = rowText(wide)
  fc.assert(
    fc.property(row, (made) => {
      const whole = { id: 'x', ...made }
      const line = lines.write('north', whole)
      assert.equal(line.indexOf('\n'), line.length - 1)
      assert.deepEqual(plain(lines.read(line)), plain(whole))
    }),
  )
})

t.test('rows that go to the file and come back are the rows of a map', async () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 30 }), fc.option(row)), { maxLength: 300 }),
      fc.constantFrom(1, 20_000, 10_000_000),
      (changes, memoryBytes) => {
        const expected = new Map<string, Row>()
        const rows = new BulkRows(wide, new RowMemory(memoryBytes), tmpdir())
        for (const [n, change] of changes) {
          const key = keyText('north', wide.key, { id: `key ${n}` })
          assert.deepEqual(plain(rows.get(key) ?? null), plain(expected.get(key) ?? null))
          const after = change === null ? undefined : { id: `key ${n}`, ...change }
          rows.set(key, after)
          if (after === undefined) expected.delete(key)
          else expected.set(key, after)
        }
        const lines = rowText(wide)
        const written = Buffer.concat([...rows.chunks()]).toString()
        rows.close()
        assert.deepEqual(
          written.split('\n').toSorted(),
          [...expected.values(), undefined]
            .map((it) => (it === undefined ? '' : lines.write('north', it).slice(0, -1)))
            .toSorted(),
        )
      },
    ),
  )
})

t.test(
  'a file of lines takes what is larger than its buffer, and gives each line once',
  async (t) => {
    const file = new SpillFile(tmpdir())
    const large = `${'x'.repeat(3_000_000)}\n`
    for (let n = 0; n < 5000; n += 1) file.put(`k${n}`, `line ${n}\n`)
    file.put('large', large)
    for (let n = 5000; n < 100_000; n += 1) file.put(`k${n}`, `line ${n}\n`)
    t.equal(file.take('large'), large)
    t.equal(file.take('large'), undefined)
    file.put('large', large)
    for (let n = 0; n < 100_000; n += 2) {
      if (file.take(`k${n}`) !== `line ${n}\n`) t.fail(`line ${n} is lost`)
    }
    t.equal(file.take('k0'), undefined)
    t.equal(file.size, 50_001)
    const rest = Buffer.concat([...file.chunks()])
      .toString()
      .split('\n')
    file.close()
    t.equal(rest.length, 50_002)
    t.equal(new Set(rest).size, 50_002)
    t.notOk(rest.some((line) => line.endsWith('0')))
  },
)
