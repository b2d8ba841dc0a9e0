import { addAccesses } from './access/accesses.ts'
import { addSnapshots } from './analytics/snapshots.ts'
import type { AppDeps } from './app.ts'
import type { App } from './app-type.ts'
import { addBulk } from './bulk/bulk.ts'
import type { RouteTable } from './bulk/route-table.ts'
import type { RunCommand } from './command-requests.ts'
import { addChangeCustomer } from './crm/change-customer.ts'
import { addCustomerReads } from './crm/customers.ts'
import { addDeleteCustomer } from './crm/delete-customer.ts'
import { addRegisterCustomer } from './crm/register-customer.ts'
import { addExplanations } from './explain/explain.ts'
import { addSnapshotExplanation } from './explain/snapshots.ts'
import { addStatisticsExplanation } from './explain/statistics.ts'
import { addBadDebtCommands } from './finance/bad-debt-commands.ts'
import { addBadDebtReads } from './finance/bad-debts.ts'
import { addCommissionTiers } from './finance/commission-tiers.ts'
import { addCreditNoteReads } from './finance/credit-notes.ts'
import { addCustomerCreditReads } from './finance/customer-credits.ts'
import { addIssueCreditNote } from './finance/issue-credit-note.ts'
import { addRecordSale } from './finance/record-sale.ts'
import { addRefundCredit } from './finance/refund-credit.ts'
import { addSalePayments } from './finance/sale-payments.ts'
import { addSaleSettlement } from './finance/sale-settlement.ts'
import { addSaleReads } from './finance/sales.ts'
import { addStatistics } from './finance/statistics.ts'
import { addEmail } from './identity/email.ts'
import { addIdentities } from './identity/identities.ts'
import { addMe } from './identity/me.ts'
import { addMemberCommands } from './identity/member-commands.ts'
import { addMemberReads } from './identity/members.ts'
import { addPassword } from './identity/password.ts'
import { addProviderSignIn } from './identity/provider-sign-in.ts'
import { addSession } from './identity/session.ts'
import { addSessions } from './identity/sessions.ts'
import { addSignIn } from './identity/sign-in.ts'
import { addUnmaskings } from './identity/unmaskings.ts'
import { addAccountReads } from './ledger/accounts.ts'
import { addEntryReads } from './ledger/entries.ts'
import { addTrialBalance } from './ledger/trial-balance.ts'
import { addChainReads } from './log/chains.ts'
import { addEventReads } from './log/events.ts'
import { addEventExport } from './log/export-events.ts'
import { addEventSample } from './log/sample-events.ts'
import { addStoredEvent } from './log/stored-event.ts'
import { addCompleteness } from './log/completeness.ts'
import { addStreamDifference } from './log/stream-difference.ts'
import { addStreamHistory } from './log/stream-history.ts'
import { addStreamReads } from './log/streams.ts'
import { addTrailReads } from './log/trail-reads.ts'
import { addHealthRoutes } from './operations/health.ts'
import { addMaintenance } from './operations/maintenance.ts'
import { addMetrics } from './operations/metrics.ts'
import { addProcessRoutes } from './operations/processes.ts'
import { addProblemRoutes } from './operations/problems.ts'
import { addProjectionRoutes } from './operations/projections.ts'
import { addApiKeys } from './identity/api-keys.ts'
import { addSettings } from './organisation/settings.ts'
import { addCorrections } from './privacy/corrections.ts'
import { addDuplicates } from './privacy/duplicates.ts'
import { addPersonLinks } from './privacy/links.ts'
import { addErasureCommands } from './privacy/erasure-commands.ts'
import { addErasureReads } from './privacy/erasures.ts'
import { addPersonExport } from './privacy/export-person.ts'
import { addLegalHolds } from './privacy/legal-holds.ts'
import type { Read } from './reads.ts'
import { addSetupPage } from './setup/setup-page.ts'
import type { SourceFor } from './sight.ts'
import { addWalletHolds } from './wallet/wallet-holds.ts'
import { addWalletKeeping } from './wallet/wallet-keeping.ts'
import { addWalletMoney } from './wallet/wallet-money.ts'
import { addWalletReads } from './wallet/wallets.ts'

/** What routes are made of: of the log and of rows they get nothing personal but through the caller’s sight. */
export interface RouteDeps extends Omit<AppDeps, 'codec'> {
  readonly sourceFor: SourceFor
  readonly run: RunCommand
  readonly read: Read
  readonly routes: RouteTable
  /** Whether the server was asked to end. */
  readonly isClosing: () => boolean
}

/** Every route that a process of this role serves, in the order of the documentation. */
export function addRoutes(app: App, deps: RouteDeps): void {
  if (deps.role !== 'projector') addBusinessRoutes(app, deps)
  addOperationRoutes(app, deps)
}

/** Commands and queries. */
function addBusinessRoutes(app: App, deps: RouteDeps): void {
  addSignIn(app, deps)
  addProviderSignIn(app, deps)
  addSession(app, deps)
  addSessions(app, deps)
  addPassword(app, deps)
  addEmail(app, deps)
  addIdentities(app, deps)
  addSetupPage(app)
  addMe(app, deps)
  addRegisterCustomer(app, deps)
  addCustomerReads(app, deps)
  addChangeCustomer(app, deps)
  addDeleteCustomer(app, deps)
  addPersonLinks(app, deps)
  addDuplicates(app, deps)
  addErasureCommands(app, deps)
  addErasureReads(app, deps)
  addLegalHolds(app, deps)
  addPersonExport(app, deps)
  addCorrections(app, deps)
  addRecordSale(app, deps)
  addSaleReads(app, deps)
  addSalePayments(app, deps)
  addSaleSettlement(app, deps)
  addIssueCreditNote(app, deps)
  addCreditNoteReads(app, deps)
  addBadDebtCommands(app, deps)
  addBadDebtReads(app, deps)
  addCustomerCreditReads(app, deps)
  addRefundCredit(app, deps)
  addWalletKeeping(app, deps)
  addWalletReads(app, deps)
  addWalletMoney(app, deps)
  addWalletHolds(app, deps)
  addBulk(app, deps)
  addStatistics(app, deps)
  addSnapshots(app, deps)
  addStatisticsExplanation(app, deps)
  addSnapshotExplanation(app, deps)
  addCommissionTiers(app, deps)
  addSettings(app, deps)
  addApiKeys(app, deps)
  addMemberReads(app, deps)
  addMemberCommands(app, deps)
  addAccountReads(app, deps)
  addEntryReads(app, deps)
  addTrialBalance(app, deps)
  addExplanations(app, deps)
  addEventReads(app, deps)
  addEventSample(app, deps)
  addEventExport(app, deps)
  addChainReads(app, deps)
  addStoredEvent(app, deps)
  addCompleteness(app, deps)
  addStreamReads(app, deps)
  addTrailReads(app, deps)
  addUnmaskings(app, deps)
  addAccesses(app, deps)
  addStreamHistory(app, deps)
  addStreamDifference(app, deps)
}

/** What operators and machines ask of any process. */
function addOperationRoutes(app: App, deps: RouteDeps): void {
  addProjectionRoutes(app, deps)
  addProcessRoutes(app, deps)
  addMaintenance(app, deps)
  addHealthRoutes(app, deps)
  addProblemRoutes(app)
  addMetrics(app, deps.engine)
}
