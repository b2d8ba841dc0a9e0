import t from 'tap'
import { type CustomerCommand, customer } from '#domain/crm/customer.ts'
import { given } from '../given-when-then.ts'
import { after, customerId, registerCustomer } from './a-customer.ts'

const ask = {
  type: 'RequestErasure',
  customerId,
  reason: 'asked_by_person',
  requestedBy: 'layla',
  needsApproval: false,
} as const
const askTwo = { ...ask, needsApproval: true } as const
const request = { by: 'layla', isSamePerson: false } as const
const approve = { type: 'ApproveErasure', customerId, approvedBy: 'omar', request } as const
const reject = { type: 'RejectErasure', customerId, rejectedBy: 'omar', reason: 'No' } as const
const sales = { kind: 'sale', documents: 1, latest: '2026-11-20', years: 10, until: '2036-12-31' }
const kept = [sales] as never
const restrict = { type: 'RestrictPerson', customerId, kept, upTo: 7 } as const
const erase = { type: 'ErasePerson', customerId, upTo: 9 } as const
const subjects = [{ kind: 'sale', id: 'sale-1' }] as const
const texts = { type: 'NoteErasedTexts', customerId, subjects, upTo: 9, isLast: true } as const
const hold = { type: 'PlaceLegalHold', customerId, reason: 'Case 7' } as const
const lift = { type: 'LiftLegalHold', customerId, reason: 'Settled' } as const
const story = (...commands: readonly CustomerCommand[]) =>
  given(customer, after(registerCustomer, ...commands))

t.test('what nobody has to approve is agreed when it is asked', async (t) => {
  const { type: _, ...data } = ask
  t.strictSame(story().when(ask), [{ type: 'ErasureRequested', data }])
  t.hasStrict(story(ask).when(ask), { code: 'ERASURE_ALREADY_REQUESTED' })
  t.hasStrict(story(ask).when(approve), { code: 'ERASURE_ALREADY_DECIDED' })
  t.hasStrict(story(ask).when(reject), { code: 'ERASURE_ALREADY_DECIDED' })
  t.hasStrict(story().when(approve), { code: 'ERASURE_UNKNOWN' })
})

t.test('four eyes: whoever asked does not approve, and may take it back', async (t) => {
  const approved = { type: 'ErasureApproved', data: { customerId, approvedBy: 'omar' } }
  t.strictSame(story(askTwo).when(approve), [approved])
  const same = { ...approve, approvedBy: 'layla' }
  t.hasStrict(story(askTwo).when(same), { code: 'ERASURE_NOT_APPROVED_BY_SAME_PERSON' })
  const behind = { ...approve, request: { by: 'layla', isSamePerson: true } }
  t.hasStrict(story(askTwo).when(behind), { code: 'ERASURE_NOT_APPROVED_BY_SAME_PERSON' })
  const other = { ...approve, request: { by: 'ann', isSamePerson: false } }
  t.hasStrict(story(askTwo).when(other), { code: 'ERASURE_UNKNOWN' }, 'who asked was rejected')
  const back = { ...reject, rejectedBy: 'layla' }
  t.hasStrict(story(askTwo).when(back), [{ type: 'ErasureRejected' }])
  t.hasStrict(story(askTwo, back).when(askTwo), [{ type: 'ErasureRequested' }], 'asked anew')
  t.strictSame(story(askTwo).when(restrict), [], 'nothing is done before')
  t.strictSame(story(askTwo).when(erase), [])
})

t.test(
  'once it is agreed nothing new is recorded for them, and what is theirs goes on',
  async (t) => {
    const news: readonly CustomerCommand[] = [
      { type: 'NoteCustomerSale', customerId, saleId: 's' },
      { type: 'NoteCustomerDocument', customerId, document: { kind: 'wallet', id: 'w' } },
      { type: 'ChangeCustomerDetails', customerId, name: 'Ann' },
      { type: 'ChangeCustomerStatus', customerId, to: 'active' },
    ]
    for (const command of news) {
      t.notMatch(story(askTwo).when(command), { code: /./ }, `${command.type} while it is asked`)
      for (const agreed of [[ask], [askTwo, approve], [ask, restrict]]) {
        t.hasStrict(story(...agreed).when(command), { code: 'CUSTOMER_RESTRICTED' }, command.type)
      }
      t.hasStrict(story(ask, erase).when(command), { code: 'CUSTOMER_ERASED' }, command.type)
    }
    const sold = {
      type: 'CloseCustomerBySale',
      customerId,
      saleId: 's',
      occurredOn: '2026-11-20',
    } as const
    t.hasStrict(story(ask, restrict).when(sold), [{}, {}])
    t.hasStrict(story(ask, erase).when(ask), { code: 'CUSTOMER_ERASED' })
    t.hasStrict(story(ask, erase).when(registerCustomer), { code: 'CUSTOMER_ERASED' })
  },
)

t.test('who is restricted is so until another day is the last', async (t) => {
  t.strictSame(story(ask).when(restrict), [
    { type: 'PersonRestricted', data: { customerId, until: '2036-12-31', because: kept, upTo: 7 } },
  ])
  t.strictSame(story(ask, restrict).when({ ...restrict, upTo: 8 }), [])
  t.hasStrict(story(ask, restrict).when({ ...restrict, kept: [], upTo: 8 }), [
    { type: 'PersonRestricted', data: { customerId, because: [], upTo: 8 } },
  ])
  t.strictSame(story(ask, erase).when(restrict), [], 'and nobody comes back')
})

t.test('an erasure is done once, and again only for what is found later', async (t) => {
  t.strictSame(story(ask, restrict).when(erase), [
    { type: 'PersonErased', data: { customerId, upTo: 9 } },
  ])
  t.strictSame(story(ask, erase).when(erase), [])
  t.hasStrict(story(ask, erase).when({ ...erase, upTo: 10 }), [{ type: 'PersonErased' }])
  const data = { customerId, subjects, upTo: 9, isLast: true }
  t.strictSame(story(ask, erase).when(texts), [{ type: 'PersonalTextsErased', data }])
  t.strictSame(story(ask, erase, texts).when(texts), [])
  const first = { ...texts, isLast: false }
  t.hasStrict(story(ask, erase, first).when(texts), [{ type: 'PersonalTextsErased' }])
})

t.test('while a legal hold stands nobody is erased or deleted', async (t) => {
  const stands = { code: 'LEGAL_HOLD_STANDS' }
  t.strictSame(story().when(hold), [
    { type: 'LegalHoldPlaced', data: { customerId, reason: 'Case 7' } },
  ])
  t.hasStrict(story(hold).when(hold), stands)
  t.hasStrict(story(hold).when({ type: 'DeleteCustomer', customerId, reason: 'duplicate' }), stands)
  t.hasStrict(story(hold, ask).when(erase), stands)
  t.hasStrict(story(ask, restrict, hold, lift).when(erase), [{ type: 'PersonErased' }])
  t.hasStrict(story().when(lift), { code: 'LEGAL_HOLD_UNKNOWN' })
  t.hasStrict(story(ask, erase).when(hold), { code: 'CUSTOMER_ERASED' })
})
