import type { Session, Sessions } from '#commands/identity/sessions.ts'
import { INSTALLATION } from '#domain/organisation/installation.ts'
import type { Caller, ResolveToken } from '../authentication.ts'

/** Callers who signed in. */
export function accessTokens(sessions: Pick<Sessions, 'ofAccessToken'>): ResolveToken {
  return (token) => {
    const found = sessions.ofAccessToken(token)
    return found instanceof Promise
      ? found.then((session) => session && callerOfSession(session))
      : callerOfSession(found)
  }
}

/** Who runs the installation is of no organisation: nobody reads or writes what stands under its name. */
export function callerOfSession(session: Session): Caller {
  const { userId, sessionId, organisation, role, language } = session
  const isOperator = organisation === INSTALLATION
  return {
    kind: isOperator ? 'installation' : 'person',
    organisation: isOperator ? '' : organisation,
    actor: userId,
    role,
    userId,
    sessionId,
    ...(language !== undefined && { language }),
  }
}
