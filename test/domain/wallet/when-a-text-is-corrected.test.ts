import t from 'tap'
import { ERASED } from '#domain/event-schema.ts'
import { type Wallet, type WalletEvent, wallet } from '#domain/wallet/wallet.ts'
import { given } from '../given-when-then.ts'
import { debit, open, topUp, walletId } from './a-wallet.ts'

const past = [open(), topUp(90_000n), debit(100n)].reduce<readonly WalletEvent[]>(
  (events, command) => [...events, ...wallet.decide(command, given(wallet, events).state)],
  [],
)
const said = { text: 'Washing', reason: 'It was not drying' }
const place = { walletId, field: 'description', corrects: '3' } as const
const correct = (before?: string) =>
  ({ type: 'CorrectWalletText', ...place, ...said, before }) as const
const corrected = { type: 'WalletTextCorrected', data: { ...place, customerId: 'c1', ...said } }

t.test('a text of a wallet is set right, unless it reads so already', async (t) => {
  t.strictSame(given(wallet, past).when(correct('Drying')), [corrected])
  t.strictSame(given(wallet, past).when(correct('Washing')), [])
})

t.test('what nobody wrote, or what was erased, is not corrected', async (t) => {
  for (const before of [undefined, ERASED]) {
    t.match(given(wallet, past).when(correct(before)), { code: 'TEXT_UNKNOWN' })
  }
  t.match(given(wallet, []).when(correct('Drying')), { code: 'WALLET_UNKNOWN' })
})

t.test('the state knows where a text was corrected last, and nothing that it says', async (t) => {
  const once = [...past, ...wallet.decide(correct('Drying'), given(wallet, past).state)]
  const twice = [...once, ...wallet.decide(correct('Drying'), given(wallet, once).state)]
  const { state } = given(wallet, twice)
  t.notMatch(JSON.stringify(state), /Washing|drying/)
  t.strictSame(state, {
    ...(given(wallet, past).state as Extract<Wallet, { readonly status: 'open' }>),
    movements: 5,
    corrections: { '3.description': '5' },
  })
})
