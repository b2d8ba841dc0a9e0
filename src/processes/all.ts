import type { CommandHandler } from '#commands/handler.ts'
import { abandonedWorkIsReleased } from './abandoned-work-is-released.ts'
import { creditFollowsDocuments } from './credit-follows-documents.ts'
import { notedDocumentsAreCompleted } from './noted-documents-are-completed.ts'
import type { Process } from './process.ts'
import { saleClosesCustomer } from './sale-closes-customer.ts'
import { saleOwesAgain } from './sale-owes-again.ts'

/** Every process of this program. */
export function allProcesses(handler: CommandHandler): readonly Process[] {
  return [
    saleClosesCustomer(handler),
    creditFollowsDocuments(handler),
    saleOwesAgain(handler),
    notedDocumentsAreCompleted(handler),
    abandonedWorkIsReleased(handler),
  ]
}
