import type { EventOf, EventType } from './events.ts'

/** The fields of an event that may hold its amount: text, beside a currency. */
type AmountField<Data> = Data extends { readonly currency: string }
  ? { [Field in keyof Data]-?: Data[Field] extends string ? Field : never }[keyof Data] & string
  : never

/**
 * Which field of an event is the amount that it is about, in minor units of its `currency`; null where
 * no money moved or was promised. A type that is left out does not compile.
 */
export const eventAmounts: {
  readonly [Type in EventType]: AmountField<EventOf<Type>['data']> | null
} = {
  OrganisationCreated: null,
  OrganisationSettingsChanged: null,
  CommissionTierSet: null,
  CommissionTierRemoved: null,
  CommissionTierAssigned: null,
  CommissionTierUnassigned: null,
  DefaultCommissionTierChosen: null,
  ApiKeyIssued: null,
  ApiKeyRevoked: null,
  CustomerRegistered: null,
  CustomerRegistrationAbandoned: null,
  CustomerDetailsChanged: null,
  CustomerStatusChanged: null,
  CustomerContacted: null,
  CustomerSaleNoted: null,
  CustomerSaleNoteReleased: null,
  CustomerDocumentNoted: null,
  CustomerDocumentNoteReleased: null,
  CustomerDeleted: null,
  ErasureRequested: null,
  ErasureApproved: null,
  ErasureRejected: null,
  PersonRestricted: null,
  LegalHoldPlaced: null,
  LegalHoldLifted: null,
  PersonErased: null,
  PersonalTextsErased: null,
  CustomerNumberClaimed: null,
  CustomerNumberReleased: null,
  CustomerLinked: null,
  CustomerUnlinked: null,
  SaleRecorded: 'gross',
  SalePaymentReceived: 'amount',
  SalePaymentReversed: 'amount',
  SaleCredited: 'gross',
  SaleCancelled: 'gross',
  SaleCompleted: null,
  SaleTextCorrected: null,
  SaleCreditAllocated: 'amount',
  SaleDebtWrittenOff: 'amount',
  SaleWriteOffReversed: 'amount',
  CommissionAccrued: 'gross',
  CommissionPaid: 'amount',
  CommissionTakenBack: 'gross',
  CommissionTakenFromClientMoney: 'amount',
  ClientMoneyPassedOn: 'amount',
  CreditNoteIssued: 'gross',
  BadDebtWrittenOff: 'amount',
  BadDebtRecovered: 'amount',
  BadDebtWriteOffReversed: 'amount',
  BadDebtTextCorrected: null,
  CustomerCreditReceived: 'amount',
  CustomerCreditReserved: 'amount',
  CustomerCreditReservationReleased: 'amount',
  CustomerCreditRefunded: 'amount',
  CustomerCreditWithdrawn: 'amount',
  WalletOpened: 'creditLimit',
  WalletCreditLimitChanged: 'to',
  WalletToppedUp: 'amount',
  WalletTopUpChargedBack: 'amount',
  WalletDebited: 'gross',
  WalletFundsHeld: 'amount',
  WalletHoldCaptured: 'gross',
  WalletHoldReleased: 'amount',
  WalletHoldExpired: 'amount',
  WalletDebitRefunded: 'gross',
  WalletPaidOut: 'amount',
  WalletSuspended: null,
  WalletResumed: null,
  WalletTextCorrected: null,
  UnmaskingGranted: null,
  UnmaskingEnded: null,
  RecordsAccessed: null,
  UserRegistered: null,
  UserDetailsChanged: null,
  UserEmailChanged: null,
  UserOrganisationNoted: null,
  UserOrganisationNoteReleased: null,
  UserLinkMade: null,
  UserPasswordSet: null,
  UserSessionsRevoked: null,
  UserEmailClaimed: null,
  UserEmailReleased: null,
  UserIdentityLinked: null,
  UserIdentityUnlinked: null,
  UserErased: null,
  UserIdentityClaimed: null,
  UserIdentityReleased: null,
  MemberInvited: null,
  MemberInvitationWithdrawn: null,
  MembershipGranted: null,
  MemberRoleChanged: null,
  MembershipEnded: null,
  ProjectionRebuilt: null,
  ProjectionRebuildFailed: null,
  ProjectionRebuildCancelled: null,
  ProjectionRolledBack: null,
  ProjectionDropped: null,
  MasterKeyRotated: null,
  SubjectKeysRewrapped: null,
  MasterKeyDropped: null,
  ConfigurationChanged: null,
  BackupTaken: null,
  InstallationRestored: null,
}

export interface EventAmount {
  /** Minor units. */
  readonly amount: string
  readonly currency: string
}

/** The amount that an event is about; undefined where it has none. */
export function amountOfEvent(event: {
  readonly type: EventType
  readonly data: object
}): EventAmount | undefined {
  const field = eventAmounts[event.type]
  if (field === null) return undefined
  const { [field]: amount, currency } = event.data as Readonly<Record<string, unknown>>
  return typeof amount === 'string' && typeof currency === 'string'
    ? { amount, currency }
    : undefined
}
