import type { EventOf, EventType } from './events.ts'

/**
 * Whom or what personal data is held on. A person is known as a customer; a wallet, a sale and a bad debt
 * have keys of their own for what was written about them, and name the customer whose they are; an
 * unmasking has one for why it was granted, an access for why it was made: whoever these asked for or name by
 * an id, their erasure destroys them. An API key has one for what it is called, which is a program. A
 * user is held by the installation, and by each organisation as it knows its members: a key of its own in each.
 */
export type SubjectKind =
  | 'customer'
  | 'wallet'
  | 'sale'
  | 'bad_debt'
  | 'unmasking'
  | 'api_key'
  | 'access'
  | 'user'

/** Which field of an event names the subject. */
export const subjectFields: Readonly<Record<SubjectKind, string>> = {
  customer: 'customerId',
  wallet: 'walletId',
  sale: 'saleId',
  bad_debt: 'badDebtId',
  unmasking: 'unmaskingId',
  api_key: 'apiKeyId',
  access: 'accessId',
  user: 'userId',
}

/** The personal fields of events, by type. */
type Fields = { readonly [Type in EventType]?: readonly (keyof EventOf<Type>['data'] & string)[] }

export interface Held {
  readonly context: string
  readonly subject: SubjectKind
  readonly fields: Fields
}

/**
 * What each context holds on which kind of subject: what can be told of a person, and what their erasure
 * reaches. An event with a personal field that does not stand here fails a test.
 */
export const heldOnSubjects: readonly Held[] = [
  {
    context: 'crm',
    subject: 'customer',
    fields: {
      CustomerRegistered: ['name', 'phone', 'email', 'note'],
      CustomerDetailsChanged: ['name', 'phone', 'email', 'note'],
      ErasureRejected: ['reason'],
      LegalHoldPlaced: ['reason'],
      LegalHoldLifted: ['reason'],
    },
  },
  {
    context: 'finance',
    subject: 'sale',
    fields: {
      SalePaymentReceived: ['reference'],
      SaleCancelled: ['reason'],
      SaleTextCorrected: ['text', 'reason'],
    },
  },
  {
    context: 'finance',
    subject: 'bad_debt',
    fields: {
      SaleDebtWrittenOff: ['reason'],
      BadDebtWrittenOff: ['reason'],
      BadDebtWriteOffReversed: ['reason'],
      BadDebtRecovered: ['reason'],
      BadDebtTextCorrected: ['text', 'reason'],
    },
  },
  {
    context: 'wallet',
    subject: 'wallet',
    fields: {
      WalletOpened: ['name'],
      WalletToppedUp: ['reference'],
      WalletTopUpChargedBack: ['reason'],
      WalletDebited: ['description', 'reference'],
      WalletFundsHeld: ['reference'],
      WalletHoldCaptured: ['description', 'reference'],
      WalletDebitRefunded: ['reason'],
      WalletPaidOut: ['reference'],
      WalletSuspended: ['reason'],
      WalletTextCorrected: ['text', 'reason'],
    },
  },
  {
    context: 'identity',
    subject: 'unmasking',
    fields: { UnmaskingGranted: ['reason'] },
  },
  { context: 'identity', subject: 'api_key', fields: { ApiKeyIssued: ['name'] } },
  {
    context: 'access',
    subject: 'access',
    fields: { RecordsAccessed: ['reason'] },
  },
  {
    context: 'identity',
    subject: 'user',
    fields: {
      UserRegistered: ['name', 'email'],
      UserDetailsChanged: ['name'],
      UserEmailChanged: ['email'],
      UserIdentityLinked: ['subject'],
      MemberInvited: ['name', 'email'],
      MembershipGranted: ['name', 'email'],
    },
  },
]
