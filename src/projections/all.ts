import { accesses } from './access/accesses.ts'
import { ledger } from './accounting/ledger.ts'
import { analytics } from './analytics/analytics.ts'
import { commandOutcomes } from './commands/command-outcomes.ts'
import type { KeyedHash } from '#log/key-ring.ts'
import { crmContacts } from './crm/contacts.ts'
import { crmCustomers } from './crm/customers.ts'
import type { Projection } from './engine/projection.ts'
import { financeSales } from './finance/sales.ts'
import { apiKeys } from './identity/api-keys.ts'
import { identityMembers } from './identity/members.ts'
import { eventIndex } from './log/event-index.ts'
import { personLinks } from './privacy/person-links.ts'
import { privacy } from './privacy/privacy.ts'
import { wallets } from './wallet/wallets.ts'

/** Every projection that Daybook runs; what people are found by is hashed with `keyedHash`. */
export function projectionsWith(keyedHash: KeyedHash): readonly Projection[] {
  return [
    crmCustomers,
    crmContacts(keyedHash),
    personLinks,
    financeSales,
    analytics,
    wallets,
    ledger,
    privacy,
    eventIndex,
    commandOutcomes,
    apiKeys,
    identityMembers,
    accesses,
  ]
}

/** The same by name, version and tables, for whoever folds nothing and has no key. */
export const projections = projectionsWith(() => {
  throw new Error('These projections are not there to fold: projectionsWith makes those that are')
})
