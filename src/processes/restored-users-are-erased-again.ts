import { type ErasingAgainDeps, eraseUsersAgain } from '#commands/identity/erase-users-again.ts'
import type { Process } from './process.ts'

/** Who was erased after a backup is no member once it is restored, also when the restore was cut off before that. */
export function restoredUsersAreErasedAgain(deps: ErasingAgainDeps): Process {
  return {
    name: 'restored_users_are_erased_again',
    types: ['InstallationRestored'],
    async react(_, context) {
      await eraseUsersAgain(deps, context)
    },
  }
}
