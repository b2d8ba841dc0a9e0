import t from 'tap'
import { type WalletCommand, wallet } from '#domain/wallet/wallet.ts'
import { given } from '../given-when-then.ts'
import {
  chargeBack,
  debit,
  filled,
  hold,
  limit,
  open,
  payOut,
  refund,
  resume,
  story,
  suspend,
  topUp,
  vat,
  walletId,
} from './a-wallet.ts'

t.test('nothing can be asked of a wallet that was never opened', async (t) => {
  t.match(given(wallet, []).when(topUp(1n)), { code: 'WALLET_UNKNOWN', facts: { walletId } })
})

t.test('it is opened once, and topped up', async (t) => {
  t.match(given(wallet, []).when(open(500n)), [
    { type: 'WalletOpened', data: { customerId: 'c1', currency: 'ZAR', creditLimit: '500' } },
  ])
  t.same(given(wallet, filled).when(open()), [])
  t.match(given(wallet, filled).when(topUp(5n)), [
    { type: 'WalletToppedUp', data: { movement: '3', amount: '5', method: 'card' } },
  ])
  t.match(given(wallet, filled).state, { balance: '100000' })
  const dollars = { ...topUp(1n), amount: { amount: 1n, currency: 'USD' } } as const
  t.match(given(wallet, filled).when(dollars), { code: 'CURRENCY_MISMATCH' })
  t.match(given(wallet, []).when({ ...open(-1n) }), {
    code: 'AMOUNT_NEGATIVE',
    field: 'creditLimit',
  })
})

t.test('nothing new is recorded of a customer once it was agreed that they go', async (t) => {
  const erasure = {
    reason: 'objected',
    requestedBy: 'olga',
    needsApproval: true,
    linked: [],
  } as const
  const news = [topUp(5n), debit(5n), hold(5n), limit(5n)]
  const codes = {
    requested: undefined,
    approved: 'CUSTOMER_RESTRICTED',
    restricted: 'CUSTOMER_RESTRICTED',
    erased: 'CUSTOMER_ERASED',
  } as const
  for (const [stage, code] of Object.entries(codes)) {
    const customer = { erasure: { ...erasure, stage } }
    for (const command of news) {
      const decided = given(wallet, filled).when({ ...command, customer } as WalletCommand)
      if (code === undefined) t.equal([decided].flat().length, 1, command.type)
      else t.match(decided, { code, facts: { customerId: 'c1' } }, `${command.type} ${stage}`)
    }
  }
})

t.test('a debit takes what was used, with its tax; never below the floor', async (t) => {
  t.match(given(wallet, filled).when(debit(0n, { usage: vat(30_000n) })), [
    {
      type: 'WalletDebited',
      data: {
        movement: '3',
        net: '30000',
        tax: '4500',
        gross: '34500',
        taxCode: 'VAT',
        taxRate: '15',
      },
    },
  ])
  t.match(given(wallet, filled).when(debit(100_000n)), [{ type: 'WalletDebited' }])
  t.match(given(wallet, filled).when(debit(100_001n)), {
    code: 'WALLET_FUNDS_NOT_ENOUGH',
    facts: { shortfall: '0.01', available: '1000.00', currency: 'ZAR' },
    field: 'amount',
  })
  const onCredit = story(open(), limit(50_000n))
  t.match(given(wallet, onCredit).when(debit(50_000n)), [{ type: 'WalletDebited' }])
  t.match(given(wallet, onCredit).when(debit(50_001n)), { facts: { shortfall: '0.01' } })
})

t.test('a lowered limit takes nothing back, but nothing more goes out', async (t) => {
  const past = story(open(50_000n), debit(40_000n), limit(10_000n))
  t.match(past.at(-1), { type: 'WalletCreditLimitChanged', data: { from: '50000', to: '10000' } })
  t.match(given(wallet, past).when(debit(1n)), {
    facts: { available: '-300.00', shortfall: '300.01' },
  })
  t.same(given(wallet, past).when(limit(10_000n)), [])
})

t.test('a debit is refunded by 95 % of it at most, in all, rounded down', async (t) => {
  const past = story(open(), topUp(100_000n), debit(0n, { usage: vat(1_001n) }))
  // 10.01 and tax of 1.50 are 11.51; 95 % of that is 10.9345.
  t.match(given(wallet, past).when(refund(past)), [
    {
      type: 'WalletDebitRefunded',
      data: { debit: '3', gross: '1093', tax: '142', net: '951', taxCode: 'VAT' },
    },
  ])
  const once = given(wallet, past).after(refund(past, 600n))
  t.match(given(wallet, once).when(refund(past, 494n)), {
    code: 'REFUND_ABOVE_LEFT',
    facts: { left: '4.93', currency: 'ZAR' },
  })
  const twice = given(wallet, once).after(refund(past, 493n))
  t.match(twice.at(-1), { data: { gross: '493' } })
  const taxes = twice.flatMap(({ type, data }) =>
    type === 'WalletDebitRefunded' ? [Number(data.tax)] : [],
  )
  t.equal(
    taxes.reduce((a, b) => a + b, 0),
    142,
    'parts give back the tax of the whole',
  )
  t.match(given(wallet, twice).when(refund(past)), {
    code: 'REFUND_ABOVE_LEFT',
    facts: { left: '0.00' },
  })
})

t.test(
  'a top-up that is charged back may leave the wallet below its floor, suspended',
  async (t) => {
    const past = story(open(), topUp(100_000n), debit(80_000n))
    const back = given(wallet, past).after(chargeBack(past))
    t.match(back.slice(-2), [
      { type: 'WalletTopUpChargedBack', data: { topUp: '2', amount: '100000', method: 'card' } },
      { type: 'WalletSuspended', data: { cause: 'below_floor' } },
    ])
    t.match(given(wallet, back).when(chargeBack(past)), {
      code: 'TOP_UP_ALREADY_CHARGED_BACK',
      facts: { topUp: '2' },
    })
    t.match(given(wallet, back).when(debit(1n)), {
      code: 'WALLET_SUSPENDED',
      facts: { walletId, cause: 'below_floor' },
    })
    t.match(given(wallet, back).when(topUp(79_999n)), [{ type: 'WalletToppedUp' }])
    t.match(given(wallet, back).when(topUp(80_000n)), [
      { type: 'WalletToppedUp' },
      { type: 'WalletResumed', data: { cause: 'above_floor' } },
    ])
    t.match(given(wallet, back).when(limit(80_000n)), [
      { type: 'WalletCreditLimitChanged' },
      { type: 'WalletResumed' },
    ])
    const enough = story(open(), topUp(100_000n), topUp(100_000n))
    t.match(given(wallet, enough).when(chargeBack(enough)), [{ type: 'WalletTopUpChargedBack' }])
  },
)

t.test('unused money is paid out, credit is not', async (t) => {
  const past = story(open(50_000n), topUp(100_000n))
  t.match(given(wallet, past).when(payOut(100_000n)), [
    { type: 'WalletPaidOut', data: { method: 'bank', amount: '100000' } },
  ])
  t.match(given(wallet, past).when(payOut(100_001n)), {
    code: 'PAYOUT_ABOVE_OWN',
    facts: { own: '1000.00', shortfall: '0.01', currency: 'ZAR' },
    field: 'amount',
  })
})

t.test(
  'one that is suspended by hand takes money and gives none, until it is resumed',
  async (t) => {
    const past = story(open(), topUp(100_000n), debit(1_000n), suspend())
    t.same(given(wallet, past).when(suspend()), [])
    for (const command of [debit(1n), payOut(1n)]) {
      t.match(given(wallet, past).when(command), { code: 'WALLET_SUSPENDED' })
    }
    t.match(given(wallet, past).when(refund(past, 1n)), [{ type: 'WalletDebitRefunded' }])
    t.match(
      given(wallet, past).when(topUp(1n)),
      [{ type: 'WalletToppedUp' }],
      'and stays suspended',
    )
    const resumed = given(wallet, past).after(resume())
    t.match(given(wallet, resumed).when(debit(1n)), [{ type: 'WalletDebited' }])
    t.same(given(wallet, resumed).when(resume()), [])
  },
)

t.test('days and amounts that cannot be are refused', async (t) => {
  const future = { ...topUp(1n), occurredOn: '2026-12-24' } as const
  t.match(given(wallet, filled).when(future), { code: 'DATE_IN_FUTURE' })
  t.match(given(wallet, filled).when(debit(0n)), { code: 'AMOUNT_ZERO' })
  t.match(given(wallet, filled).when(payOut(-1n)), {
    code: 'AMOUNT_NEGATIVE',
  })
})
