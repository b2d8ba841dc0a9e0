import { readFileSync } from 'node:fs'
import t from 'tap'

/** What README.md says of the environment is what the program reads. */

const read = (file: string): string => readFileSync(file, 'utf8')
const variables = [...read('src/config.ts').matchAll(/^ {2}([A-Z][A-Z_]+): (.*)$/gm)].map(
  ([, name = '', rule = '']) => ({ name, rule }),
)
const rows = read('README.md')
  .split('\n')
  .filter((line) => line.startsWith('| `'))

t.test('every variable stands in a table, and no other does', async (t) => {
  t.ok(variables.length > 20)
  const told = rows.flatMap((row) =>
    [...(row.split('|')[1] ?? '').matchAll(/`([A-Z][A-Z_]+)`/g)].map(([, name = '']) => name),
  )
  t.same(told.toSorted(), variables.map(({ name }) => name).toSorted())
})

t.test('every number is told with its bounds and its default', async (t) => {
  const numbers = variables.flatMap(({ name, rule }) => {
    const found = /^wholeNumber\((.+)\),$/.exec(rule)?.[1]
    return found === undefined ? [] : [{ name, bounds: found.split(', ').map(valueOf) }]
  })
  t.ok(numbers.length > 15)
  for (const { name, bounds } of numbers) {
    const row = rows.find((line) => line.includes(`\`${name}\``)) ?? ''
    for (const bound of bounds) {
      t.match(row.replaceAll(',', ''), new RegExp(`\\b${bound}\\b`), `${name}: ${bound} in ${row}`)
    }
  }
})

/** Numbers are written as products, and with underscores. */
function valueOf(text: string): number {
  return text
    .split(' * ')
    .map((factor) => Number(factor.replaceAll('_', '')))
    .reduce((product, factor) => product * factor, 1)
}
