import { user } from '#domain/identity/user.ts'
import { INSTALLATION } from '#domain/organisation/installation.ts'
import type { EventStore } from '#log/event-store.ts'
import { parseStreamName } from '#log/stream-name.ts'
import { stepOf } from '../command-id.ts'
import type { CommandContext } from '../handler.ts'
import { eraseUserAgain, type UserErasureDeps } from './erase-user.ts'

export interface ErasingAgainDeps extends UserErasureDeps {
  readonly log: Pick<EventStore, 'readAll'>
  /** Ids of all users whose key is destroyed. */
  readonly findErasedUsers: () => Promise<readonly string[]>
}

export interface ErasedAgain {
  readonly users: readonly string[]
  /** Organisations that one of them was the last owner of. */
  readonly ownerless: readonly string[]
}

/**
 * Erases anew every user whose key is destroyed and of whom the log does not say so: it was restored from before
 * their erasure, and has them as members who may sign in. Done again, it changes nothing.
 */
export async function eraseUsersAgain(
  deps: ErasingAgainDeps,
  context: CommandContext,
): Promise<ErasedAgain> {
  const back: string[] = []
  for (const userId of await deps.findErasedUsers()) {
    const { state } = await deps.handler.load(user, INSTALLATION, userId, { age: 'now' })
    if (state.registration === 'registered') back.push(userId)
  }
  const claims = back.length === 0 ? new Map<string, string[]>() : await claimsOf(deps, back)
  const ownerless: string[] = []
  for (const userId of back) {
    const erasure = { userId, emailIds: claims.get(userId) ?? [] }
    const step = { ...context, commandId: stepOf(context.commandId, `erase ${userId}`) }
    ownerless.push(...(await eraseUserAgain(deps, erasure, step)))
  }
  return { users: back, ownerless }
}

/** The addresses that users ever claimed, by id: which they were, nobody can read any more. */
async function claimsOf(
  { log }: Pick<ErasingAgainDeps, 'log'>,
  users: readonly string[],
): Promise<ReadonlyMap<string, string[]>> {
  const found = new Map(users.map((userId) => [userId, new Set<string>()]))
  for await (const page of log.readAll({ filter: { types: ['UserEmailClaimed'] } })) {
    for (const { stream, data } of page) {
      const id = parseStreamName(stream)?.id
      const { userId } = data
      if (id !== undefined && typeof userId === 'string') found.get(userId)?.add(id)
    }
  }
  return new Map([...found].map(([userId, ids]) => [userId, [...ids]]))
}
