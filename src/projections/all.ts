import { ledger } from './accounting/ledger.ts'
import { analytics } from './analytics/analytics.ts'
import { commandOutcomes } from './commands/command-outcomes.ts'
import { crmCustomers } from './crm/customers.ts'
import type { Projection } from './engine/projection.ts'
import { financeSales } from './finance/sales.ts'
import { eventIndex } from './log/event-index.ts'
import { personLinks } from './privacy/person-links.ts'
import { wallets } from './wallet/wallets.ts'

/** Every projection that Daybook runs. */
export const projections: readonly Projection[] = [
  crmCustomers,
  personLinks,
  financeSales,
  analytics,
  wallets,
  ledger,
  eventIndex,
  commandOutcomes,
]
