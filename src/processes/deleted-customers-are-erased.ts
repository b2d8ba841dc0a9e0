import { completeDeletion, type DeletionDeps } from '#commands/crm/delete-customer.ts'
import type { Process } from './process.ts'

/** Who is deleted becomes unreadable, also when a crash came before that: R1.3. */
export function deletedCustomersAreErased(deps: DeletionDeps): Process {
  return {
    name: 'deleted_customers_are_erased',
    types: ['CustomerDeleted'],
    async react(event, context) {
      if (event.type !== 'CustomerDeleted') return
      await completeDeletion(deps, event.data.customerId, context)
    },
  }
}
