import fc from 'fast-check'
import t from 'tap'
import { type OpenedWallet, type WalletEvent, wallet } from '#domain/wallet/wallet.ts'
import { type ByMovement, valueOf, withValue } from '#domain/wallet/wallet/by-movement.ts'
import { given } from '../given-when-then.ts'
import { filled, today, walletId } from './a-wallet.ts'

/** How many entries of a value are not those of the one before: what had to be written anew. */
function written(before: unknown, after: unknown): number {
  if (before === after || typeof after !== 'object' || after === null) return 0
  const entries: readonly (readonly [string, unknown])[] = Object.entries(after)
  const old = new Map<string, unknown>(Object.entries(before ?? {}))
  return entries.reduce((sum, [key, value]) => sum + written(old.get(key), value), entries.length)
}

const movement = fc.integer({ min: 1, max: 9_999_999_999 }).map(String)
const few = fc.integer({ min: 1, max: 120 }).map(String)
type Entry = readonly [movement: string, value: number]
const entries: fc.Arbitrary<readonly Entry[]> = fc.array(
  fc.tuple(fc.oneof(movement, few), fc.nat()),
  { size: 'large' },
)

const withAll = (tree: ByMovement<number>, entries: readonly Entry[]) =>
  entries.reduce((tree, [movement, value]) => withValue(tree, movement, value), tree)

t.test(
  'a movement has the value that it was given last, also when it was JSON meanwhile',
  async () => {
    fc.assert(
      fc.property(entries, entries, movement, (before, after, other) => {
        const kept = JSON.parse(JSON.stringify(withAll({}, before))) as ByMovement<number>
        const tree = withAll(kept, after)
        const expected = new Map([...before, ...after])
        return [...expected.keys(), other].every(
          (movement) => valueOf(tree, movement) === expected.get(movement),
        )
      }),
    )
  },
)

t.test('a refund costs no more to fold when there were very many before', async (t) => {
  const event = (index: number): WalletEvent => {
    const [movement, debit] = [`${20_003 + index}`, `${3 + index}`]
    const amounts = { net: '10', tax: '0', gross: '10' }
    const dimensions = { walletId, customerId: 'c1', currency: 'ZAR', occurredOn: today }
    return { type: 'WalletDebitRefunded', data: { ...dimensions, movement, debit, ...amounts } }
  }
  let state = given(wallet, filled).state
  let most = 0
  for (let index = 0; index < 20_000; index += 1) {
    const after = wallet.evolve(state, event(index))
    if (index % 100 === 99) most = Math.max(most, written(state, after))
    state = after
  }
  t.ok(most < 100, `${most} entries are written anew`)
  t.equal((state as OpenedWallet).balance, '300000')
})
