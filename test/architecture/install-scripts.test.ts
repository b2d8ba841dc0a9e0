import { readFileSync } from 'node:fs'
import t from 'tap'

/** What runs on a machine just because somebody installs Daybook there. */

interface Lock {
  readonly packages: Readonly<Record<string, { readonly hasInstallScript?: boolean }>>
}

const read = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'))
const { allowScripts } = read('package.json') as {
  readonly allowScripts: Readonly<Record<string, boolean>>
}

/** Names of the packages with a script, wherever they stand in the tree. */
function withScripts(file: string): readonly string[] {
  const { packages } = read(file) as Lock
  return Object.entries(packages)
    .filter(([, { hasInstallScript = false }]) => hasInstallScript)
    .map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length))
}

t.test('each package that has an install script is allowed or refused by name', async (t) => {
  const found = withScripts('package-lock.json')
  t.ok(found.length > 0)
  t.same([...new Set(found)].toSorted(), Object.keys(allowScripts).toSorted())
  t.same(
    Object.entries(allowScripts).flatMap(([name, isAllowed]) => (isAllowed ? [name] : [])),
    ['node'],
    'what is allowed',
  )
})

t.test(
  'a package that is not named stops the install, rather than running its script',
  async (t) => {
    t.match(readFileSync('.npmrc', 'utf8'), /^strict-allow-scripts=true$/m)
  },
)

t.test('the peers of the bench, which the product needs not, have none', async (t) => {
  t.same(withScripts('bench/peers/package-lock.json'), [])
})
