import { z } from 'zod'
import type { DeclaredRoute } from '#api/declared-routes.ts'
import type { Names } from './a-business.ts'

/** A request as the walk makes it, and what of it names something. */
export interface Step {
  readonly route: DeclaredRoute
  readonly method: string
  readonly path: string
  readonly body?: object
  /** What the address asks for in headers. */
  readonly headers?: Readonly<Record<string, string>>
  /** The parameter that this step is about; the path itself when absent. */
  readonly about: string
}

export const nameOf = ({ method, url }: Pick<DeclaredRoute, 'method' | 'url'>): string =>
  `${method} ${url}`

/** What an id in a path is of, by how the address begins. */
const idsInPaths: readonly (readonly [address: RegExp, of: (names: Names) => readonly string[]])[] =
  [
    [/\/customers\/:id/, ({ customer }) => [customer]],
    [/\/privacy\/links\/:id/, ({ link }) => [link]],
    [/\/privacy\/\w+\/:id/, ({ customer }) => [customer]],
    [/\/sales\/:id/, ({ sale }) => [sale]],
    [/\/credit-notes\/:id/, ({ creditNote }) => [creditNote]],
    [/\/bad-debts\/:id/, ({ badDebt }) => [badDebt]],
    [/\/wallets\/:id/, ({ wallet }) => [wallet]],
    [/\/events\/:id/, ({ events }) => events],
    [/\/unmaskings\/:id/, ({ unmasking }) => [unmasking]],
    [/\/api-keys\/:id/, ({ apiKey }) => [apiKey]],
    [/\/members\/:id/, ({ member }) => [member]],
    [/\/correlations\/:id/, ({ correlations }) => correlations],
  ]

const inPaths: Readonly<Record<string, (names: Names, url: string) => readonly string[]>> = {
  id: (names, url) => idsInPaths.find(([address]) => address.test(url))?.[1](names) ?? [],
  customerId: ({ customer }) => [customer],
  paymentId: ({ payment }) => [payment],
  hold: ({ hold }) => [hold],
  agent: ({ agent }) => [agent],
  tier: ({ tier }) => [tier],
  entry: ({ entry }) => [entry],
  stream: ({ streams }) => streams,
  // The same for every organisation.
  account: () => ['1100'],
  name: () => ['ledger'],
  code: () => ['SALE_UNKNOWN'],
}

/** What can be asked for in a query that is somebody's. */
const inQueries: Readonly<Record<string, (names: Names, url: string) => string>> = {
  customerId: ({ customer }) => customer,
  customer: ({ customer }) => customer,
  party: ({ customer }) => customer,
  saleId: ({ sale }) => sale,
  document: ({ sale }) => sale,
  wallet: ({ wallet }) => wallet,
  agent: ({ agent }) => agent,
  user: ({ agent }) => agent,
  actor: ({ actor }) => actor,
  approver: ({ actor }) => actor,
  session: ({ session }) => session,
  stream: ({ streams }) => streams[0] ?? '',
  correlation: ({ correlations }) => correlations[0] ?? '',
  causation: ({ causation }) => causation,
  command: ({ command, refused }, url) => (url.includes('refusals') ? refused : command),
  key: ({ key }) => key,
  search: ({ mark }) => mark,
  phone: ({ phone }) => phone,
  email: ({ mark }) => `${mark}@example.com`,
  country: ({ mark }) => mark,
  source: ({ mark }) => mark,
  document_number: ({ saleNumber }) => saleNumber,
  number: ({ mark }, url) => `${mark}-${numberedAs(url)}`,
}

function numberedAs(url: string): string {
  if (url.includes('customers')) return 'c1'
  if (url.includes('credit-notes')) return 'n1'
  return url.includes('bad-debts') ? 'b1' : 's1'
}

/**
 * What names nothing of anybody's: choices, days and instants, amounts, pages; numbers within what the
 * path names; places in the log that all share (`min_position`), or in the own one (`known_at`); where
 * somebody signs in with a provider, and what it sends them back with.
 */
const neutral = new Set(
  `limit min_position known_at compare currency from to at as_of period group order direction status
  basis owing due_before suspended settled late type category actor_kind role account hold movement occurred_from
  occurred_to late_days late_month out_of_hours days_off amount_from amount_to seed size format
  depth revision code route tables cursor kind stage organisation state iss error`.split(/\s+/),
)

/** What an address cannot do without. */
const needed: Readonly<Record<string, (names: Names) => string>> = {
  '/api/explain/finance/stats/:field': () => 'currency=USD',
  '/api/explain/analytics/snapshots/:field': ({ agent }) =>
    `user=${agent}&to=2099-12-31&currency=USD`,
  '/api/explain/customer-credits/:customerId/:figure': () => 'currency=USD',
  '/api/explain/accounts/:account/:figure': () => 'currency=USD',
  '/api/explain/trial-balance/:figure': () => 'currency=USD',
  '/api/events/sample': () => 'seed=7&size=5',
  '/api/streams/:stream/difference': () => 'from=0&to=0',
}

const reasoned = { 'x-reason': 'to walk' }

/**
 * Everything that can be read of what an organisation has: each address with each of its names, plainly
 * and with each name in the query. What nobody has said anything of makes the walk fail.
 */
export function readsOf(routes: readonly DeclaredRoute[], names: Names): readonly Step[] {
  const reads = routes.filter(({ method }) => method === 'GET' || method === 'HEAD')
  return reads.flatMap((route): Step[] => {
    const { method, url, schema } = route
    const [first = '', ...others] = pathsOf(route, names)
    const least = needed[url]?.(names)
    const withQuery = (path: string, ...query: (string | undefined)[]): string => {
      const text = query.filter((part) => part !== undefined).join('&')
      return text === '' ? path : `${path}?${text}`
    }
    const headers = keysOf(schema.headers, url).includes('x-reason') ? reasoned : {}
    const step = (path: string, about = 'path'): Step => ({ route, method, path, about, headers })
    const plain = [first, ...others].map((path) => step(withQuery(path, least)))
    if (method === 'HEAD') return plain.slice(0, 1)
    const asked = keysOf(schema.querystring, url).filter((name) => !neutral.has(name))
    return [
      ...plain,
      ...asked.map((name) => {
        const value = inQueries[name]
        if (value === undefined)
          throw new Error(`The walk does not know the query ${name} of ${url}`)
        const query = `${name}=${encodeURIComponent(value(names, url))}`
        const isNeeded = least?.startsWith(`${name}=`) === true
        return step(withQuery(first, ...(isNeeded ? [least] : [least, query])), name)
      }),
    ]
  })
}

/** The addresses of a route with an organisation's names; of a choice, the first and the last. */
export function pathsOf({ url, schema }: DeclaredRoute, names: Names): readonly string[] {
  let paths = ['']
  for (const part of url.split('/').slice(1)) {
    const values = part.startsWith(':')
      ? valuesOf(part.slice(1), url, schema.params, names)
      : [part]
    if (values.length === 0) throw new Error(`The walk does not know what ${part} of ${url} is`)
    paths = paths.flatMap((path) => values.map((value) => `${path}/${encodeURIComponent(value)}`))
  }
  return paths
}

function valuesOf(name: string, url: string, params: unknown, names: Names): readonly string[] {
  const known = inPaths[name]
  if (known !== undefined) return known(names, url)
  const choice = params instanceof z.ZodObject ? params.shape[name] : undefined
  if (!(choice instanceof z.ZodEnum)) return []
  const options = choice.options.map(String)
  return [...new Set([options[0] ?? '', options.at(-1) ?? ''])]
}

function keysOf(schema: unknown, url: string): readonly string[] {
  if (schema === undefined) return []
  if (!(schema instanceof z.ZodObject)) throw new Error(`The walk cannot read the query of ${url}`)
  return Object.keys(schema.shape)
}
