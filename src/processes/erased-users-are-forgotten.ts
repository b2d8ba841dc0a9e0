import { forgetUser, type UserErasureDeps } from '#commands/identity/erase-user.ts'
import { ABANDONED_AFTER_MS } from './abandoned-work-is-released.ts'
import type { Process } from './process.ts'

/** Who is erased as a user becomes unreadable, also when a crash came before that. */
export function erasedUsersAreForgotten(deps: UserErasureDeps): Process {
  return {
    name: 'erased_users_are_forgotten',
    types: ['UserErased'],
    react: (event, context) => forget(deps, event, context),
  }
}

/** Once more, when nothing that began before can still be on its way: an invitation, or a password. */
export function userErasuresReachWhatCameLate(
  deps: UserErasureDeps,
  delayMs: number = ABANDONED_AFTER_MS,
): Process {
  return {
    name: 'user_erasures_reach_what_came_late',
    types: ['UserErased'],
    delayMs,
    react: (event, context) => forget(deps, event, context),
  }
}

type React = Process['react']

async function forget(
  deps: UserErasureDeps,
  event: Parameters<React>[0],
  context: Parameters<React>[1],
): Promise<void> {
  if (event.type === 'UserErased') await forgetUser(deps, event.data.userId, context)
}
