import t from 'tap'
import { type CustomerCommand, customer } from '#domain/crm/customer.ts'
import { given } from '../given-when-then.ts'
import { after, customerId, registerCustomer } from './a-customer.ts'

const past = after(registerCustomer)
const remove = { type: 'DeleteCustomer', customerId, reason: 'duplicate' } as const
const deleted = after(registerCustomer, remove)
const noteSale = { type: 'NoteCustomerSale', customerId, saleId: 'sale-1' } as const
const document = { kind: 'wallet', id: 'wallet-1' } as const
const noteDocument = { type: 'NoteCustomerDocument', customerId, document } as const
const releaseDocument = { type: 'ReleaseCustomerDocumentNote', customerId, document } as const
const closeBySale = {
  type: 'CloseCustomerBySale',
  customerId,
  saleId: 'sale-1',
  occurredOn: '2026-11-21',
} as const

t.test(
  'a customer of whom nothing is in the books is deleted, and nothing personal said',
  async (t) => {
    t.strictSame(given(customer, past).when(remove), [
      { type: 'CustomerDeleted', data: { customerId, agent: 'layla', reason: 'duplicate' } },
    ])
    t.strictSame(given(customer, deleted).state, { registration: 'deleted', number: '17850' })
  },
)

t.test('a sale that is recorded or about to be keeps its customer', async (t) => {
  const refused = { code: 'CUSTOMER_HAS_SALES', facts: { customerId } }
  for (const commands of [[noteSale], [noteSale, closeBySale], [closeBySale]]) {
    t.hasStrict(given(customer, after(registerCustomer, ...commands)).when(remove), refused)
  }
  const released = { type: 'ReleaseCustomerSaleNote', customerId, saleId: 'sale-1' } as const
  const free = after(registerCustomer, noteSale, released)
  t.hasStrict(given(customer, free).when(remove), [{ type: 'CustomerDeleted' }])
})

t.test('a wallet or a document that is recorded or about to be keeps its customer', async (t) => {
  t.strictSame(given(customer, past).when(noteDocument), [
    { type: 'CustomerDocumentNoted', data: { customerId, document } },
  ])
  const noted = after(registerCustomer, noteDocument)
  t.strictSame(given(customer, noted).when(noteDocument), [])
  t.hasStrict(given(customer, noted).when(remove), { code: 'CUSTOMER_HAS_DOCUMENTS' })
  const other = { ...releaseDocument, document: { kind: 'bad_debt', id: document.id } } as const
  t.strictSame(given(customer, noted).when(other), [], 'only its own note is released')
  t.strictSame(given(customer, noted).when(releaseDocument), [
    { type: 'CustomerDocumentNoteReleased', data: { customerId, document } },
  ])
  const free = after(registerCustomer, noteDocument, releaseDocument)
  t.strictSame(given(customer, free).when(releaseDocument), [])
  t.hasStrict(given(customer, free).when(remove), [{ type: 'CustomerDeleted' }])
})

t.test('who has bought needs no note of a document', async (t) => {
  t.strictSame(given(customer, after(registerCustomer, closeBySale)).when(noteDocument), [])
})

t.test('who was deleted is unknown to every command, and never comes back', async (t) => {
  const commands: readonly CustomerCommand[] = [
    remove,
    noteSale,
    noteDocument,
    releaseDocument,
    closeBySale,
    { type: 'ChangeCustomerDetails', customerId, name: 'Ann' },
    { type: 'ChangeCustomerStatus', customerId, to: 'active' },
  ]
  for (const command of commands) {
    t.hasStrict(given(customer, deleted).when(command), { code: 'CUSTOMER_UNKNOWN' }, command.type)
  }
  t.hasStrict(given(customer, deleted).when(registerCustomer), { code: 'CUSTOMER_DELETED' })
  const abandon = { type: 'AbandonCustomerRegistration', customerId } as const
  t.strictSame(given(customer, deleted).when(abandon), [])
})
