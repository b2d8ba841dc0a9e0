import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { MAX_ROWS_APART, readDocuments } from '#cli/import-sales/documents.ts'
import { readMapping } from '#cli/import-sales/mapping.ts'
import { type Translated, translate } from '#cli/import-sales/translate.ts'

const folder = mkdtempSync(join(tmpdir(), 'daybook-file-of-sales-'))
const mapping = await readMapping('mappings/online-retail.json')
const header = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country'

let files = 0
async function read(text: string, name = `${files++}.csv`): Promise<Translated[]> {
  const path = join(folder, name)
  writeFileSync(path, name.endsWith('.gz') ? gzipSync(text) : text)
  return readAll(path)
}
async function readAll(path: string): Promise<Translated[]> {
  const documents = []
  for await (const document of readDocuments(path, mapping)) {
    documents.push(translate(document, mapping))
  }
  return documents
}
const row = (number: string, quantity = '2', price = '1.105', customer = '17850.0'): string =>
  `${number},A1,"A mug, blue",${quantity},2010-12-01 08:26:00,${price},${customer},France`

t.test('the rows that share a number are the lines of one sale', async (t) => {
  const [sale, ...rest] = await read([header, row('1'), row('1', '3')].join('\n'))
  t.strictSame(rest, [])
  t.match(sale, {
    kind: 'sale',
    number: '1',
    row: 2,
    customer: { number: '17850', name: 'Customer 17850', country: 'France' },
    occurredOn: '2010-12-01',
    total: '5.525',
  })
})

t.test('the example beside the mapping has a document of each kind', async (t) => {
  const documents = await readAll('mappings/online-retail-example.csv')
  t.same(
    new Set(documents.map(({ kind }) => kind)),
    new Set(['sale', 'credit_note', 'write_off', 'skipped']),
  )
})

t.test('a gzipped file reads the same as a plain one', async (t) => {
  const text = [header, row('1'), row('2')].join('\r\n')
  t.strictSame(await read(text, 'packed.csv.gz'), await read(text))
})

t.test('a sale without a customer is over the counter', async (t) => {
  const [sale] = await read([header, row('1', '1', '5', '')].join('\n'))
  t.match(sale, { kind: 'sale', customer: undefined })
})

t.test('a credit note is positive, its lines turned round', async (t) => {
  const [note] = await read([header, row('C7', '-2', '1.5'), row('C7', '1', '0.5')].join('\n'))
  t.match(note, { kind: 'credit_note', total: '2.5' })
  t.strictSame(note?.kind === 'credit_note' && note.lines.map((line) => line.quantity), ['2', '-1'])
})

t.test('a negative bad debt is written off, a positive one is a reversal', async (t) => {
  const documents = await read([header, row('A1', '1', '-11062.06'), row('A2')].join('\n'))
  t.strictSame(
    documents.map((document) => document.kind),
    ['write_off', 'write_off_reversal'],
  )
})

t.test('a total of zero is no sale: it is skipped and said to be', async (t) => {
  t.strictSame(await read([header, row('1', '-5', '0')].join('\n')), [
    { kind: 'skipped', number: '1', reason: 'stock correction' },
  ])
})

t.test('rows of a document that stand a little apart still belong together', async (t) => {
  const [first, second] = await read([header, row('1'), row('2'), row('1')].join('\n'))
  t.equal(first?.kind === 'sale' && first.lines.length, 1)
  t.equal(first?.number, '2')
  t.equal(second?.kind === 'sale' && second.lines.length, 2)
})

t.test('rows that stand too far apart are refused, never taken for another document', async (t) => {
  const between = Array.from({ length: MAX_ROWS_APART + 1 }, (_, i) => row(`${i + 10}`))
  const documents = await read([header, row('1'), ...between, row('1')].join('\n'))
  const ones = documents.filter((document) => document.number === '1')
  t.strictSame(
    ones.map((document) => document.kind),
    ['sale', 'refused'],
  )
})

t.test(
  'what cannot be read is refused with row, column and reason; other documents go on',
  async (t) => {
    const bad = [
      row('1', '1e3'),
      row('2', '1', '0x10'),
      row('3').replace('2010-12-01', '2010-02-30'),
      row('X4'),
      row('C5', '2'),
      row('6'),
    ]
    const documents = await read([header, ...bad].join('\n'))
    t.match(documents, [
      {
        kind: 'refused',
        refusals: [{ row: 2, column: 'Quantity', reason: /"1e3" is no exact decimal/ }],
      },
      { kind: 'refused', refusals: [{ row: 3, column: 'UnitPrice' }] },
      { kind: 'refused', refusals: [{ row: 4, column: 'InvoiceDate', reason: /2010-02-30/ }] },
      { kind: 'refused', refusals: [{ row: 5, column: 'InvoiceNo', reason: /no kind/ }] },
      {
        kind: 'refused',
        refusals: [{ row: 6, column: 'InvoiceNo', reason: /cannot be positive/ }],
      },
      { kind: 'sale', number: '6' },
    ])
  },
)

t.test('a file without a mapped column, or that is not CSV, says so', async (t) => {
  const short = read('InvoiceNo,Quantity\n1,2\n')
  await t.rejects(short, {
    message: /has no column InvoiceDate, .*columns are InvoiceNo, Quantity/,
  })
  await t.rejects(read(`${header}\n1,"A\n`), { message: /Cannot read .* after row 1/ })
  // A gzipped file that was cut off on its way.
  const cut = gzipSync(`${header}\n${row('1')}\n`).subarray(0, 60)
  writeFileSync(join(folder, 'cut.csv.gz'), cut)
  await t.rejects(readAll(join(folder, 'cut.csv.gz')), { message: /Cannot read .*cut\.csv\.gz/ })
})

t.test('a mapping that does not fit names each field', async (t) => {
  const path = join(folder, 'mapping.json')
  writeFileSync(path, JSON.stringify({ system: '', currency: 'gbp' }))
  await t.rejects(readMapping(path), /system: .*\n.*currency: .*\n.*document: /)
  await t.rejects(readMapping(join(folder, 'absent.json')), /Cannot read the mapping/)
})
