import type { Messages } from './index.ts'

export const en: Messages = {
  wholeRequest: 'the request',
  accounts: {
    cash: 'Cash',
    bank: 'Bank',
    card_clearing: 'Card clearing',
    cheques: 'Cheques in hand',
    mobile_money: 'Mobile money',
    client_bank: 'Client money at bank',
    receivable: 'Receivables',
    allowance_doubtful: 'Allowance for doubtful debts',
    tax_payable: 'Tax payable',
    customer_credit: 'Customer credit',
    customer_wallets: 'Customer wallets',
    client_money_payable: 'Client money payable',
    commission_payable: 'Commission payable',
    sales_revenue: 'Sales revenue',
    commission_income: 'Commission income',
    usage_revenue: 'Usage revenue',
    sales_returns: 'Sales returns',
    usage_refunds: 'Usage refunds',
    bad_debts_recovered: 'Bad debts recovered',
    commission_expense: 'Commission expense',
    bad_debt_expense: 'Bad-debt expense',
  },
  titles: {
    400: 'The request is not valid',
    401: 'Please identify yourself',
    403: 'Not allowed',
    404: 'Not found',
    408: 'Sent too slowly',
    409: 'In conflict with what is there',
    412: 'Changed in the meantime',
    413: 'Too large',
    415: 'Not JSON',
    421: 'Served by another process',
    422: 'Refused by a rule',
    429: 'Too many requests',
    431: 'Headers too large',
    500: 'A fault of ours',
    503: 'Not available at the moment',
  },
  details: {
    REQUEST_MALFORMED:
      'The request breaks the rules of HTTP ({reason}). Check its address, headers and length.',
    REQUEST_TIMED_OUT:
      'The request was not sent whole in time. Send it again, over a faster connection or in smaller parts.',
    HEADERS_TOO_LARGE:
      'Address and headers together are larger than {limit} bytes. Send a shorter address and fewer headers.',
    BODY_NOT_JSON:
      'The body is not valid JSON in UTF-8; reading stopped at character {position}. Mend it there and send it again.',
    BODY_TOO_DEEP:
      'The body is nested deeper than {limit} levels. Send the document as it is described at /api/docs.',
    BODY_KEY_FORBIDDEN: 'The body has a key {key}, which is never accepted. Leave it out.',
    REQUEST_INVALID: 'Some fields break a rule. Mend each field named in errors and send again.',
    CURSOR_INVALID:
      'cursor was not given out for this list. Take it from meta.nextCursor or the Link header, with the same filters, or leave it out to begin at the start.',
    POSITION_INVALID:
      'min_position is not a position of this log. Send the value of a Daybook-Position header, or leave it out.',
    KNOWN_AT_NOT_HONOURED:
      'This address answers as of now only; known_at would be left unheard. Leave it out, or ask one of: {reads}.',
    KNOWN_AT_AFTER_HEAD:
      'known_at is {known_at}, which is still to come: the organisation’s log ends at {head}. Send {head} or less, or an instant that has been.',
    IDEMPOTENCY_KEY_INVALID:
      'Idempotency-Key must be 1 to 255 printable ASCII characters. Send such a key, for example a UUID.',
    REASON_INVALID:
      'X-Reason must be 1 to {limit} characters, those that are not ASCII percent-encoded as UTF-8. Say in it what you look for, or leave it out where nothing asks for it.',
    IF_MATCH_INVALID:
      'If-Match must be one ETag as it was answered, for example "3". Send that, or leave it out.',
    UNAUTHENTICATED: 'Authorization is missing. Send the header Authorization: Bearer <token>.',
    TOKEN_UNKNOWN: 'The bearer token is not known. Check it, or ask the owner for a new one.',
    ACCESS_TOKEN_ENDED:
      'This access token does not count, or counts no longer: each lasts 15 minutes, and none longer than its session. Get another with POST /api/auth/refresh, or sign in again.',
    FORBIDDEN:
      'The role {role} does not allow this; it needs {permission}. Ask whoever gives out roles here for one that does.',
    SCOPE_MISSING:
      'This key was not given the permission {permission}. Ask the owner for one whose scopes include it.',
    PERSONAL_DATA_MASKED:
      '{field} searches or orders by personal data, which is masked for you. Leave it out and name what you look for by its id or number, or ask an owner to unmask it for a time (POST /api/unmaskings).',
    API_KEY_EXPIRED: 'This API key has expired. Ask the owner for a new one.',
    API_KEY_REVOKED: 'This API key was revoked. Ask the owner for a new one.',
    ROUTE_UNKNOWN: 'There is no {method} {path}. The list of all addresses is at /api/docs.',
    SERVED_ELSEWHERE:
      'This process only runs projections and processes. Send {method} {path} to a process whose role is api or all.',
    IDEMPOTENCY_IN_FLIGHT:
      'A request with this Idempotency-Key is still being worked on. Wait a moment, then send it again with the same key.',
    BODY_TOO_LARGE:
      'The body is larger than {limit} bytes. Send less at once: split the document or leave lines out.',
    MEDIA_TYPE_NOT_SUPPORTED:
      'The body must be JSON. Send it with the header Content-Type: application/json.',
    LOG_UNAVAILABLE:
      'The log gave no answer in time. Send the same request again after {seconds} seconds; with the same Idempotency-Key nothing happens twice.',
    LOG_MOVING:
      'The log is being moved to another store, and nothing is written for a few seconds. Send the same request again after {seconds} seconds; with the same Idempotency-Key nothing happens twice.',
    LOG_MOVED:
      'The log has moved to {place}, and this server still has the old configuration: it writes nothing. Send the same request to a server of the new one, or again once this one was started anew.',
    DATABASE_UNAVAILABLE:
      'The database cannot be reached. Send the same request again after {seconds} seconds; with the same Idempotency-Key nothing happens twice.',
    KEY_UNAVAILABLE:
      'Personal data cannot be opened here: this server lacks a master key. Nothing is erased. Send the same request again after {seconds} seconds, once whoever runs the server has given it the key that its log names.',
    SHUTTING_DOWN:
      'The server is shutting down. Send the same request again after {seconds} seconds.',
    INTERNAL_ERROR:
      'Something went wrong on our side; it is in our logs under the request id {requestId}. Try again, and tell us the id if it stays.',
    FIELD_REQUIRED: '{field} is missing. Send it.',
    FIELD_UNKNOWN: '{field} is not a field of this request. Remove it, or check its spelling.',
    FIELD_REPEATED: '{field} was sent more than once. Send it once.',
    TYPE_WRONG: '{field} has the wrong type. Send it as: {expected}.',
    TEXT_TOO_SHORT: '{field} is too short. Send a text whose length is {limit} or more.',
    TEXT_TOO_LONG: '{field} is too long. Send at most {limit} characters.',
    TEXT_UNSTORABLE:
      '{field} holds a character that is no text (NUL, or half of a pair). Remove that character.',
    VALUE_NOT_ALLOWED: '{field} must be one of: {allowed}. Send one of these.',
    FORMAT_WRONG: '{field} is not written as it must be. Send it like this: {example}.',
    NUMBER_TOO_SMALL: '{field} is too small. Send {limit} or more.',
    NUMBER_TOO_LARGE: '{field} is too large. Send {limit} or less.',
    NUMBER_NOT_WHOLE: '{field} must be a whole number. Send it without decimals or exponent.',
    NUMBER_NOT_EXACT:
      '{field} is {text}, a number with an exponent, which is not exact. Write all digits out, or send a decimal text such as "12.50".',
    LIST_TOO_SHORT: '{field} has too few entries. Send at least {limit}.',
    LIST_TOO_LONG: '{field} has too many entries. Send at most {limit}.',
    INSTANT_INVALID:
      '{field} is not a point in time. Send it with its zone, for example 2026-02-28T09:30:00Z.',
    KNOWN_AT_INVALID:
      '{field} is neither an ordinal of the organisation nor a point in time. Send a number such as 1042, or an instant with its zone such as 2026-02-28T09:30:00Z.',
    MONEY_INVALID:
      '{field} is not an amount of money. Send {"amount": "12.50", "currency": "SAR"}, a decimal text, or a number.',
    EMAIL_INVALID: '{field} is not an e-mail address. Send one such as name@example.com.',
    FIELD_INVALID: '{field} is not valid. See what it must be at /api/docs.',
    COMMAND_EXPECTED:
      '{method} {path} is no command. A bulk holds writes, each as it would be sent by itself, and no other bulk; send this as a request of its own.',
    BULK_INTERRUPTED:
      'This was not begun: a command before it has no known outcome, or time was up. Send the bulk again after {seconds} seconds; with the same keys nothing happens twice.',
    RATE_LIMITED:
      'More than {limit} requests came within a minute. Send the same request again after {seconds} seconds.',
    TOO_BUSY: 'Too many requests are waiting. Send the same request again after {seconds} seconds.',
    AMOUNT_INVALID:
      '{field} is {value}, which is not a plain decimal. Send digits with at most one point, such as 12.50.',
    AMOUNT_TOO_MANY_DECIMALS:
      '{field} is {value}, but {currency} has {decimals} decimals. Round it and send it again.',
    AMOUNT_OUT_OF_RANGE:
      '{field} is out of range: amounts must be below {limit} {currency}. Send a smaller amount.',
    AMOUNT_NEGATIVE:
      '{field} is below zero. Send an amount without a minus sign; what is taken back has a command of its own.',
    AMOUNT_ZERO: '{field} is zero. Send an amount above zero.',
    CURRENCY_UNKNOWN: '{field} names no currency of ISO 4217. Send its three letters, such as SAR.',
    CURRENCY_MISMATCH:
      '{field} is in {given}, but {expected} is expected here. Send the amount in {expected}.',
    DECIMAL_INVALID:
      '{field} is not an exact decimal of at most 18 digits before and 12 after the point. Write it as "12.5".',
    RATE_INVALID:
      '{field} is {rate}, but a percentage goes from 0 to 100. Send it as "2.5" for 2.5 %.',
    DATE_INVALID:
      '{field} is not a day that exists. Send it as YYYY-MM-DD, for example 2026-02-28.',
    DATE_IN_FUTURE:
      '{field} is {date}, which is still to come; today is {today}. Send a day that has been.',
    DATE_TOO_EARLY:
      '{field} is {date}, before the fact that it follows ({earliest}). Send {earliest} or a later day.',
    RANGE_INVALID:
      '{field} is {from}, which is after {to}, where the range ends. Send an earlier one, or a later end.',
    RANGE_TOO_LONG:
      'The days from {from} to {to} are more than {limit}. Ask for a longer time in several requests.',
    TIME_ZONE_UNKNOWN:
      '{timeZone} is no time zone. Send a name of the IANA list, such as Asia/Riyadh.',
    DOCUMENT_EMPTY: 'The document has neither an amount nor a line. Send one of them.',
    DOCUMENT_AMOUNT_AND_LINES:
      'The document has both an amount and lines. Leave one of them out: lines make the amount.',
    DOCUMENT_TOO_MANY_LINES: 'A document may have at most {limit} lines. Split it into several.',
    DOCUMENT_TOO_MANY_TAX_CODES:
      'A document may have at most {limit} tax codes. Split it into several.',
    DOCUMENT_TOO_LARGE:
      'One document may hold at most {limit} bytes once stored. Split it into several, or shorten its texts.',
    DOCUMENT_DIFFERS:
      'Document {number} of {system} was recorded before with other content. Send what was recorded, or correct it with a document of its own.',
    TAX_CODE_UNKNOWN:
      'The tax code {taxCode} has no rate in this document. Add it to taxRates with its rate, or correct the code.',
    REFUND_METHOD_REQUIRED:
      'refundMethod is missing: without a customer there is no credit. Say how the money is paid back.',
    REFUND_METHOD_NOT_ALLOWED:
      'refundMethod must be left out: with a customer the money becomes credit, which is refunded by a request of its own.',
    API_KEY_UNKNOWN: 'There is no API key {apiKeyId}. Check the id in the list of API keys.',
    SCOPE_NOT_ALLOWED:
      'A key of the role {role} cannot be given {scope}: the role has no such permission, or you have not. Leave it out of {field}, or choose another role.',
    API_KEY_EXPIRY_PAST:
      '{field} must be later than now, {now}. Send a later instant, or leave it out.',
    TIER_UNKNOWN: 'There is no commission tier {tier}. Check its id, or set the tier first.',
    TIER_IN_USE:
      'The commission tier {tier} is in use. Give its agents another tier, or choose another default, then remove it.',
    SIGN_IN_REQUIRED:
      'This is for people who signed in, and this token is not of one. Sign in at /api/auth/login and send the access token from there.',
    ORGANISATION_EXISTS:
      'The organisation {organisation} exists and was set up otherwise. Change its settings, or choose another id.',
    ORGANISATION_UNKNOWN:
      'There is no organisation {organisation}. Check its id, or create it first.',
    USER_UNKNOWN: 'There is no such user. Check the id or the e-mail address.',
    EMAIL_TAKEN: 'Another user has this e-mail address. Send another one, or work with that user.',
    ORGANISATIONS_TOO_MANY:
      'A user may belong to at most {limit} organisations. Leave one of them first.',
    USER_ERASED:
      'The user {userId} was erased and does not come back. Register the person anew in a moment.',
    USER_STILL_MEMBER:
      'The user was made a member of {organisation} again in this moment. Erase them once more.',
    USER_LAST_OWNER: 'Nobody else owns {organisation}. Make another member its owner first.',
    USER_SIGNS_IN_ALREADY:
      'Somebody signs in with this address already, and may be anybody who took it. Give --existing when that is the person who is meant; "daybook user reset" first gives the account to the person who is meant.',
    MEMBER_UNKNOWN: 'There is no member {userId}. Check the id.',
    MEMBER_ALREADY: 'The user {userId} is a member already. Change the role instead.',
    MEMBERS_TOO_MANY:
      'An organisation may have at most {limit} members, with those who are invited. Remove some first.',
    LAST_OWNER: 'Nobody else owns this organisation. Make another member its owner first.',
    ROLE_NOT_ALLOWED: 'The role {role} cannot be given here. Send another role.',
    PASSWORD_TOO_SHORT:
      'The password is too short. Choose one of at least {least} characters; several words are easy to remember.',
    PASSWORD_TOO_LONG: 'The password is too long. Choose one of at most {most} characters.',
    PASSWORD_TOO_COMMON:
      'The password is one that is tried first: a known one, digits alone, or little but your own name or address. Choose several words that nobody expects.',
    PASSWORD_WRONG: 'The present password is not this one. Send it again.',
    SIGN_IN_FAILED:
      'E-mail address or password are not right. Check both, or ask for a link that sets the password anew.',
    SIGN_IN_SLOWED: 'Too many attempts to sign in failed. Try again after {seconds} seconds.',
    EMAIL_CHANGES_SLOWED:
      'You asked for another address too often. Try again after {seconds} seconds.',
    MEMBERSHIP_REQUIRED:
      'You are no member of such an organisation. Check its id, or ask its owner to invite you.',
    ONE_TIME_LINK_UNKNOWN:
      'This link is not known: it was used, replaced by another, or is over. Ask whoever sent it for a new one.',
    REFRESH_TOKEN_UNKNOWN:
      'This refresh token is not known: it was used before, is over, or its session has ended. Sign in again.',
    SESSION_UNKNOWN:
      'You have no session {sessionId}. Your sessions are listed at /api/auth/sessions.',
    IDENTITY_PROVIDER_NOT_SET:
      'No identity provider is configured here. Sign in with e-mail address and password.',
    IDENTITY_PROVIDER_UNAVAILABLE:
      'The identity provider does not answer. Begin again after {seconds} seconds, or sign in with your password.',
    SIGN_IN_NOT_BEGUN:
      'No sign-in that was begun in this browser within the last {minutes} minutes waits for this answer. Begin again at /api/auth/oidc.',
    SIGN_IN_DECLINED:
      'The identity provider signed nobody in ({error}). Begin again at /api/auth/oidc, and agree there.',
    IDENTITY_NOT_PROVED:
      'What the identity provider answered does not prove who you are: it was used before, is over, or is meant for something else. Begin again at /api/auth/oidc; if it happens again, tell whoever runs this installation.',
    IDENTITY_UNKNOWN:
      'Nobody signs in here as that person of the identity provider. Sign in with your password and link it at /api/auth/identities, or ask whoever invited you.',
    IDENTITY_TAKEN:
      'Another user signs in as that person of the identity provider. Sign in there as somebody else, and begin again.',
    IDENTITY_ALREADY_LINKED:
      'You sign in with this identity provider as another person. Unlink that one at /api/auth/identities first.',
    LINKED_IDENTITY_UNKNOWN:
      'You have no linked identity {identity}. Yours are listed at /api/auth/identities.',
    PASSWORD_NOT_SET:
      'You have no password, and this takes one. Ask for a link that sets one first.',
    INVITATION_FOR_PROVIDER:
      'This user signs in with the identity provider, and accepts by that: open /api/auth/oidc?organisation= with the id of the organisation that invites.',
    CUSTOMER_UNKNOWN: 'There is no customer {customerId}. Check the id.',
    CUSTOMER_NUMBER_TAKEN:
      'Another customer has this number. Send another number, or work with that customer.',
    CUSTOMER_REGISTRATION_ABANDONED:
      'This registration took too long and its number was given away. Register the customer anew, with a new Idempotency-Key.',
    CUSTOMER_HAS_SALES:
      'A customer with recorded sales cannot be deleted: these stay in the books. Ask with POST /api/privacy/erasures for the person to be erased.',
    CUSTOMER_HAS_DOCUMENTS:
      'A customer with a wallet, a credit note or a bad debt cannot be deleted: these stay in the books.',
    CUSTOMER_DELETED:
      'The customer {customerId} was deleted and does not come back. Register the customer anew.',
    LINK_OF_ONE:
      'customerIds names one customer only. Send at least two different ones who are one person.',
    LINK_UNKNOWN: 'There is no link {linkId}. Check the id.',
    CUSTOMER_RESTRICTED:
      'The customer {customerId} is to be erased: what has to be kept of them is shown to few, and nothing new is recorded. Register them anew if they come back.',
    CUSTOMER_ERASED:
      'The customer {customerId} was erased, and nobody can know any more who it was. Register them anew.',
    TEXT_UNKNOWN:
      'There is no such text to correct: nothing was written there, or it was erased. Check the id and {field}.',
    TEXT_RESERVED:
      '“{text}” is what readers are shown in place of a text. Write {field} in other words.',
    ERASURE_UNKNOWN:
      'Nobody asked to erase the customer {customerId}. Check the id, or ask first with POST /api/privacy/erasures.',
    ERASURE_ALREADY_REQUESTED:
      'It was asked before to erase the customer {customerId}. See how far that is at /api/privacy/erasures/{customerId}.',
    ERASURE_ALREADY_DECIDED:
      'It is decided already that the customer {customerId} is erased. See how far that is at /api/privacy/erasures/{customerId}.',
    ERASURE_NOT_APPROVED_BY_SAME_PERSON:
      'You asked to erase the customer {customerId} yourself; a program with an API key counts as whoever issued that. Let a second person approve it.',
    DELETION_NEEDS_APPROVAL:
      'This organisation wants a second person to approve that the customer {customerId} goes for ever. Ask with POST /api/privacy/erasures.',
    LEGAL_HOLD_STANDS:
      'A legal hold stands on the customer {customerId}. Lift it first, with POST /api/privacy/holds/{customerId}/lift.',
    LEGAL_HOLD_UNKNOWN:
      'No legal hold stands on the customer {customerId}. Check the id at /api/privacy/holds.',
    SALE_UNKNOWN: 'There is no sale {saleId}. Check the id.',
    SALE_ALREADY_CANCELLED:
      'The sale {saleId} is cancelled already; nothing further can be done with it. Record a new sale instead.',
    SALE_WRITTEN_OFF:
      'Of the sale {saleId}, {writtenOff} {currency} is written off. Reverse that write-off first.',
    SALE_NOTHING_OWED: 'Nothing is owed on the sale {saleId} any longer. Check the id.',
    AMOUNT_ABOVE_OWED: '{field} is more than what is owed, {owed} {currency}. Send at most that.',
    SALE_BASIS_MISMATCH:
      'The sale is on the basis {basis}; this request is for sales on the basis {needed}. Check the id of the sale.',
    SALE_WITHOUT_CUSTOMER:
      'The sale {saleId} was over the counter and has no customer whose credit could pay it. Record a payment instead.',
    SALE_OF_OTHER_CUSTOMER:
      'The sale {saleId} belongs to another customer. Check the sale and the customer.',
    PAYMENT_REQUIRED:
      'A sale without a customer must be paid in full at once: {owed} {currency}. Send the payment with it, or name the customer.',
    PAYMENT_UNKNOWN: 'The sale has no payment {paymentId}. Check the id.',
    PAYMENT_ALREADY_REVERSED:
      'The payment {paymentId} is reversed already. Record a new payment if money came again.',
    PAYMENT_KIND_NOT_ALLOWED:
      'A sale on the basis {basis} takes no payment with purpose {purpose} and route {route}. Send another purpose or route.',
    COMMISSION_ABOVE_LEFT:
      '{field} is more than what is left of the commission, {left} {currency}. Send at most that.',
    COMMISSION_NOTHING_LEFT:
      'Nothing is left to pay of the commission on the sale {saleId}. Check the id.',
    CLIENT_MONEY_NOT_ENOUGH:
      '{field} is more than the client money held for this sale, {held} {currency}. Send at most that.',
    CLIENT_MONEY_NOTHING_HELD:
      'No client money is held for the sale {saleId}. Record the buyer’s payment first, or check the id.',
    CREDIT_NOTE_UNKNOWN: 'There is no credit note {creditNoteId}. Check the id.',
    CREDIT_ABOVE_SALE:
      '{field} is more than what can still be credited of the sale: {left} {currency} net (tax code: {taxCode}). Send at most that, net of tax.',
    TAX_CODE_REQUIRED:
      '{field} is missing: nothing of the sale is left to credit without tax. Send one of its tax codes: {taxCodes}.',
    TAX_CODE_NOT_OF_SALE:
      'The tax code {taxCode} is none of the sale’s, which are: {taxCodes}. Send one of them, or leave it out for what was sold without tax.',
    TAX_RATE_NOT_OF_SALE:
      'The sale was taxed at {rate} % under the tax code {taxCode}, and is credited at that rate. Send it, or leave {field} out.',
    BAD_DEBT_UNKNOWN: 'There is no bad debt {badDebtId}. Check the id.',
    WRITE_OFF_ABOVE_LEFT:
      '{field} is more than what is left of the write-off, {left} {currency}. Send at most that.',
    WRITE_OFF_NOTHING_LEFT:
      'Nothing is left of the write-off {badDebtId}: all of it is reversed or recovered. Check the id.',
    CUSTOMER_CREDIT_NOT_ENOUGH:
      '{field} is more than the customer’s free credit, {available} {currency}. Send at most that.',
    CUSTOMER_CREDIT_NOTHING_FREE:
      'The customer has no free credit in {currency}. Check the customer and the currency.',
    ALLOCATION_UNKNOWN: 'There is no credit allocation {allocationId}. Check the id.',
    ALLOCATION_RELEASED:
      'The credit set aside for allocation {allocationId} was given free again. Allocate anew, with a new Idempotency-Key.',
    WALLET_UNKNOWN: 'There is no wallet {walletId} in this organisation. Check the id.',
    WALLET_SUSPENDED:
      'The wallet {walletId} is suspended: nothing is taken or held. Resume it with POST /api/wallets/{walletId}/resume; where it was suspended for lying below its floor, a top-up that lifts it there does too.',
    WALLET_FUNDS_NOT_ENOUGH:
      'There are {shortfall} {currency} too little: {available} {currency} are available. Top up the wallet, or ask for less.',
    PAYOUT_ABOVE_OWN:
      'There are {shortfall} {currency} too little: {own} {currency} are available without credit, which is not paid out. Ask for less.',
    MOVEMENT_UNKNOWN:
      'The wallet has no movement {movement} of the kind {kind}. Check its number in the statement.',
    TOP_UP_ALREADY_CHARGED_BACK: 'The top-up {topUp} was charged back before. Check the number.',
    HOLD_UNKNOWN: 'The wallet has no open hold {hold}. Check the number.',
    HOLD_ENDED: 'The hold {hold} is over: it was {end}. Hold anew.',
    HOLD_EXPIRY_PAST:
      '{field} is not after this moment, {now}. Send a later instant, or leave it out.',
    HOLDS_TOO_MANY:
      'The wallet has {limit} open holds, which is the most. Capture or release some first.',
    CAPTURE_ABOVE_HOLD:
      '{field} is, with its tax, more than what is held, {held} {currency}. Send at most that.',
    REFUND_ABOVE_LEFT:
      '{field} is more than may still be refunded of this debit, {left} {currency}. Send at most that.',
    REVISION_MISMATCH:
      'If-Match names revision {expected}, but it is at revision {actual} now. Read it again, look at what changed, and send If-Match with the new ETag.',
    IDEMPOTENCY_KEY_REUSED:
      'This Idempotency-Key was used before for another request. Send a new key for a new request.',
    UNMASKING_UNKNOWN: 'There is no unmasking {unmaskingId}. They are listed at /api/unmaskings.',
    SUBJECT_UNKNOWN: 'There is no customer, wallet, sale or bad debt {subject}. Check the id.',
    UNMASKING_OVER: '{field} is over already: it is {now} now. Send a later instant.',
    UNMASKING_TOO_LONG:
      '{field} is more than {days} days ahead. Send {latest} at the latest, and grant it anew when it is over.',
    EVENT_UNKNOWN: 'There is no event {eventId}. Check the id.',
    REVISION_UNKNOWN:
      'The stream {stream} has no revision {revision}: it ends at {last}. Send {last} or less.',
    STREAM_UNKNOWN: 'There is no stream {stream}. Check its name.',
    ACCOUNT_UNKNOWN:
      'There is no account {account}. The accounts are listed at /api/ledger/accounts.',
    PROJECTION_UNKNOWN: 'There is no projection {projection}. They are listed at /api/projections.',
    REBUILD_IN_PROGRESS:
      'The projection {projection} is being rebuilt already. Follow it at /api/projections, or cancel it first.',
    PROJECTION_NOT_BUILT:
      'The projection {projection} has no tables of this version yet. Rebuild it first.',
    ROLLBACK_IMPOSSIBLE:
      'The projection {projection} has no earlier tables to go back to. Rebuild it instead.',
    NOTHING_KEPT:
      'The projection {projection} keeps no tables beside the live ones. What it has is listed at /api/projections.',
    ROLLBACK_VERSION_DROPPED:
      'The projection {projection} cannot go back to version {version}, which was dropped. Deploy a program whose newest version it is and rebuild.',
    ROLLBACK_VERSION_UNKNOWN:
      'The projection {projection} keeps version {version}, which this program cannot follow. Deploy a program that has it and roll back with that one.',
    ROLLBACK_VERSION_UNREADABLE:
      'Version {version} of the projection {projection} lacks {columns}, which this program reads. Deploy a program of version {version} and roll back with that one.',
    ROLLBACK_VERSION_BEHIND:
      'The kept tables of {projection}, of version {version}, cannot come to where the live ones are: {reason}. Mend that, or rebuild.',
    EVENT_UNREADABLE:
      'The event {eventId} cannot be read; it is in our logs under the request id {requestId}. Tell the operator.',
    ENTRY_UNKNOWN:
      'There is no journal entry {entry}. The entries are listed at /api/ledger/entries.',
    READ_MODEL_OF_OTHER_VERSION:
      'The read model {projection} is of version {version}; this program reads version {wanted}, which is being built or was taken back. Send the same request again after {seconds} seconds.',
    READ_MODEL_BEHIND:
      'The read model {projection} does not know all of the log yet. Nothing was done. Send the same request again after {seconds} seconds.',
    READ_MODEL_MISSING:
      'The read model {projection} is still being built. Send the same request again after {seconds} seconds.',
  },
}
