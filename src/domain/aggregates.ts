import { accessRecord } from './access/access-record.ts'
import { customer } from './crm/customer.ts'
import { customerNumber } from './crm/customer-number.ts'
import type { DaybookEvent } from './events.ts'
import { badDebt } from './finance/bad-debt.ts'
import { creditNote } from './finance/credit-note.ts'
import { customerCredit } from './finance/customer-credit.ts'
import { sale } from './finance/sale.ts'
import { unmaskings } from './identity/unmaskings.ts'
import { members } from './identity/members.ts'
import { user } from './identity/user.ts'
import { userEmail } from './identity/user-email.ts'
import { userIdentity } from './identity/user-identity.ts'
import { commissionTiers } from './organisation/commission-tiers.ts'
import { apiKey } from './identity/api-key.ts'
import { maintenance } from './organisation/maintenance.ts'
import { settings } from './organisation/settings.ts'
import { personLink } from './privacy/person-link.ts'
import { wallet } from './wallet/wallet.ts'

/** An aggregate of any kind, as far as its history goes: how events make its state. */
export interface FoldedAggregate {
  readonly category: string
  readonly initial: object
  /** Only events of its own streams may be given to it. */
  readonly evolve: (state: object, event: DaybookEvent) => object
}

const deciders = [
  settings,
  commissionTiers,
  apiKey,
  customer,
  customerNumber,
  personLink,
  sale,
  creditNote,
  badDebt,
  customerCredit,
  wallet,
  unmaskings,
  accessRecord,
  user,
  userEmail,
  userIdentity,
  members,
  maintenance,
] as unknown as readonly FoldedAggregate[]

/** Every aggregate by the category of its streams. */
export const aggregates: ReadonlyMap<string, FoldedAggregate> = new Map(
  deciders.map((decider) => [decider.category, decider]),
)
