import fc from 'fast-check'
import t from 'tap'
import type { DaybookEvent } from '#domain/events.ts'
import { contactHash, emailForm, phoneForm } from '#projections/crm/contact-hash.ts'
import { type ContactRow, crmContacts } from '#projections/crm/contacts.ts'
import { foldInto, recorded, type Told } from '#test/projections/fold-runner.ts'
import { testKeyedHash } from '#test/support/keyed-hash.ts'

t.test('a number has one form, however it was written', async (t) => {
  const one = '+966501234567'
  const ways = [
    '+966 50 123 4567',
    '00966 (50) 123-4567',
    '+966 (0) 50 123 4567',
    '966501234567',
    '0501234567',
    '50 123 4567',
    '٠٥٠١٢٣٤٥٦٧',
    '+۹۶۶ ۵۰ ۱۲۳ ۴۵۶۷',
    '＋９６６ ５０ １２３ ４５６７',
    'tel: 050/123.45.67',
  ]
  for (const way of ways) t.equal(phoneForm(way, '966'), one, way)
  t.equal(phoneForm('+44 7700 900461', '966'), '+447700900461', 'of another country')
  t.equal(phoneForm('050 123 4567'), '501234567', 'of no country that is known')
  for (const none of ['', 'none', '1234', '٠٥٠']) t.equal(phoneForm(none, '966'), undefined, none)
})

t.test('whatever stands between its digits, a number is the same', async (t) => {
  const digits = fc.stringMatching(/^[1-9]\d{8,11}$/)
  const signs = fc.array(fc.constantFrom('', ' ', '-', '.', '/', '\u200e'), {
    minLength: 12,
    maxLength: 12,
  })
  const property = fc.property(digits, signs, (number, between) => {
    const written = number.split('').map((digit, index) => `${digit}${between[index] ?? ''}`)
    const form = phoneForm(`+${number}`, '966')
    return form === `+${number}` && phoneForm(`+${written.join('')}`, '260') === form
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: 300 }))
})

t.test('an address has one form, whatever its letters look like', async (t) => {
  t.equal(emailForm(' Anna.B@Example.ORG '), 'anna.b@example.org')
  t.equal(emailForm('ａｎｎａ.b@example.org'), 'anna.b@example.org')
  t.not(emailForm('annab@example.org'), emailForm('anna.b@example.org'))
  t.equal(emailForm('erased'), undefined)
})

const registered = (more: object = {}): DaybookEvent => ({
  type: 'CustomerRegistered',
  data: {
    customerId: 'anna',
    agent: 'ann',
    status: 'lead',
    occurredOn: '2026-03-01',
    name: 'Anna',
    phone: '050 123 4567',
    email: 'Anna@Example.org',
    ...more,
  },
})
const changed = (more: object): DaybookEvent => ({
  type: 'CustomerDetailsChanged',
  data: { customerId: 'anna', ...more },
})
const calling = (callingCode: string | null): DaybookEvent => ({
  type: 'OrganisationSettingsChanged',
  data: { organisation: 'main', callingCode },
})
const hash = (kind: 'phone' | 'email', form: string, organisation = 'main') =>
  contactHash(testKeyedHash, { organisation }, kind, form)

function contacts(...events: readonly (DaybookEvent | Told)[]): readonly string[] {
  const story = events.map((event): Told => ('event' in event ? event : { event }))
  const { contact = [] } = foldInto(crmContacts(testKeyedHash), recorded(story))
  return (contact as readonly ContactRow[]).map((row) => `${row.kind} ${row.hash}`)
}

t.test('a customer is found by what holds now, and by nothing once it is gone', async (t) => {
  const email = `email ${hash('email', 'anna@example.org')}`
  const phone = `phone ${hash('phone', '+966501234567')}`
  const all = [calling('966'), registered()]
  t.same(contacts(...all), [phone, email])
  t.same(contacts(...all, changed({ note: 'x' })), [phone, email], 'what is not said stays')
  t.same(contacts(...all, changed({ phone: null })), [email])
  const other = `phone ${hash('phone', '+966559999999')}`
  t.same(contacts(...all, changed({ phone: '055 999 9999' })), [other, email])
  t.same(contacts(...all, changed({ phone: 'none', email: null })), [], 'text that is no number')
  const gone = { customerId: 'anna', agent: 'ann', reason: 'duplicate' } as const
  t.same(contacts(...all, { type: 'CustomerDeleted', data: gone }), [])
  t.same(contacts(registered({ name: 'erased', phone: 'erased', email: 'erased' })), [])
})

t.test('a number without a country is of the one that was said when it was noted', async (t) => {
  const [before, after] = [hash('phone', '501234567'), hash('phone', '+966501234567')]
  t.same(contacts(registered({ email: undefined })), [`phone ${before}`])
  t.same(contacts(registered({ email: undefined }), calling('966')), [`phone ${before}`])
  t.same(contacts(calling('966'), registered({ email: undefined })), [`phone ${after}`])
})

t.test(
  'hashes of two organisations, and of number and address, have nothing in common',
  async (t) => {
    const text = '12345@67890'
    const hashes = [
      hash('phone', text),
      hash('phone', text, 'other'),
      hash('email', text),
      hash('email', text, 'other'),
    ]
    t.equal(new Set(hashes).size, 4)
  },
)
