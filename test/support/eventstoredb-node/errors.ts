import { Metadata, type ServiceError, status } from '@grpc/grpc-js'

function failure(
  code: status,
  details: string,
  trailers: Readonly<Record<string, string>> = {},
): ServiceError {
  if (Object.values(trailers).some((value) => /[^\x20-\x7e]/.test(value))) {
    // A name that does not fit a header breaks the real node's answer.
    return failure(status.UNKNOWN, 'Received HTTP status code 500')
  }
  const metadata = new Metadata()
  for (const [key, value] of Object.entries(trailers)) metadata.set(key, value)
  return Object.assign(new Error(details), { code, details, metadata })
}

/** The errors of a 23.10 node, as status, text and trailers. */
export const errors = {
  unknown: (details: string) => failure(status.UNKNOWN, details),
  thrown: () => failure(status.UNKNOWN, 'Exception was thrown by handler.'),
  timedOut: () => failure(status.ABORTED, 'Operation timed out: '),
  tooSlow: () =>
    failure(
      status.ABORTED,
      'Operation timed out: Consumer too slow to handle event while live. Client resubscription required.',
    ),
  notReady: () => failure(status.UNAVAILABLE, 'Server Is Not Ready'),
  notLeader: (leader: { readonly host: string; readonly port: number } | undefined) =>
    leader === undefined
      ? failure(status.UNKNOWN, 'No leader info available in response')
      : failure(status.NOT_FOUND, 'Leader info available', {
          exception: 'not-leader',
          'leader-endpoint-host': leader.host,
          'leader-endpoint-port': String(leader.port),
        }),
  unauthenticated: () => failure(status.UNAUTHENTICATED, 'Authentication failed'),
  accessDenied: () =>
    failure(status.PERMISSION_DENIED, 'Access Denied', { exception: 'access-denied' }),
  deleted: (stream: string) =>
    failure(status.FAILED_PRECONDITION, `Event stream '${stream}' is deleted.`, {
      exception: 'stream-deleted',
      'stream-name': stream,
    }),
  wrongVersion: (stream: string, expected: number, actual: number) =>
    failure(
      status.FAILED_PRECONDITION,
      `Delete failed due to WrongExpectedVersion. Stream: ${stream}, Expected version: ${expected}, Actual version: ${actual}`,
      {
        exception: 'wrong-expected-version',
        'stream-name': stream,
        'expected-version': String(expected),
        'actual-version': String(actual),
      },
    ),
  tooLarge: (limit: number) =>
    failure(status.INVALID_ARGUMENT, `Maximum Append Size of ${limit} Exceeded.`, {
      exception: 'maximum-append-size-exceeded',
      'maximum-append-size': String(limit),
    }),
}

export const isServiceError = (error: unknown): error is ServiceError =>
  error instanceof Error && 'code' in error && 'metadata' in error
