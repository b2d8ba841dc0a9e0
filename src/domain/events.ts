import { accessEvents } from './access/access-record.ts'
import { customerEvents } from './crm/customer.ts'
import { customerNumberEvents } from './crm/customer-number.ts'
import type { EventsOf } from './event-schema.ts'
import { badDebtEvents } from './finance/bad-debt.ts'
import { creditNoteEvents } from './finance/credit-note.ts'
import { customerCreditEvents } from './finance/customer-credit.ts'
import { saleEvents } from './finance/sale.ts'
import { unmaskingsEvents } from './identity/unmaskings.ts'
import { membersEvents } from './identity/members.ts'
import { userEvents } from './identity/user.ts'
import { userEmailEvents } from './identity/user-email.ts'
import { userIdentityEvents } from './identity/user-identity.ts'
import { commissionTiersEvents } from './organisation/commission-tiers.ts'
import { apiKeyEvents } from './identity/api-key.ts'
import { maintenanceEvents } from './organisation/maintenance.ts'
import { settingsEvents } from './organisation/settings.ts'
import { personLinkEvents } from './privacy/person-link.ts'
import { walletEvents } from './wallet/wallet.ts'

/** Every event type that Daybook has ever stored, with the schema that it is parsed by. */
export const eventCatalogue = {
  ...settingsEvents,
  ...commissionTiersEvents,
  ...apiKeyEvents,
  ...customerEvents,
  ...customerNumberEvents,
  ...personLinkEvents,
  ...saleEvents,
  ...creditNoteEvents,
  ...badDebtEvents,
  ...customerCreditEvents,
  ...walletEvents,
  ...unmaskingsEvents,
  ...accessEvents,
  ...userEvents,
  ...userEmailEvents,
  ...userIdentityEvents,
  ...membersEvents,
  ...maintenanceEvents,
} as const

export type DaybookEvent = EventsOf<typeof eventCatalogue>
export type EventType = DaybookEvent['type']
/** The event of one type. */
export type EventOf<Type extends EventType> = Extract<DaybookEvent, { readonly type: Type }>
