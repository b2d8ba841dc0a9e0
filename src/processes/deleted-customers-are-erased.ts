import { completeDeletion, type DeletionDeps } from '#commands/crm/delete-customer.ts'
import type { ErasureDeps } from '#commands/privacy/carry-out-erasure.ts'
import { forgetReasonsAbout } from '#commands/privacy/reasons-about.ts'
import type { Process } from './process.ts'

/** Who is deleted becomes unreadable, and why somebody looked at them; also when a crash came before that: R1.3. */
export function deletedCustomersAreErased(deps: DeletionDeps & ErasureDeps): Process {
  return {
    name: 'deleted_customers_are_erased',
    types: ['CustomerDeleted'],
    async react(event, context) {
      if (event.type !== 'CustomerDeleted') return
      await completeDeletion(deps, event.data.customerId, context)
      await forgetReasonsAbout(deps, event.data.customerId, context)
    },
  }
}
