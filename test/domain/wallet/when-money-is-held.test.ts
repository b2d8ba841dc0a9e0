import t from 'tap'
import { availableAt, type OpenedWallet, wallet } from '#domain/wallet/wallet.ts'
import { REMEMBERED_ENDS } from '#domain/wallet/wallet/state.ts'
import { given, refusalOf } from '../given-when-then.ts'
import {
  capture,
  chargeBack,
  continued,
  debit,
  filled,
  hold,
  later,
  now,
  release,
  suspend,
  vat,
} from './a-wallet.ts'

const expiresAt = '2026-11-20T11:00:00.000Z'
const held = given(wallet, filled).after(hold(60_000n, { expiresAt }))
const stateOf = (past: typeof held) => given(wallet, past).state as OpenedWallet

t.test('what is held is not available, and comes back when its time is over', async (t) => {
  t.match(held.at(-1), {
    type: 'WalletFundsHeld',
    data: { movement: '3', amount: '60000', expiresAt },
  })
  t.equal(availableAt(stateOf(held), now), 40_000n)
  t.equal(availableAt(stateOf(held), later), 100_000n, 'though nobody has said so yet')
  t.match(given(wallet, held).when(debit(40_001n)), { facts: { shortfall: '0.01' } })
  t.match(given(wallet, held).when(hold(40_001n)), { facts: { shortfall: '0.01' } })
  t.match(given(wallet, held).when(debit(100_000n, { now: later })), [
    { type: 'WalletHoldExpired', data: { movement: '4', hold: '3', amount: '60000' } },
    { type: 'WalletDebited', data: { movement: '5', gross: '100000' } },
  ])
})

t.test('it is captured whole, with the tax of what was used', async (t) => {
  t.match(given(wallet, held).when(capture('3')), [
    { type: 'WalletHoldCaptured', data: { hold: '3', gross: '60000', tax: '0' } },
  ])
  t.match(given(wallet, held).when(capture('3', undefined, { usage: vat(30_000n) })), [
    { type: 'WalletHoldCaptured', data: { net: '30000', tax: '4500', gross: '34500' } },
    { type: 'WalletHoldReleased', data: { movement: '5', hold: '3', amount: '25500' } },
  ])
})

t.test('all that is held is captured with its tax within it', async (t) => {
  const taxed = { usage: { ...vat(0n), amount: undefined } }
  const all = (amount: bigint, rate = '15') => {
    const usage = { ...taxed.usage, taxRates: { VAT: rate } }
    const past = given(wallet, filled).after(hold(amount))
    return given(wallet, past).when(capture('3', undefined, { usage }))
  }
  t.match(all(1150n), [
    { data: { net: '1000', tax: '150', gross: '1150', taxCode: 'VAT', taxRate: '15' } },
  ])
  t.match(all(4n), [{ data: { net: '3', tax: '1', gross: '4' } }], 'which no net is with its tax')
  t.match(all(1n, '100'), [{ data: { net: '1', tax: '0', gross: '1' } }])
  t.match(all(1n, 'much'), { code: 'RATE_INVALID' })
  const part = given(wallet, held).after(capture('3', 10_000n, { keepRest: true }))
  t.match(given(wallet, part).when(capture('3', undefined, taxed)), [
    { type: 'WalletHoldCaptured', data: { net: '43478', tax: '6522', gross: '50000' } },
  ])
})

t.test('it is captured in parts when the rest is kept', async (t) => {
  const part = given(wallet, held).after(capture('3', 10_000n, { keepRest: true }))
  t.match(part.at(-1), { type: 'WalletHoldCaptured', data: { gross: '10000' } })
  t.equal(availableAt(stateOf(part), now), 40_000n)
  t.match(given(wallet, part).when(capture('3', 50_001n)), {
    code: 'CAPTURE_ABOVE_HOLD',
    facts: { held: '500.00', currency: 'ZAR' },
  })
  const rest = given(wallet, part).after(capture('3'))
  t.match(stateOf(rest), { balance: '40000', holds: {} })
})

t.test('a hold that is over says how it ended', async (t) => {
  const ended = (past: typeof held, more: object = {}) =>
    given(wallet, past).when(capture('3', undefined, more))
  const captured = given(wallet, held).after(capture('3'))
  const released = given(wallet, held).after(release('3'))
  const expired = given(wallet, held).after(debit(1n, { now: later }))
  t.match(ended(captured), { code: 'HOLD_ENDED', facts: { hold: '3', end: 'captured' } })
  t.match(ended(released), { code: 'HOLD_ENDED', facts: { end: 'released' } })
  t.match(ended(expired), { code: 'HOLD_ENDED', facts: { end: 'expired' } })
  t.match(ended(held, { now: later }), { code: 'HOLD_ENDED', facts: { end: 'expired' } })
  t.match(given(wallet, released).when(release('3')), { code: 'HOLD_ENDED' })
  t.match(given(wallet, held).when(capture('2')), { code: 'HOLD_UNKNOWN', facts: { hold: '2' } })
})

t.test('of many holds that ended the ends are forgotten first that came first', async (t) => {
  const many = REMEMBERED_ENDS + 1
  const shortly = Array.from({ length: many }, (_, index) => [
    hold(1n),
    release(`${4 + 2 * index}`),
  ])
  const commands = [...shortly.flat(), capture('3'), hold(1n), release(`${5 + 2 * many}`)]
  const state = commands.reduce(
    (state, command) => wallet.decide(command, state).reduce(wallet.evolve, state),
    given(wallet, held).state,
  )
  const end = (held: string) => refusalOf(() => wallet.decide(capture(held), state))
  t.match(end('3'), { code: 'HOLD_ENDED', facts: { end: 'captured' } }, 'the oldest, ended late')
  t.match(end('4'), { code: 'HOLD_UNKNOWN' })
  t.match(end('8'), { code: 'HOLD_UNKNOWN' })
  t.match(end('10'), { code: 'HOLD_ENDED', facts: { end: 'released' } })
})

t.test('expiry is said once, by whatever needs the money next', async (t) => {
  const said = given(wallet, held).after(debit(1n, { now: later }))
  t.match(said.slice(-2), [{ type: 'WalletHoldExpired' }, { type: 'WalletDebited' }])
  t.match(given(wallet, said).when(debit(1n, { now: later })), [{ type: 'WalletDebited' }])
  t.match(given(wallet, filled).when(hold(1n, { expiresAt: now })), {
    code: 'HOLD_EXPIRY_PAST',
    facts: { now },
    field: 'expiresAt',
  })
})

t.test('a suspended wallet keeps its promises, as far as there is money', async (t) => {
  const suspended = given(wallet, held).after(suspend())
  t.match(given(wallet, suspended).when(hold(1n)), { code: 'WALLET_SUSPENDED' })
  t.match(given(wallet, suspended).when(capture('3')), [{ type: 'WalletHoldCaptured' }])
  const gone = given(wallet, held).after(chargeBack(held))
  t.match(given(wallet, gone).when(capture('3')), {
    code: 'WALLET_FUNDS_NOT_ENOUGH',
    facts: { shortfall: '600.00', available: '0.00' },
  })
})

t.test('a wallet has a limited number of open holds', async (t) => {
  const many = continued(
    filled,
    Array.from({ length: 1000 }, () => hold(1n, { expiresAt })),
  )
  t.match(given(wallet, many).when(hold(1n)), { code: 'HOLDS_TOO_MANY', facts: { limit: 1000 } })
  t.equal(
    (given(wallet, many).when(hold(1n, { now: later })) as readonly object[]).length,
    201,
    'those that expired make room, though not all end at once',
  )
})
