import t from 'tap'
import { badDebt } from '#domain/finance/bad-debt.ts'
import { sale } from '#domain/finance/sale.ts'
import { given } from '../given-when-then.ts'
import { after, dimensions, pay, recordSale, saleId, sar, today, writeOff } from './a-sale.ts'

// ── On the sale ────────────────────────────────────────────────────────────────────────────────

const writtenOff = {
  type: 'SaleDebtWrittenOff',
  data: { ...dimensions('2026-11-14'), badDebtId: 'bad-debt-1', amount: '75000' },
}
const takeBack = (changes: object = {}) =>
  ({
    type: 'ReverseSaleWriteOff',
    saleId,
    badDebtId: 'bad-debt-1',
    reversalId: 'reversal-1',
    occurredOn: '2026-11-18',
    today,
    ...changes,
  }) as const

t.test('what a sale owes is written off, all of it unless a part is named', async (t) => {
  const past = after(recordSale(), pay(40_000n))
  t.strictSame(given(sale, past).when(writeOff()), [writtenOff])
  t.strictSame(given(sale, past).when(writeOff(75_000n)), [writtenOff])
  t.hasStrict(given(sale, after(recordSale(), pay(40_000n), writeOff(5000n))).state, {
    owed: '70000',
    writeOffs: { 'bad-debt-1': '5000' },
  })
})

t.test('not more than is owed is written off', async (t) => {
  const past = after(recordSale(), pay(40_000n))
  t.strictSame(given(sale, past).when(writeOff(75_001n)), {
    code: 'AMOUNT_ABOVE_OWED',
    facts: { owed: '750.00', currency: 'SAR' },
    field: 'amount',
  })
  t.strictSame(given(sale, after(recordSale(), pay())).when(writeOff()), {
    code: 'SALE_NOTHING_OWED',
    facts: { saleId },
    field: undefined,
  })
})

t.test('a write-off that is sent again changes nothing', async (t) => {
  t.strictSame(given(sale, after(recordSale(), writeOff(1n))).when(writeOff(1n)), [])
})

t.test('a write-off is reversed in parts, up to what is left of it', async (t) => {
  const past = after(recordSale(), pay(40_000n), writeOff(), takeBack({ amount: sar(5000n) }))
  t.hasStrict(given(sale, past).state, { owed: '5000' })
  t.strictSame(given(sale, past).when(takeBack({ reversalId: 'reversal-2' })), [
    {
      type: 'SaleWriteOffReversed',
      data: {
        ...dimensions('2026-11-18'),
        badDebtId: 'bad-debt-1',
        reversalId: 'reversal-2',
        amount: '70000',
      },
    },
  ])
  t.strictSame(given(sale, past).when(takeBack()), [], 'the first reversal, sent again')
  const tooMuch = takeBack({ reversalId: 'reversal-2', amount: sar(70_001n) })
  const gone = given(sale, given(sale, past).after(takeBack({ reversalId: 'reversal-2' })))
  t.strictSame(gone.when(takeBack({ reversalId: 'reversal-3' })), {
    code: 'WRITE_OFF_NOTHING_LEFT',
    facts: { badDebtId: 'bad-debt-1' },
    field: undefined,
  })
  t.strictSame(given(sale, past).when(tooMuch), {
    code: 'WRITE_OFF_ABOVE_LEFT',
    facts: { left: '700.00', currency: 'SAR' },
    field: 'amount',
  })
  t.strictSame(given(sale, past).when(takeBack({ reversalId: 'r', badDebtId: 'other' })), {
    code: 'BAD_DEBT_UNKNOWN',
    facts: { badDebtId: 'other' },
    field: undefined,
  })
})

// ── The document ───────────────────────────────────────────────────────────────────────────────

const debt = { badDebtId: 'bad-debt-1', occurredOn: '2026-11-14' }
const writeOffDebt = {
  type: 'WriteOffBadDebt',
  ...debt,
  today,
  customerId: 'customer-1',
  saleId,
  amount: sar(75_000n),
  reason: 'Insolvent',
} as const
const document = {
  ...debt,
  customerId: 'customer-1',
  saleId,
  currency: 'SAR',
  amount: '75000',
}
const past = given(badDebt, []).after(writeOffDebt)
const recover = {
  type: 'RecoverBadDebt',
  ...debt,
  occurredOn: '2026-11-20',
  today,
  recoveryId: 'recovery-1',
  method: 'bank',
  amount: sar(25_000n),
} as const
const reverseDebt = {
  type: 'ReverseBadDebtWriteOff',
  ...debt,
  occurredOn: '2026-11-18',
  today,
  reversalId: 'reversal-1',
} as const

t.test('a bad debt is written off once', async (t) => {
  t.strictSame(given(badDebt, []).when(writeOffDebt), [
    { type: 'BadDebtWrittenOff', data: { ...document, reason: 'Insolvent' } },
  ])
  t.strictSame(given(badDebt, past).when(writeOffDebt), [])
})

t.test('a bad debt may name nobody', async (t) => {
  const { customerId: _, saleId: _sale, reason: _reason, ...command } = writeOffDebt
  const source = { system: 'shop', number: 'A563186' }
  t.strictSame(given(badDebt, []).when({ ...command, source }), [
    { type: 'BadDebtWrittenOff', data: { ...debt, currency: 'SAR', amount: '75000', source } },
  ])
})

t.test('a bad debt is recovered in parts, each once', async (t) => {
  t.strictSame(given(badDebt, past).when(recover), [
    {
      type: 'BadDebtRecovered',
      data: {
        ...document,
        occurredOn: '2026-11-20',
        amount: '25000',
        recoveryId: 'recovery-1',
        method: 'bank',
      },
    },
  ])
  const once = given(badDebt, past).after(recover)
  t.strictSame(given(badDebt, once).when(recover), [])
  const { amount: _, ...rest } = recover
  t.hasStrict(given(badDebt, once).when({ ...rest, recoveryId: 'recovery-2' }), [
    { type: 'BadDebtRecovered', data: { amount: '50000' } },
  ])
})

t.test('a write-off is reversed up to what is neither reversed nor recovered', async (t) => {
  const recovered = given(badDebt, past).after(recover)
  t.strictSame(given(badDebt, recovered).when(reverseDebt), [
    {
      type: 'BadDebtWriteOffReversed',
      data: { ...document, occurredOn: '2026-11-18', amount: '50000', reversalId: 'reversal-1' },
    },
  ])
  const refused = {
    code: 'WRITE_OFF_ABOVE_LEFT',
    facts: { left: '500.00', currency: 'SAR' },
    field: 'amount',
  }
  const above = { amount: sar(50_001n) }
  t.strictSame(given(badDebt, recovered).when({ ...reverseDebt, ...above }), refused)
  const again = { ...recover, ...above, recoveryId: 'recovery-2' }
  t.strictSame(given(badDebt, recovered).when(again), refused)
  const gone = given(badDebt, given(badDebt, recovered).after(reverseDebt))
  const { amount: _, ...rest } = again
  for (const command of [rest, again, { ...reverseDebt, reversalId: 'reversal-2' }]) {
    t.strictSame(gone.when(command), {
      code: 'WRITE_OFF_NOTHING_LEFT',
      facts: { badDebtId: 'bad-debt-1' },
      field: undefined,
    })
  }
})

t.test('a reversal may stand alone, once', async (t) => {
  const command = {
    type: 'RecordBadDebtReversal',
    ...debt,
    today,
    reversalId: 'reversal-1',
    amount: { amount: 1_106_206n, currency: 'GBP' },
  } as const
  const reversed = {
    type: 'BadDebtWriteOffReversed',
    data: { ...debt, currency: 'GBP', amount: '1106206', reversalId: 'reversal-1' },
  }
  t.strictSame(given(badDebt, []).when(command), [reversed])
  const standing = given(badDebt, []).after(command)
  t.strictSame(given(badDebt, standing).when(command), [])
  t.hasStrict(given(badDebt, standing).when(recover), { code: 'BAD_DEBT_UNKNOWN' })
})

t.test('what makes no bad debt is refused', async (t) => {
  const refused = (changes: object) => given(badDebt, []).when({ ...writeOffDebt, ...changes })
  t.hasStrict(refused({ amount: sar(0n) }), { code: 'AMOUNT_ZERO', field: 'amount' })
  t.hasStrict(refused({ amount: { amount: 1n, currency: 'ABC' } }), { code: 'CURRENCY_UNKNOWN' })
  t.hasStrict(refused({ occurredOn: '2027-01-01' }), { code: 'DATE_IN_FUTURE' })
  t.hasStrict(given(badDebt, past).when({ ...recover, occurredOn: '2026-11-13' }), {
    code: 'DATE_TOO_EARLY',
  })
  const foreign = { ...recover, amount: { amount: 1n, currency: 'USD' } }
  t.hasStrict(given(badDebt, past).when(foreign), { code: 'CURRENCY_MISMATCH' })
  t.hasStrict(given(badDebt, []).when(recover), { code: 'BAD_DEBT_UNKNOWN' })
})
