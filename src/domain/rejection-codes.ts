/**
 * Every reason for which a command or a request is refused, in one place. Codes are stable: callers
 * and translations know them. Beside each stand the facts that its message may name; amounts among
 * them are decimals in major units ("12.50") beside their `currency`, never personal data. The field
 * that breaks the rule travels apart (`Rejection.field`).
 */
export const rejectionCodes = {
  // ── Values ───────────────────────────────────────────────────────────────────────────────────
  /** Not a plain decimal: digits, at most one point, no exponent, no separators. */
  AMOUNT_INVALID: ['value'],
  /** More decimals than the currency has. */
  AMOUNT_TOO_MANY_DECIMALS: ['value', 'currency', 'decimals'],
  /** Not below the limit of 10^18 minor units. */
  AMOUNT_OUT_OF_RANGE: ['limit', 'currency'],
  /** Less than nothing where only zero or more makes sense. */
  AMOUNT_NEGATIVE: [],
  /** Nothing at all where there must be something. */
  AMOUNT_ZERO: [],
  /** No currency of ISO 4217, or one without minor units such as gold. */
  CURRENCY_UNKNOWN: ['currency'],
  /** Another currency than the document, account or credit it is meant for. */
  CURRENCY_MISMATCH: ['expected', 'given'],
  /** A quantity or price that is no exact decimal of at most 18 digits and 12 decimals. */
  DECIMAL_INVALID: ['value'],
  /** A percentage that is no exact decimal from 0 to 100. */
  RATE_INVALID: ['rate'],
  /** A day that the calendar does not have. */
  DATE_INVALID: ['value'],
  /** Later than the organisation's tomorrow. */
  DATE_IN_FUTURE: ['date', 'today'],
  /** Before the fact that it follows: a cancellation before its sale. */
  DATE_TOO_EARLY: ['date', 'earliest'],
  /** No IANA time zone. */
  TIME_ZONE_UNKNOWN: ['timeZone'],

  // ── Documents ────────────────────────────────────────────────────────────────────────────────
  /** Neither an amount nor a line. */
  DOCUMENT_EMPTY: [],
  /** An amount and lines: one of them must be left out. */
  DOCUMENT_AMOUNT_AND_LINES: [],
  /** More lines than a document may have. */
  DOCUMENT_TOO_MANY_LINES: ['limit'],
  /** More tax codes than a document may have. */
  DOCUMENT_TOO_MANY_TAX_CODES: ['limit'],
  /** More bytes than one append may hold. */
  DOCUMENT_TOO_LARGE: ['limit'],
  /** A document of that source and number was recorded before, and says something else. */
  DOCUMENT_DIFFERS: ['system', 'number'],
  /** A tax code for which no rate was given. */
  TAX_CODE_UNKNOWN: ['taxCode'],
  /** Without a customer there is no credit: say how the money is paid back. */
  REFUND_METHOD_REQUIRED: [],
  /** With a customer the money becomes credit, which is refunded by a command of its own. */
  REFUND_METHOD_NOT_ALLOWED: [],

  // ── Organisation ─────────────────────────────────────────────────────────────────────────────
  TIER_UNKNOWN: ['tier'],
  /** The tier is assigned to an agent, or is the default: it cannot be removed. */
  TIER_IN_USE: ['tier'],

  /** It was created before, and otherwise. */
  ORGANISATION_EXISTS: ['organisation'],
  ORGANISATION_UNKNOWN: ['organisation'],

  // ── Users and members ────────────────────────────────────────────────────────────────────────
  USER_UNKNOWN: ['userId'],
  /** Another user of this installation has the e-mail address. */
  EMAIL_TAKEN: [],
  /** More organisations than one user may belong to. */
  ORGANISATIONS_TOO_MANY: ['limit'],
  /** Nothing more is recorded of them. */
  USER_ERASED: ['userId'],
  /** They were made a member again in the moment in which they were to be erased. */
  USER_STILL_MEMBER: ['organisation'],
  /** Nobody else owns one of the organisations of a user who is to be erased. */
  USER_LAST_OWNER: ['organisation'],
  /** Who is to be made a member by command can sign in already, and is not said to be the one who is meant. */
  USER_SIGNS_IN_ALREADY: [],
  MEMBER_UNKNOWN: ['userId'],
  /** Who is a member already needs no invitation. */
  MEMBER_ALREADY: ['userId'],
  /** More members, with those who are invited, than an organisation may have. */
  MEMBERS_TOO_MANY: ['limit'],
  /** Nobody else owns the organisation: they can neither go nor become something else. */
  LAST_OWNER: ['userId'],
  /** The role is not one of those that can be given here. */
  ROLE_NOT_ALLOWED: ['role'],

  // ── Signing in ───────────────────────────────────────────────────────────────────────────────
  PASSWORD_TOO_SHORT: ['least'],
  PASSWORD_TOO_LONG: ['most'],
  /** One of those that are tried first, digits alone, or little but the own name or address. */
  PASSWORD_TOO_COMMON: [],
  /** The present password, which has to be said again, is another. */
  PASSWORD_WRONG: [],
  /** No such e-mail address, or another password: which of the two is not told. */
  SIGN_IN_FAILED: [],
  /** Too many attempts failed, for this account or from this address. */
  SIGN_IN_SLOWED: ['seconds'],
  /** They asked for another address too often, whatever came of it. */
  EMAIL_CHANGES_SLOWED: ['seconds'],
  /** Who signs in is a member of no organisation, or not of the one they named. */
  MEMBERSHIP_REQUIRED: [],
  /** The one-time link is not known: used, replaced by another, or over. */
  ONE_TIME_LINK_UNKNOWN: [],
  /** Used before, over, or of a session that has ended. */
  REFRESH_TOKEN_UNKNOWN: [],
  SESSION_UNKNOWN: ['sessionId'],
  /** No sign-in with the provider waits for this answer: begun in another browser, or too long ago. */
  SIGN_IN_NOT_BEGUN: ['minutes'],
  /** The provider says no: `error` is its word for why. */
  SIGN_IN_DECLINED: ['error'],
  /** What the provider answered does not prove who somebody is. */
  IDENTITY_NOT_PROVED: [],
  /** Whoever it is, nobody here signs in with that account of the provider. */
  IDENTITY_UNKNOWN: [],
  /** It is linked to another user. */
  IDENTITY_TAKEN: [],
  /** The user has one of the same provider. */
  IDENTITY_ALREADY_LINKED: [],
  LINKED_IDENTITY_UNKNOWN: ['identity'],
  /** Whoever signs in with the provider alone has none to prove themselves by, or to sign in with otherwise. */
  PASSWORD_NOT_SET: [],
  /** Who signs in with the provider accepts an invitation there, and sets no password by it. */
  INVITATION_FOR_PROVIDER: [],

  // ── API keys ─────────────────────────────────────────────────────────────────────────────────
  API_KEY_UNKNOWN: ['apiKeyId'],
  /** The role has no such permission, or whoever issues the key has not. */
  SCOPE_NOT_ALLOWED: ['scope', 'role'],
  API_KEY_EXPIRY_PAST: ['now'],

  // ── Customers ────────────────────────────────────────────────────────────────────────────────
  CUSTOMER_UNKNOWN: ['customerId'],
  /** Another customer of this organisation has the number. */
  CUSTOMER_NUMBER_TAKEN: [],
  /** The registration took too long and its number was given away: register anew. */
  CUSTOMER_REGISTRATION_ABANDONED: ['customerId'],
  /** Sales of theirs are recorded or about to be: they cannot be deleted. */
  CUSTOMER_HAS_SALES: ['customerId'],
  /** A wallet, credit note or bad debt of theirs is recorded or about to be: they cannot be deleted. */
  CUSTOMER_HAS_DOCUMENTS: ['customerId'],
  /** Who was deleted does not come back: register anew. */
  CUSTOMER_DELETED: ['customerId'],
  /** A link says that two customers or more are one person. */
  LINK_OF_ONE: [],
  LINK_UNKNOWN: ['linkId'],
  /** They are to be erased, and what has to be kept of them is all there will be. */
  CUSTOMER_RESTRICTED: ['customerId'],
  /** Who was erased can no longer be known: register anew. */
  CUSTOMER_ERASED: ['customerId'],

  /** Nothing was written there, or it was erased: there is no text to correct. */
  TEXT_UNKNOWN: [],
  /** It is what readers are shown in place of a text. */
  TEXT_RESERVED: ['text'],

  // ── Erasures ─────────────────────────────────────────────────────────────────────────────────
  ERASURE_UNKNOWN: ['customerId'],
  ERASURE_ALREADY_REQUESTED: ['customerId'],
  /** It was approved already, or needed no approval. */
  ERASURE_ALREADY_DECIDED: ['customerId'],
  /** Four eyes: whoever asked cannot be the one who approves, by an API key that they issued either. */
  ERASURE_NOT_APPROVED_BY_SAME_PERSON: ['customerId'],
  /** The organisation wants a second person for what cannot be undone: ask for an erasure. */
  DELETION_NEEDS_APPROVAL: ['customerId'],
  /** While a legal hold stands, nobody is deleted or erased, and no second one is placed. */
  LEGAL_HOLD_STANDS: ['customerId'],
  LEGAL_HOLD_UNKNOWN: ['customerId'],

  // ── Sales ────────────────────────────────────────────────────────────────────────────────────
  SALE_UNKNOWN: ['saleId'],
  /** A cancelled sale can neither be cancelled again nor credited. */
  SALE_ALREADY_CANCELLED: ['saleId'],
  /** A debt of the sale was written off and has not come in: reverse that before crediting or cancelling it. */
  SALE_WRITTEN_OFF: ['saleId', 'writtenOff', 'currency'],
  SALE_NOTHING_OWED: ['saleId'],
  /** More than the sale still owes. */
  AMOUNT_ABOVE_OWED: ['owed', 'currency'],
  /** The command is for sales of the other basis: `needed` is principal or agent. */
  SALE_BASIS_MISMATCH: ['basis', 'needed'],
  /** The sale is over the counter: it has no customer whose credit could pay it. */
  SALE_WITHOUT_CUSTOMER: ['saleId'],
  /** The sale is another customer's. */
  SALE_OF_OTHER_CUSTOMER: ['saleId'],
  /** A sale without a customer must be paid in full at once. */
  PAYMENT_REQUIRED: ['owed', 'currency'],
  PAYMENT_UNKNOWN: ['paymentId'],
  /** This payment was reversed before. */
  PAYMENT_ALREADY_REVERSED: ['paymentId'],
  /** A payment of that purpose or route does not exist on a sale of this basis. */
  PAYMENT_KIND_NOT_ALLOWED: ['purpose', 'route', 'basis'],
  /** More than the agent is still owed of the commission. */
  COMMISSION_ABOVE_LEFT: ['left', 'currency'],
  COMMISSION_NOTHING_LEFT: ['saleId'],
  /** More than we hold of the buyer's money. */
  CLIENT_MONEY_NOT_ENOUGH: ['held', 'currency'],
  CLIENT_MONEY_NOTHING_HELD: ['saleId'],

  // ── Credit notes, bad debts, customer credit ─────────────────────────────────────────────────
  CREDIT_NOTE_UNKNOWN: ['creditNoteId'],
  /** More than is not yet credited of the sale, net, under a tax code (–: untaxed). */
  CREDIT_ABOVE_SALE: ['left', 'currency', 'taxCode'],
  /** Nothing of the sale is left to credit without tax: say under which of its codes. */
  TAX_CODE_REQUIRED: ['taxCodes'],
  /** The sale has other tax codes (–: none). */
  TAX_CODE_NOT_OF_SALE: ['taxCode', 'taxCodes'],
  /** What is credited is credited at the rate at which it was sold. */
  TAX_RATE_NOT_OF_SALE: ['taxCode', 'rate'],
  BAD_DEBT_UNKNOWN: ['badDebtId'],
  /** More than is left of the write-off after reversals and recoveries. */
  WRITE_OFF_ABOVE_LEFT: ['left', 'currency'],
  /** All of it is reversed or recovered. */
  WRITE_OFF_NOTHING_LEFT: ['badDebtId'],
  CUSTOMER_CREDIT_NOT_ENOUGH: ['available', 'currency'],
  CUSTOMER_CREDIT_NOTHING_FREE: ['currency'],
  ALLOCATION_UNKNOWN: ['allocationId'],
  /** The credit set aside for this allocation was given free again: allocate anew. */
  ALLOCATION_RELEASED: ['allocationId'],

  // ── Wallets ──────────────────────────────────────────────────────────────────────────────────
  WALLET_UNKNOWN: ['walletId'],
  /** Nothing is taken or held: `cause` is below_floor or asked. */
  WALLET_SUSPENDED: ['walletId', 'cause'],
  /** Balance less holds plus credit limit is less than what is asked for, by the shortfall. */
  WALLET_FUNDS_NOT_ENOUGH: ['shortfall', 'available', 'currency'],
  /** More is to be paid out than is available without credit, by the shortfall. */
  PAYOUT_ABOVE_OWN: ['shortfall', 'own', 'currency'],
  /** No movement of that number, or it is of another kind. */
  MOVEMENT_UNKNOWN: ['movement', 'kind'],
  TOP_UP_ALREADY_CHARGED_BACK: ['topUp'],
  HOLD_UNKNOWN: ['hold'],
  /** `end` is captured, released or expired. */
  HOLD_ENDED: ['hold', 'end'],
  HOLD_EXPIRY_PAST: ['now'],
  /** More holds open at a time than a wallet may have. */
  HOLDS_TOO_MANY: ['limit'],
  /** More than is held. */
  CAPTURE_ABOVE_HOLD: ['held', 'currency'],
  /** More than may still be refunded of the debit: 95 % of it, in all. */
  REFUND_ABOVE_LEFT: ['left', 'currency'],

  // ── Unmaskings ───────────────────────────────────────────────────────────────────────────────
  UNMASKING_UNKNOWN: ['unmaskingId'],
  /** Neither a customer, nor a wallet, a sale or a bad debt has the id. */
  SUBJECT_UNKNOWN: ['subject'],
  /** Its time would be over already. */
  UNMASKING_OVER: ['now'],
  /** For longer than personal data may be unmasked at once. */
  UNMASKING_TOO_LONG: ['latest', 'days'],

  // ── Repeats and concurrency ──────────────────────────────────────────────────────────────────
  /** If-Match names another revision than the stream has. */
  REVISION_MISMATCH: ['expected', 'actual'],
  /** The Idempotency-Key was used before with another body. */
  IDEMPOTENCY_KEY_REUSED: [],
  /** A request with this Idempotency-Key is being worked on. */
  IDEMPOTENCY_IN_FLIGHT: [],

  // ── Requests ─────────────────────────────────────────────────────────────────────────────────
  /** The parts that are wrong stand in the answer's `errors`. */
  REQUEST_INVALID: [],
  FIELD_UNKNOWN: ['name'],
  FIELD_REQUIRED: [],
  FIELD_INVALID: ['rule'],
  /** A JSON number with an exponent, or whose digits JavaScript cannot keep. */
  NUMBER_NOT_EXACT: ['value'],
  BODY_NOT_JSON: [],
  BODY_TOO_LARGE: ['limit'],
  MEDIA_TYPE_NOT_SUPPORTED: ['mediaType'],
  CURSOR_INVALID: [],
  UNAUTHENTICATED: [],
  FORBIDDEN: ['role'],
  ROUTE_UNKNOWN: ['method', 'path'],
  EVENT_UNKNOWN: ['eventId'],
  STREAM_UNKNOWN: ['stream'],
  ACCOUNT_UNKNOWN: ['account'],
  PROJECTION_UNKNOWN: ['projection'],
} as const satisfies Readonly<Record<string, readonly string[]>>

export type RejectionCode = keyof typeof rejectionCodes
/** The names of the facts that a code carries. */
export type RejectionFact<Code extends RejectionCode> = (typeof rejectionCodes)[Code][number]
