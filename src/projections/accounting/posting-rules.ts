import type { EventOf, EventType } from '#domain/events.ts'
import type { PaymentMethod } from '#domain/finance/documents.ts'
import { type AccountName, accountOfMethod } from './chart-of-accounts.ts'

/**
 * What each fact means in the books: the table of accounting.md, section 3. A rule moves an amount of
 * the event from the account that it credits to the account that it debits, so that an entry balances
 * by construction; amounts of zero post nothing.
 */
export type Rule<Data> = readonly [
  when: (data: Data) => boolean,
  debit: AccountOf<Data>,
  credit: AccountOf<Data>,
  amount: AmountField & keyof Data,
]

/** An account by name, or by what the event says. */
export type AccountOf<Data> = AccountName | ((data: Data) => AccountName)

export type AmountField =
  | 'net'
  | 'tax'
  | 'gross'
  | 'amount'
  | 'toReceivable'
  | 'toCredit'
  | 'toClientMoney'
  | 'fromReceivable'

/** The documents that entries belong to. */
export type DocumentKind = 'sale' | 'credit_note' | 'bad_debt' | 'customer_credit' | 'wallet'

export interface Posting<Data> {
  readonly document: DocumentKind
  /** The field that names what this entry is about within its document: a payment, a payout. */
  readonly reference?: keyof Data & string
  /** The field that names what this entry undoes: the reference of the entry that it mirrors. */
  readonly mirrors?: keyof Data & string
  readonly rules: readonly Rule<Data>[]
}

type Method = { readonly method: PaymentMethod }
type Refundable = {
  readonly customerId?: string | undefined
  readonly refundMethod?: PaymentMethod | undefined
}
type Debt = { readonly customerId?: string | undefined; readonly saleId?: string | undefined }
type Based = { readonly basis: 'principal' | 'agent' }

const always = (): boolean => true
const principal = (data: Based): boolean => data.basis === 'principal'
const agent = (data: Based): boolean => data.basis === 'agent'
/** A brokered price paid past us is a memo. */
const throughUs = (data: { readonly route: 'through_us' | 'direct' }): boolean =>
  data.route === 'through_us'

const byMethod = (data: Method): AccountName => accountOfMethod[data.method]
/** What we owe back: to a customer as credit, over the counter paid at once. */
const creditOrRefund = (data: Refundable): AccountName =>
  data.refundMethod === undefined || data.customerId !== undefined
    ? 'customer_credit'
    : accountOfMethod[data.refundMethod]
/** A debt that names nobody was never a receivable of anybody. */
const debtor = (data: Debt): AccountName =>
  data.customerId === undefined && data.saleId === undefined ? 'allowance_doubtful' : 'receivable'

/** For facts that the books do not know: agreements, statuses, notes on other documents. */
const memo = undefined

/** The same rules with debit and credit changed over. */
function mirrored<Data>(rules: readonly Rule<Data>[]): readonly Rule<Data>[] {
  return rules.map(([when, debit, credit, amount]) => [when, credit, debit, amount])
}

type PaymentData = EventOf<'SalePaymentReceived' | 'SalePaymentReversed'>['data']
const payment: readonly Rule<PaymentData>[] = [
  [throughUs, byMethod, 'receivable', 'toReceivable'],
  [throughUs, byMethod, 'customer_credit', 'toCredit'],
  [throughUs, 'client_bank', 'client_money_payable', 'toClientMoney'],
]

type WriteOffData = EventOf<'BadDebtWrittenOff' | 'BadDebtWriteOffReversed'>['data']
const writeOff: readonly Rule<WriteOffData>[] = [[always, 'bad_debt_expense', debtor, 'amount']]

type UsageData = EventOf<'WalletDebited' | 'WalletHoldCaptured'>['data']
const usage: readonly Rule<UsageData>[] = [
  [always, 'customer_wallets', 'usage_revenue', 'net'],
  [always, 'customer_wallets', 'tax_payable', 'tax'],
]

type TopUpData = EventOf<'WalletToppedUp' | 'WalletTopUpChargedBack'>['data']
const topUp: readonly Rule<TopUpData>[] = [[always, byMethod, 'customer_wallets', 'amount']]

/** Every event type, so that a new one does not compile until somebody has said what it posts. */
export const postingRules: {
  readonly [Type in EventType]: Posting<EventOf<Type>['data']> | typeof memo
} = {
  SaleRecorded: {
    document: 'sale',
    rules: [
      [principal, 'receivable', 'sales_revenue', 'net'],
      [principal, 'receivable', 'tax_payable', 'tax'],
    ],
  },
  CommissionAccrued: {
    document: 'sale',
    rules: [
      [principal, 'commission_expense', 'commission_payable', 'gross'],
      [agent, 'receivable', 'commission_income', 'net'],
      [agent, 'receivable', 'tax_payable', 'tax'],
    ],
  },
  SalePaymentReceived: { document: 'sale', reference: 'paymentId', rules: payment },
  SalePaymentReversed: { document: 'sale', mirrors: 'paymentId', rules: mirrored(payment) },
  CommissionTakenBack: {
    document: 'sale',
    reference: 'creditNoteId',
    rules: [
      [principal, 'commission_payable', 'commission_expense', 'gross'],
      [agent, 'commission_income', 'receivable', 'net'],
      [agent, 'tax_payable', 'receivable', 'tax'],
      // Of that, what had been paid to us already is not taken off what is owed, but owed back.
      [agent, 'receivable', creditOrRefund, 'toCredit'],
    ],
  },
  CommissionPaid: {
    document: 'sale',
    reference: 'payoutId',
    rules: [[principal, 'commission_payable', byMethod, 'amount']],
  },
  SaleCreditAllocated: {
    document: 'sale',
    reference: 'allocationId',
    rules: [[always, 'customer_credit', 'receivable', 'amount']],
  },
  ClientMoneyPassedOn: {
    document: 'sale',
    reference: 'payoutId',
    rules: [[always, 'client_money_payable', 'client_bank', 'amount']],
  },
  CommissionTakenFromClientMoney: {
    document: 'sale',
    reference: 'paymentId',
    rules: [
      [always, 'client_money_payable', 'client_bank', 'amount'],
      [always, 'bank', 'receivable', 'amount'],
    ],
  },
  SaleCancelled: {
    document: 'sale',
    rules: [
      [principal, 'sales_returns', 'receivable', 'net'],
      [principal, 'tax_payable', 'receivable', 'tax'],
      // Of that, what had been paid already is not taken off what is owed, but owed back.
      [principal, 'receivable', creditOrRefund, 'toCredit'],
    ],
  },
  CreditNoteIssued: {
    document: 'credit_note',
    rules: [
      [principal, 'sales_returns', creditOrRefund, 'net'],
      [principal, 'tax_payable', creditOrRefund, 'tax'],
    ],
  },
  BadDebtWrittenOff: { document: 'bad_debt', reference: 'badDebtId', rules: writeOff },
  BadDebtWriteOffReversed: {
    document: 'bad_debt',
    reference: 'reversalId',
    mirrors: 'badDebtId',
    rules: mirrored(writeOff),
  },
  BadDebtRecovered: {
    document: 'bad_debt',
    reference: 'recoveryId',
    rules: [[always, byMethod, 'bad_debts_recovered', 'amount']],
  },
  CustomerCreditRefunded: {
    document: 'customer_credit',
    reference: 'refundId',
    rules: [[always, 'customer_credit', byMethod, 'amount']],
  },
  WalletToppedUp: { document: 'wallet', reference: 'movement', rules: topUp },
  WalletTopUpChargedBack: {
    document: 'wallet',
    reference: 'movement',
    mirrors: 'topUp',
    rules: mirrored(topUp),
  },
  WalletDebited: { document: 'wallet', reference: 'movement', rules: usage },
  WalletHoldCaptured: { document: 'wallet', reference: 'movement', rules: usage },
  // A refund is not a debit undone: it stands beside what was used.
  WalletDebitRefunded: {
    document: 'wallet',
    reference: 'movement',
    rules: [
      [always, 'usage_refunds', 'customer_wallets', 'net'],
      [always, 'tax_payable', 'customer_wallets', 'tax'],
    ],
  },
  WalletPaidOut: {
    document: 'wallet',
    reference: 'movement',
    rules: [[always, 'customer_wallets', byMethod, 'amount']],
  },
  // Posted by the document that they speak of, or not a matter of the books.
  SaleCompleted: memo,
  SaleTextCorrected: memo,
  BadDebtTextCorrected: memo,
  SaleCredited: memo,
  SaleDebtWrittenOff: memo,
  SaleWriteOffReversed: memo,
  CustomerCreditReceived: memo,
  CustomerCreditWithdrawn: memo,
  CustomerCreditReserved: memo,
  CustomerCreditReservationReleased: memo,
  WalletOpened: memo,
  WalletCreditLimitChanged: memo,
  WalletFundsHeld: memo,
  WalletHoldReleased: memo,
  WalletHoldExpired: memo,
  WalletSuspended: memo,
  WalletResumed: memo,
  WalletTextCorrected: memo,
  RecordsAccessed: undefined,
  CustomerRegistered: memo,
  CustomerDetailsChanged: memo,
  CustomerStatusChanged: memo,
  CustomerContacted: memo,
  CustomerSaleNoted: memo,
  CustomerSaleNoteReleased: memo,
  CustomerDocumentNoted: memo,
  CustomerDocumentNoteReleased: memo,
  CustomerDeleted: memo,
  ErasureRequested: memo,
  ErasureApproved: memo,
  ErasureRejected: memo,
  PersonRestricted: memo,
  LegalHoldPlaced: memo,
  LegalHoldLifted: memo,
  PersonErased: memo,
  PersonalTextsErased: memo,
  CustomerRegistrationAbandoned: memo,
  CustomerNumberClaimed: memo,
  CustomerNumberReleased: memo,
  CustomerLinked: memo,
  CustomerUnlinked: memo,
  OrganisationCreated: memo,
  OrganisationSettingsChanged: memo,
  CommissionTierSet: memo,
  CommissionTierRemoved: memo,
  CommissionTierAssigned: memo,
  CommissionTierUnassigned: memo,
  DefaultCommissionTierChosen: memo,
  UnmaskingGranted: memo,
  UnmaskingEnded: memo,
  ApiKeyIssued: memo,
  ApiKeyRevoked: memo,
  UserRegistered: memo,
  UserDetailsChanged: memo,
  UserEmailChanged: memo,
  UserOrganisationNoted: memo,
  UserOrganisationNoteReleased: memo,
  UserLinkMade: memo,
  UserPasswordSet: memo,
  UserSessionsRevoked: memo,
  UserEmailClaimed: memo,
  UserEmailReleased: memo,
  UserIdentityLinked: memo,
  UserIdentityUnlinked: memo,
  UserErased: memo,
  UserIdentityClaimed: memo,
  UserIdentityReleased: memo,
  MemberInvited: memo,
  MemberInvitationWithdrawn: memo,
  MembershipGranted: memo,
  MemberRoleChanged: memo,
  MembershipEnded: memo,
  ProjectionRebuilt: memo,
  ProjectionRebuildFailed: memo,
  ProjectionRebuildCancelled: memo,
  ProjectionRolledBack: memo,
  ProjectionDropped: memo,
  MasterKeyRotated: memo,
  SubjectKeysRewrapped: memo,
  MasterKeyDropped: memo,
  ConfigurationChanged: memo,
  BackupTaken: memo,
  InstallationRestored: memo,
}
