import { type DestinationStream, type Logger, pino } from 'pino'

/**
 * Under these names nothing is written, whoever logs it: they hold what callers prove themselves by, or
 * what they sent.
 */
const SECRET =
  'authorization cookie headers token tokens secret password masterKey config body query params key idempotencyKey'.split(
    ' ',
  )

/**
 * The program's log. No secret gets into it, and nothing that a person could be known by: of requests it
 * holds method and route, of errors what they are but not what they carry along, and of any line nothing
 * that looks like a token, the credentials of a URL, a query, an e-mail address or a phone number.
 */
export function createLogger(level: string, destination: DestinationStream): Logger {
  const options = {
    level,
    redact: { paths: SECRET, censor: '…' },
    serializers: {
      err: (error: unknown) => shownError(error),
      req: shownRequest,
      res: shownAnswer,
    },
    hooks: { streamWrite: withoutSecrets },
  }
  return pino(options, destination)
}

/** Quotes and backslashes stay: a line is JSON. */
const LOOKS_SECRET: readonly (readonly [RegExp, string])[] = [
  [/\bBearer +[^\s"\\]+/gi, 'Bearer …'],
  [/\bdb[a-z]_[\w-]{20,}/g, '…'],
  [/:\/\/[^\s"\\/]+@/g, '://…@'],
  [/(\/[^\s"\\?]*)\?[^\s"\\]+/g, '$1?…'],
  [/[^\s"\\@:/]+@[\w-]+(?:\.[\w-]+)+/g, '…@…'],
  [/\+\d[\d ()-]{5,}\d/g, '+…'],
]
/** Most lines have none of these and are as they are. */
const MAY_HOLD_SECRETS = /[@?+]|Bearer|\bdb[a-z]_/i

export function withoutSecrets(line: string): string {
  if (!MAY_HOLD_SECRETS.test(line)) return line
  return LOOKS_SECRET.reduce((text, [pattern, shown]) => text.replace(pattern, shown), line)
}

/** Causes of causes that are told; they may go round in circles. */
const DEPTH = 4

interface ShownError {
  readonly type: string
  readonly message: string
  readonly code?: string
  readonly stack?: string
  readonly cause?: ShownError
  readonly errors?: readonly ShownError[]
}

/** An error's own fields may be rows, events or what was sent, with somebody's name in them. */
function shownError(error: unknown, depth = 0): ShownError {
  if (!isErrorLike(error)) return { type: typeof error, message: 'thrown, and no error' }
  const { name, type = name, cause, errors } = error
  const message = shownMessage(error)
  return {
    type: type ?? 'Error',
    message,
    ...(typeof error.code === 'string' && { code: error.code }),
    ...(error.stack !== undefined && { stack: framesOf(error.stack) }),
    ...(depth < DEPTH && isErrorLike(cause) && { cause: shownError(cause, depth + 1) }),
    ...(depth < DEPTH &&
      Array.isArray(errors) && {
        errors: errors.slice(0, 5).map((inner) => shownError(inner, depth + 1)),
      }),
  }
}

interface ErrorLike {
  readonly message: string
  readonly name?: string
  readonly type?: string
  readonly code?: unknown
  readonly stack?: string
  readonly cause?: unknown
  readonly errors?: unknown
}

function isErrorLike(thrown: unknown): thrown is ErrorLike {
  return (
    typeof thrown === 'object' &&
    thrown !== null &&
    'message' in thrown &&
    typeof thrown.message === 'string'
  )
}

/** PostgreSQL (class 22, data that is wrong) and JSON.parse quote what they could not read. */
function shownMessage({ message, name, type, code }: ErrorLike): string {
  const quotes = (name ?? type) === 'SyntaxError' || /^22...$/.test(String(code))
  return quotes ? message.replace(/["'].*["']/gs, '"…"') : message
}

/** A stack begins with the message. */
function framesOf(stack: string): string {
  return (stack.match(/^ {4}at .+$/gm) ?? []).join('\n')
}

/** A path may hold anything, and so may a query: of both only the pattern of the route is told. */
function shownRequest(request: {
  readonly method?: string
  readonly routeOptions?: { readonly url?: string | undefined }
}): object {
  return { method: request.method, route: request.routeOptions?.url }
}

function shownAnswer({ statusCode }: { readonly statusCode?: number }): object {
  return { statusCode }
}
