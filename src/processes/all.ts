import type { DeletionDeps } from '#commands/crm/delete-customer.ts'
import type { ApiKeyHashes } from '#commands/identity/api-keys.ts'
import type { ErasingAgainDeps } from '#commands/identity/erase-users-again.ts'
import type { ErasureDeps } from '#commands/privacy/carry-out-erasure.ts'
import { abandonedWorkIsReleased } from './abandoned-work-is-released.ts'
import { creditFollowsDocuments } from './credit-follows-documents.ts'
import { deletedCustomersAreErased } from './deleted-customers-are-erased.ts'
import { erasedRowsAreVacuumed, type VacuumErased } from './erased-rows-are-vacuumed.ts'
import {
  erasedUsersAreForgotten,
  userErasuresReachWhatCameLate,
} from './erased-users-are-forgotten.ts'
import {
  erasuresAreCarriedOut,
  erasuresReachWhatCameLate,
  type FindRestricted,
  termsFollowSettings,
} from './erasures-are-carried-out.ts'
import { formerEmailsAreReleased } from './former-emails-are-released.ts'
import { membershipsAreFollowed } from './memberships-are-followed.ts'
import { notedDocumentsAreCompleted } from './noted-documents-are-completed.ts'
import type { Process } from './process.ts'
import { restoredUsersAreErasedAgain } from './restored-users-are-erased-again.ts'
import { revokedApiKeysAreTold } from './revoked-api-keys-are-told.ts'
import { saleClosesCustomer } from './sale-closes-customer.ts'
import { saleOwesAgain } from './sale-owes-again.ts'
import { unusedClaimsAreReleased } from './unused-claims-are-released.ts'

export interface ProcessNeeds
  extends ErasureDeps,
    Omit<DeletionDeps, 'keyRing'>,
    FindRestricted,
    Omit<ErasingAgainDeps, 'keyRing'>,
    VacuumErased {
  readonly apiKeys: Pick<ApiKeyHashes, 'changed'>
}

/** Every process of this program. */
export function allProcesses(deps: ProcessNeeds): readonly Process[] {
  const { handler, apiKeys } = deps
  return [
    saleClosesCustomer(handler),
    creditFollowsDocuments(handler),
    saleOwesAgain(handler),
    notedDocumentsAreCompleted(handler),
    abandonedWorkIsReleased(handler),
    deletedCustomersAreErased(deps),
    revokedApiKeysAreTold(apiKeys),
    membershipsAreFollowed(deps),
    formerEmailsAreReleased(deps),
    unusedClaimsAreReleased(deps),
    erasuresAreCarriedOut(deps),
    erasuresReachWhatCameLate(deps),
    termsFollowSettings(deps),
    erasedRowsAreVacuumed(deps),
    erasedUsersAreForgotten(deps),
    userErasuresReachWhatCameLate(deps),
    restoredUsersAreErasedAgain(deps),
  ]
}
