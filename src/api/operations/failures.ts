import { UnreadableEvent } from '#log/codec.ts'
import type { StoredEvent } from '#log/event-store.ts'
import { parseStreamName } from '#log/stream-name.ts'
import type { ProjectionFailure } from '#projections/engine/projection-engine.ts'
import type { Caller } from '../authentication.ts'
import { ApiError } from '../errors.ts'

/**
 * A projection stops for all organisations at an event of one: which event, and what is wrong with it,
 * is for that organisation and for whoever runs the installation to know.
 */
export function failureFor(
  caller: Caller,
  failure: ProjectionFailure | undefined,
): ProjectionFailure | undefined {
  if (failure === undefined || runsInstallation(caller)) return failure
  const { event, at } = failure
  return event !== undefined && isOwn(caller, event) ? failure : { at, reason: UNTOLD }
}

/** The same of what was thrown: an event of another organisation is not named. */
export function errorFor(caller: Caller, error: unknown): unknown {
  if (!(error instanceof UnreadableEvent) || runsInstallation(caller)) return error
  return isOwn(caller, error.event) ? error : new ApiError('EVENT_UNREADABLE')
}

function isOwn({ organisation }: Caller, { stream }: Pick<StoredEvent, 'stream'>): boolean {
  return parseStreamName(stream)?.organisation === organisation
}

/** Whether the caller runs what all organisations share, and so may know why it does not run. */
export function runsInstallation({ organisation }: Caller): boolean {
  return organisation === ''
}

const UNTOLD = 'The installation’s operator is told why.'
