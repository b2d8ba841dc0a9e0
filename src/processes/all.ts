import type { DeletionDeps } from '#commands/crm/delete-customer.ts'
import { abandonedWorkIsReleased } from './abandoned-work-is-released.ts'
import { creditFollowsDocuments } from './credit-follows-documents.ts'
import { deletedCustomersAreErased } from './deleted-customers-are-erased.ts'
import { notedDocumentsAreCompleted } from './noted-documents-are-completed.ts'
import type { Process } from './process.ts'
import { saleClosesCustomer } from './sale-closes-customer.ts'
import { saleOwesAgain } from './sale-owes-again.ts'

/** Every process of this program. */
export function allProcesses(deps: DeletionDeps): readonly Process[] {
  const { handler } = deps
  return [
    saleClosesCustomer(handler),
    creditFollowsDocuments(handler),
    saleOwesAgain(handler),
    notedDocumentsAreCompleted(handler),
    abandonedWorkIsReleased(handler),
    deletedCustomersAreErased(deps),
  ]
}
