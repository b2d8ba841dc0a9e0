import t from 'tap'
import { settings } from '#domain/organisation/settings.ts'
import { given } from '../given-when-then.ts'

const change = { type: 'ChangeSettings', organisation: 'main' } as const

t.test('only what changes is said', async (t) => {
  const command = {
    ...change,
    timeZone: 'Asia/Riyadh',
    baseCurrency: 'SAR',
    language: 'ar',
    basis: 'principal',
    paymentTermsDays: 30,
  } as const
  const changed = {
    type: 'OrganisationSettingsChanged',
    data: { organisation: 'main', timeZone: 'Asia/Riyadh', baseCurrency: 'SAR', language: 'ar' },
  } as const
  t.strictSame(given(settings, []).when(command), [changed])
  t.strictSame(given(settings, [changed]).when(command), [])
  t.strictSame(given(settings, [changed]).state, {
    timeZone: 'Asia/Riyadh',
    baseCurrency: 'SAR',
    language: 'ar',
    basis: 'principal',
    paymentTermsDays: 30,
    callingCode: null,
    retentionYears: { sale: 10, creditNote: 10, badDebt: 10, customerCredit: 10, wallet: 10 },
    erasureNeedsApproval: false,
  })
  t.strictSame(given(settings, [changed]).when({ ...change, basis: 'agent' }), [
    { type: 'OrganisationSettingsChanged', data: { organisation: 'main', basis: 'agent' } },
  ])
  const called = { ...change, callingCode: '966' }
  const data = { organisation: 'main', callingCode: '966' }
  const said = { type: 'OrganisationSettingsChanged', data } as const
  t.strictSame(given(settings, []).when(called), [said])
  t.strictSame(given(settings, [said]).when({ ...change, callingCode: null }), [
    { ...said, data: { ...data, callingCode: null } },
  ])
})

t.test('a zone or currency that does not exist is refused', async (t) => {
  t.strictSame(given(settings, []).when({ ...change, timeZone: 'Mars/Olympus' }), {
    code: 'TIME_ZONE_UNKNOWN',
    facts: { timeZone: 'Mars/Olympus' },
    field: 'timeZone',
  })
  t.strictSame(given(settings, []).when({ ...change, baseCurrency: 'XAU' }), {
    code: 'CURRENCY_UNKNOWN',
    facts: { currency: 'XAU' },
    field: 'baseCurrency',
  })
})

t.test('an organisation is created once, and keeps what was settled before', async (t) => {
  const create = { type: 'CreateOrganisation', organisation: 'main', name: 'Corner Shop' } as const
  const settled = { timeZone: 'Asia/Riyadh', baseCurrency: 'SAR', language: 'ar' } as const
  const made = (rest: object) => ({
    type: 'OrganisationCreated',
    data: { organisation: 'main', name: 'Corner Shop', ...rest },
  })
  const plain = { timeZone: 'UTC', baseCurrency: 'USD', language: 'en' }
  t.strictSame(given(settings, []).when(create), [made(plain)])
  const before = given(settings, given(settings, []).after({ ...change, ...settled }))
  t.strictSame(before.when(create), [made(settled)])
  const past = given(settings, before.after(create))
  t.match(past.state, { name: 'Corner Shop', ...settled, paymentTermsDays: 30 })
  t.strictSame(past.when(create), [], 'again, nothing happens')
  t.match(past.when({ ...create, name: 'Another' }), {
    code: 'ORGANISATION_EXISTS',
    facts: { organisation: 'main' },
  })
  t.match(given(settings, []).when({ ...create, timeZone: 'Mars/Olympus' }), {
    code: 'TIME_ZONE_UNKNOWN',
  })
  t.match(given(settings, []).when({ ...create, baseCurrency: 'XAU' }), {
    code: 'CURRENCY_UNKNOWN',
  })
})

t.test('how long a kind of document is kept is said with all others', async (t) => {
  const command = { ...change, retentionYears: { wallet: 6 }, erasureNeedsApproval: true } as const
  const all = { sale: 10, creditNote: 10, badDebt: 10, customerCredit: 10, wallet: 6 }
  const changed = {
    type: 'OrganisationSettingsChanged',
    data: { organisation: 'main', retentionYears: all, erasureNeedsApproval: true },
  } as const
  t.strictSame(given(settings, []).when(command), [changed])
  t.strictSame(given(settings, [changed]).when(command), [])
  t.strictSame(given(settings, [changed]).when({ ...change, retentionYears: {} }), [])
})
