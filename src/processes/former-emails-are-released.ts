import { followEmail } from '#commands/identity/change-email.ts'
import type { OperationDeps } from '#commands/operation.ts'
import type { Process } from './process.ts'

/** An address that somebody gave up is free, also when a crash came before that: R1.9. */
export function formerEmailsAreReleased(
  deps: Pick<OperationDeps, 'handler' | 'keyedHash'>,
): Process {
  return {
    name: 'former_emails_are_released',
    types: ['UserEmailChanged'],
    async react(event, context) {
      if (event.type === 'UserEmailChanged') await followEmail(deps, event.data.userId, context)
    },
  }
}
