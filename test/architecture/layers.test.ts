import { globSync, readFileSync } from 'node:fs'
import { dirname, normalize } from 'node:path'
import t from 'tap'

/** The rules of architecture.md that a compiler does not know. Each failure names file and line. */

/** Into which layers a layer may look. Files at the root of src put everything together. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  log: ['domain'],
  commands: ['domain', 'log'],
  projections: ['domain', 'log'],
  processes: ['domain', 'log', 'commands', 'projections'],
  api: ['domain', 'log', 'commands', 'projections', 'processes', 'config'],
  adapters: ['domain', 'log', 'commands', 'projections', 'processes', 'config'],
  cli: ['domain', 'log', 'commands', 'projections', 'processes', 'adapters', 'config'],
}
/**
 * Single files besides: the database's port, which stands beside its adapter, with what is noted in whoever's transaction; for the command line,
 * what puts the program together, what it says in each language, and what each role may do.
 */
const databasePort = [
  'adapters/database/database.ts',
  'adapters/database/errors.ts',
  'adapters/database/note-maintenance.ts',
]
const exceptions: Readonly<Record<string, readonly string[]>> = {
  commands: databasePort,
  projections: databasePort,
  processes: databasePort,
  api: databasePort,
  cli: [
    'composition.ts',
    'program-version.ts',
    'fatal-message.ts',
    'api/messages/index.ts',
    'api/permissions.ts',
  ],
}
const domainPackages = ['zod', 'big.js', 'temporal-polyfill']
const environmentReaders = ['src/config.ts', 'src/main.ts', 'src/cli/command-line.ts']
const MAX_FUNCTION_LINES = 70

interface Source {
  readonly file: string
  /** The folder below src; empty for a file at its root. */
  readonly layer: string
  readonly text: string
  readonly lines: readonly string[]
}

const sources: readonly Source[] = globSync('src/**/*.ts').map((file) => {
  const text = readFileSync(file, 'utf8')
  const layer = file.split('/').length > 2 ? (file.split('/')[1] ?? '') : ''
  return { file, layer, text, lines: text.split('\n') }
})
const domain = sources.filter(({ layer }) => layer === 'domain')

/** Each import and export … from, with what it names; types count as much as values. */
function importsOf({ text }: Source): readonly string[] {
  const found = text.matchAll(/(?:^|\n)\s*(?:import|export)\b[^'"]*?from\s*'([^']+)'/g)
  const bare = text.matchAll(/(?:\bimport\s*\(\s*|(?:^|\n)import\s*)'([^']+)'/g)
  return [...found, ...bare].map(([, specifier = '']) => specifier)
}

/** The path below src that an import of ours names; undefined for a package. */
function targetOf({ file }: Source, specifier: string): string | undefined {
  if (specifier.startsWith('#')) return specifier.slice(1)
  if (!specifier.startsWith('.')) return undefined
  return normalize(`${dirname(file)}/${specifier}`).replace(/^src\//, '')
}

function linesThat(match: RegExp, among: readonly Source[]): readonly string[] {
  return among.flatMap(({ file, lines }) =>
    lines.flatMap((line, index) =>
      match.test(line) ? [`${file}:${index + 1} ${line.trim()}`] : [],
    ),
  )
}

t.test('there is something to look at', async (t) => {
  t.ok(sources.length > 50)
  t.ok(domain.length > 20)
  t.ok(sources.flatMap(importsOf).length > 200)
})

t.test('layers import inwards only', async (t) => {
  const breaches = sources.flatMap((source) => {
    const allowed = mayImport[source.layer]
    if (source.layer === '') return []
    if (allowed === undefined) return [`${source.file}: src/${source.layer} is no known layer`]
    return importsOf(source).flatMap((specifier) => {
      const target = targetOf(source, specifier)
      const [layer = ''] = target?.split('/') ?? []
      const fine = target === undefined || layer === source.layer || allowed.includes(layer)
      const known = target !== undefined && exceptions[source.layer]?.includes(target) === true
      return fine || known ? [] : [`${source.file} imports ${specifier}`]
    })
  })
  t.strictSame(breaches, [])
})

t.test('imports across layers go by name', async (t) => {
  const breaches = sources.flatMap((source) =>
    importsOf(source).flatMap((specifier) => {
      const [layer = '', ...rest] = targetOf(source, specifier)?.split('/') ?? []
      const away = specifier.startsWith('.') && rest.length > 0 && layer !== source.layer
      return source.layer !== '' && away ? [`${source.file} imports ${specifier}`] : []
    }),
  )
  t.strictSame(breaches, [])
})

t.test('the domain imports itself, zod and pure arithmetic', async (t) => {
  const breaches = domain.flatMap((source) =>
    importsOf(source)
      .filter((specifier) => !specifier.startsWith('.') && !domainPackages.includes(specifier))
      .map((specifier) => `${source.file} imports ${specifier}`),
  )
  t.strictSame(breaches, [])
})

t.test('the domain has no clock, no dice, no floats and no surroundings', async (t) => {
  const clock = /\bDate\.now\b|\bnew Date\b|\bDate\(|\bTemporal\.Now\b|\bperformance\b/
  const dice = /\bMath\.random\b|\bcrypto\b|\brandomUUID\b/
  const floats = /\bparseFloat\b|\.toNumber\(|\bMath\./
  const surroundings = /\bprocess\.|\bglobalThis\b|\bfetch\(|\bsetTimeout\b|\basync\b|\bawait\b/
  for (const forbidden of [clock, dice, floats, surroundings]) {
    t.strictSame(linesThat(forbidden, domain.map(withoutComments)), [], String(forbidden))
  }
})

t.test('only the outermost files read the environment', async (t) => {
  const inner = sources.filter(({ file }) => !environmentReaders.includes(file))
  t.strictSame(linesThat(/\bprocess\.env\b/, inner.map(withoutComments)), [])
})

t.test('nothing is written to the console, and nothing refers to what lies outside', async (t) => {
  t.strictSame(linesThat(/\bconsole\.\w+\(/, sources), [])
  t.strictSame(linesThat(/\.\.\/shared\b|\/work\//, sources), [])
})

t.test(`no function is longer than ${MAX_FUNCTION_LINES} lines`, async (t) => {
  t.strictSame(sources.flatMap(longFunctions), [])
})

function withoutComments(source: Source): Source {
  const code = source.lines.map((line) => (/^\s*(\/\/|\/?\*)/.test(line) ? '' : line))
  return { ...source, lines: code }
}

const FUNCTION_START =
  /^(\s*)(?:export (?:default )?)?(?:(?:async )?function\b|const \w+[^=]*= (?:async )?(?:<.*)?\(.*|(?:static |private |get |set |async |\*)*#?\w+(?:<[^>]*>)?\((?!.*\)$).*)/
const KEYWORDS = /^\s*(?:if|for|while|switch|return|await|throw|expect|else)\b/

/** By indentation, which the formatter keeps: a function ends where its closing brace stands alone. */
function longFunctions({ file, lines }: Source): readonly string[] {
  return lines.flatMap((line, start) => {
    const indent = KEYWORDS.test(line) ? undefined : FUNCTION_START.exec(line)?.[1]
    if (indent === undefined) return []
    const rest = lines.slice(start)
    const inOneLine = /(?<!\()\{$/.test(line)
    const header = inOneLine ? 0 : rest.findIndex((later, n) => n > 0 && !deeper(later, indent))
    if (rest[header]?.endsWith('{') !== true) return []
    const body = rest.slice(header + 1).findIndex((later) => !deeper(later, indent))
    const length = header + body + 2
    return length > MAX_FUNCTION_LINES ? [`${file}:${start + 1} has ${length} lines`] : []
  })
}

function deeper(line: string, indent: string): boolean {
  return line === '' || line.startsWith(`${indent} `)
}
