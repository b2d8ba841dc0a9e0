import fc from 'fast-check'
import { roles } from '#domain/identity/roles.ts'
import type { JsonSchema } from './openapi.ts'
import { MARK, named } from './request.ts'

/** Values that a schema allows, with what such a field means in Daybook where a schema cannot say it. */

/** Where a value stands. */
export interface Place {
  /** Of the field or parameter. */
  readonly name: string
  readonly url: string
}

export function valid(schema: JsonSchema, place: Place): fc.Arbitrary<unknown> {
  const any = ofSchema(schema, place)
  const meant = meaningful(schema, place)
  return meant === undefined
    ? any
    : fc.oneof({ weight: 9, arbitrary: meant }, { weight: 1, arbitrary: any })
}

/** Which pool of things a field names; by its name, or by what stands before it in the path. */
const kinds: Readonly<Record<string, string>> = {
  customerId: 'customers',
  customer: 'customers',
  persons: 'customers',
  party: 'customers',
  saleId: 'sales',
  document: 'sales',
  wallet: 'wallets',
  paymentId: 'payments',
  tier: 'tiers',
  stream: 'streams',
  entry: 'entries',
  correlation: 'correlations',
  causation: 'events',
  command: 'commands',
}

/** An id of the caller's, now and then of the other organisation, or of nobody. */
function thing(kind: string): fc.Arbitrary<string> {
  const any = (whose: 'own' | 'foreign') => fc.nat({ max: 30 }).map((n) => named(whose, kind, n))
  return fc.oneof(
    { weight: 10, arbitrary: fc.constant(named('own', kind, 0)) },
    { weight: 3, arbitrary: any('own') },
    { weight: 2, arbitrary: any('foreign') },
    { weight: 1, arbitrary: fc.constantFrom('nobody', '01900000-0000-7000-8000-000000000000') },
  )
}

/** A movement, mostly that of its kind in a wallet that was just filled: see World. */
const movement = (usual: string) => fc.constantFrom(usual, usual, usual, '1', '5', '6', '900')
const sent = ['1.00', '0.01', 1, 2, 3.5, '10', '25.00', 100, '0.001', -1, 0]
const amount = fc.constantFrom<unknown>(
  ...sent,
  { amount: '5.00', currency: 'SAR' },
  { amount: 7, currency: 'USD' },
)
const decimal = fc.constantFrom<unknown>(1, 2, '2.5', 0.5, '15', '0', '-1', '100', 0)
const accounts = ['1100', '1000', '2100', '4000', 'accounts_receivable', 'cash', 'nothing']

const byName: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  topUp: movement('2'),
  debit: movement('3'),
  hold: movement('4'),
  movement: movement('2'),
  amount,
  saleAmount: amount,
  budget: amount,
  creditLimit: amount,
  paymentAmount: amount,
  amount_from: fc.constantFrom('0', '1.00', '5', '-1'),
  amount_to: fc.constantFrom('0', '100', '99999.99'),
  quantity: decimal,
  unitPrice: decimal,
  rate: decimal,
  currency: fc.constantFrom('SAR', 'SAR', 'USD', 'EUR', 'JPY', 'KWD', 'XXQ'),
  baseCurrency: fc.constantFrom('SAR', 'USD'),
  timeZone: fc.constantFrom('Asia/Riyadh', 'UTC', 'Pacific/Kiritimati', 'Mars/Base'),
  agent: fc.constantFrom('olga', 'omar', 'otto', 'nobody'),
  user: fc.constantFrom('olga', 'omar', 'nobody'),
  actor: fc.constantFrom('olga', 'otto', 'nobody'),
  account: fc.constantFrom(...accounts),
  type: fc.constantFrom('SaleRecorded', 'WalletDebited,WalletToppedUp', 'Nothing'),
  actor_kind: fc.constantFrom('person', 'process,import'),
  role: fc.constantFrom(...roles, 'auditor,service', 'nobody'),
  approver: fc.constantFrom('olga', 'otto', 'nobody'),
  days_off: fc.constantFrom('fri,sat', 'sun', 'someday'),
  code: fc.constantFrom('SALE_UNKNOWN', 'INTERNAL_ERROR', 'NOTHING'),
  known_at: fc.oneof(
    fc.nat({ max: 60 }).map(String),
    fc.constantFrom('2026-01-01T00:00:00Z', '2999-01-01T00:00:00Z', '999999999'),
  ),
  expiresAt: fc.constantFrom('2999-01-01T00:00:00Z', '2001-01-01T00:00:00Z'),
  min_position: fc.nat({ max: 2 }).map((n) => named('own', 'positions', n)),
  limit: fc.constantFrom(1, 2, 50),
}
const routes: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  '/api/projections': fc.nat({ max: 30 }).map((n) => named('own', 'projections', n)),
}

function meaningful(schema: JsonSchema, { name, url }: Place): fc.Arbitrary<unknown> | undefined {
  if (schema.enum !== undefined) return undefined
  if (name === 'cursor') return fc.nat({ max: 5 }).map((n) => named('own', `cursor:${url}`, n))
  if (name === 'name' && url.startsWith('/api/projections')) return routes['/api/projections']
  const kind = name === 'id' ? segmentBefore(url) : kinds[name]
  return kind === undefined ? byName[name] : thing(kind)
}

function segmentBefore(url: string): string | undefined {
  const segments = url.split('/')
  const segment = segments[segments.indexOf(':id') - 1]
  return segment === undefined ? undefined : (kinds[segment] ?? segment)
}

function ofSchema(schema: JsonSchema, place: Place): fc.Arbitrary<unknown> {
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  if (schema.const !== undefined) return fc.constant(schema.const)
  const branches = schema.anyOf ?? schema.oneOf
  if (branches !== undefined) return fc.oneof(...branches.map((branch) => valid(branch, place)))
  if (Array.isArray(schema.type)) {
    const types = schema.type as readonly string[]
    return fc.oneof(...types.map((type) => ofSchema({ ...schema, type }, place)))
  }
  return (ofType[String(schema.type)] ?? anything)(schema, place)
}

type Make = (schema: JsonSchema, place: Place) => fc.Arbitrary<unknown>
const anything: Make = () => fc.jsonValue({ maxDepth: 3 })
const ofType: Readonly<Record<string, Make>> = {
  string: text,
  integer: whole,
  number: () => fc.oneof(fc.integer({ min: 0, max: 100 }), fc.constantFrom(0.5, 12.34, 1e15)),
  boolean: () => fc.boolean(),
  null: () => fc.constant(null),
  array: list,
  object,
}

const dates = ['2026-01-31', '2024-02-29', '2026-06-15', '2025-12-31', '1999-01-01', '2027-01-01']
const instants = [
  '2026-01-01T00:00:00Z',
  '2026-06-01T12:30:00.123456789+03:30',
  '1970-01-01T00:00Z',
]

/** Of people whom one organisation alone knows: in several, one person is one user. */
const email = fc
  .tuple(fc.nat({ max: 9 }), fc.constantFrom('example.org', 'ex-ample.co'))
  .map(([n, host]) => `${MARK}+${n}@${host}`)

function text(schema: JsonSchema): fc.Arbitrary<string> {
  if (schema.format === 'date') return fc.constantFrom(...dates)
  if (schema.format === 'date-time') return fc.constantFrom(...instants)
  if (schema.format === 'email') return email
  if (schema.pattern !== undefined) return fc.stringMatching(new RegExp(schema.pattern))
  const { minLength = 0, maxLength = 100 } = schema
  const free = fc.string({ unit: 'grapheme', minLength, maxLength: Math.min(maxLength, 40) })
  const longest = fc.constantFrom('x', 'ß', 'ق').map((letter) => letter.repeat(maxLength))
  const marked = fc.nat({ max: 99 }).map((n) => `${MARK} ${n}`.slice(0, maxLength))
  return fc.oneof(
    { weight: 3, arbitrary: free },
    { weight: 3, arbitrary: maxLength < 20 ? free : marked },
    { weight: 1, arbitrary: longest },
  )
}

function whole({ minimum = 0, maximum = 1000 }: JsonSchema): fc.Arbitrary<number> {
  const safe = { min: Math.max(minimum, -1e9), max: Math.min(maximum, 1e9) }
  return fc.oneof(fc.integer(safe), fc.constantFrom(safe.min, safe.max))
}

function list(schema: JsonSchema, place: Place): fc.Arbitrary<unknown[]> {
  const { items = {}, minItems = 0, maxItems = 10 } = schema
  return fc.array(valid(items, place), { minLength: minItems, maxLength: Math.min(maxItems, 5) })
}

function object(schema: JsonSchema, { url }: Place): fc.Arbitrary<unknown> {
  const { properties = {}, required = [], additionalProperties } = schema
  const fields = Object.entries(properties).map(([name, inner]) => {
    const value = valid(inner, { name, url })
    const isRequired = required.includes(name)
    if (isRequired) return [name, value] as const
    return [
      name,
      mostly.has(name) ? fc.option(value, { nil: undefined }) : sometimes(value),
    ] as const
  })
  const known = fc.record(Object.fromEntries(fields)).map(withoutAbsent)
  if (typeof additionalProperties !== 'object') return known
  const key = fc.constantFrom('VAT', 'ZERO', 'ق', 'constructor', 'a/b~c')
  const others = fc.dictionary(key, valid(additionalProperties, { name: 'rate', url }), {
    maxKeys: 3,
  })
  return fc.tuple(known, others).map(([a, b]) => ({ ...b, ...a }))
}

/** Fields without which a command mostly says too little. */
const mostly = new Set(['amount', 'saleAmount', 'customerId', 'name'])

/** What has every field at once contradicts itself: most are left out. */
export function sometimes<T>(value: fc.Arbitrary<T>, absent = 4): fc.Arbitrary<T | undefined> {
  return fc.oneof(
    { weight: absent, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: value },
  )
}

function withoutAbsent(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
