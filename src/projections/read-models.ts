import type { AccessRow, ReasonAboutRow } from './access/accesses.ts'
import type { AccountBalanceRow, PartyBalanceRow } from './accounting/balances.ts'
import type { EntryRow } from './accounting/entry.ts'
import type { PostingRow } from './accounting/posting.ts'
import type { DeltaRow } from './analytics/analytics.ts'
import type { OutcomeRow } from './commands/command-outcomes.ts'
import type { ContactRow } from './crm/contacts.ts'
import type { CustomerRow } from './crm/customers.ts'
import type { BadDebtRow } from './finance/bad-debt.ts'
import type { CreditNoteRow } from './finance/credit-note.ts'
import type { CustomerCreditRow } from './finance/customer-credit.ts'
import type { DocumentLinesRow } from './finance/document-lines.ts'
import type { PaymentRow } from './finance/payment.ts'
import type { SaleRow } from './finance/sale.ts'
import type { ApiKeyRow } from './identity/api-keys.ts'
import type { MemberRow } from './identity/members.ts'
import type { EventIndexRow } from './log/event-index.ts'
import type { ReferenceRow } from './log/reference.ts'
import type { PersonLinkRow } from './privacy/person-links.ts'
import type { ErasureRow } from './privacy/erasure.ts'
import type { LegalHoldRow } from './privacy/legal-hold.ts'
import type { CorrectedTextRow } from './wallet/corrected-text.ts'
import type { CreditLimitRow } from './wallet/credit-limit.ts'
import type { HoldRow } from './wallet/hold.ts'
import type { MovementRow } from './wallet/movement.ts'
import type { WalletRow } from './wallet/wallet.ts'

type Stored<R> = R & { readonly organisation: string }

/** Every table of the read models with its row, `schema.table` as Kysely names it. */
export interface ReadModels {
  'crm_customers.customer': Stored<CustomerRow>
  'crm_contacts.contact': Stored<ContactRow>
  'person_links.link': Stored<PersonLinkRow>
  'finance_sales.sale': Stored<SaleRow>
  'finance_sales.document_lines': Stored<DocumentLinesRow>
  'finance_sales.payment': Stored<PaymentRow>
  'finance_sales.credit_note': Stored<CreditNoteRow>
  'finance_sales.bad_debt': Stored<BadDebtRow>
  'finance_sales.customer_credit': Stored<CustomerCreditRow>
  'analytics.delta': Stored<DeltaRow>
  'wallets.wallet': Stored<WalletRow>
  'wallets.movement': Stored<MovementRow>
  'wallets.hold': Stored<HoldRow>
  'wallets.credit_limit': Stored<CreditLimitRow>
  'wallets.corrected_text': Stored<CorrectedTextRow>
  'ledger.entry': Stored<EntryRow>
  'ledger.posting': Stored<PostingRow>
  'ledger.account_balance': Stored<AccountBalanceRow>
  'ledger.party_balance': Stored<PartyBalanceRow>
  'privacy.erasure': Stored<ErasureRow>
  'privacy.legal_hold': Stored<LegalHoldRow>
  'event_index.event': Stored<EventIndexRow>
  'event_index.reference': Stored<ReferenceRow>
  'command_outcomes.outcome': Stored<OutcomeRow>
  'api_keys.api_key': Stored<ApiKeyRow>
  'identity_members.member': Stored<MemberRow>
  'accesses.access': Stored<AccessRow>
  'accesses.reason_about': Stored<ReasonAboutRow>
}
