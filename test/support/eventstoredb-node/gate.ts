import {
  type Metadata,
  type ServerInterceptor,
  ServerInterceptingCall,
  type ServiceError,
} from '@grpc/grpc-js'
import { errors } from './errors.ts'
import type { Membership } from './membership.ts'

export const requiresLeader = (metadata: Metadata): boolean =>
  metadata.get('requires-leader')[0] === 'true'

/** Passwords by user name. */
export type Users = Readonly<Record<string, string>>

/** Whether the call names a user and its password; undefined when it names none. */
function isKnown(users: Users, metadata: Metadata): boolean | undefined {
  const [header] = metadata.get('authorization')
  if (header === undefined) return undefined
  const text = Buffer.from(String(header).replace(/^Basic /, ''), 'base64').toString()
  const colon = text.indexOf(':')
  return colon > 0 && users[text.slice(0, colon)] === text.slice(colon + 1)
}

function refusalOf(
  path: string,
  metadata: Metadata,
  membership: Membership,
  users: Users | undefined,
): ServiceError | undefined {
  if (!path.startsWith('/event_store.client.streams.')) return undefined
  if (users !== undefined) {
    const known = isKnown(users, metadata)
    if (known !== true)
      return known === undefined ? errors.accessDenied() : errors.unauthenticated()
  }
  // A call that carries many appends is refused one by one.
  if (path.endsWith('/BatchAppend')) return undefined
  if (membership.standing() === 'not_ready') return errors.notReady()
  if (membership.standing() === 'follower' && requiresLeader(metadata)) {
    return errors.notLeader(membership.leader())
  }
  return undefined
}

/** Stands before every call: lets it in, refuses it, or leaves it without an answer. */
export function gate(membership: Membership, users: Users | undefined): ServerInterceptor {
  return (method, call) =>
    new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata(metadata, goOn) {
            if (membership.standing() === 'silent') return
            const refused = refusalOf(method.path, metadata, membership, users)
            if (refused) call.sendStatus(refused)
            else goOn(metadata)
          },
        }),
    })
}
