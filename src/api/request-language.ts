import type { FastifyRequest } from 'fastify'
import type { CommandHandler } from '#commands/handler.ts'
import { SETTINGS_ID } from '#commands/operation.ts'
import { settings } from '#domain/organisation/settings.ts'
import { knownCaller } from './authentication.ts'
import { acceptedLanguage, type Language } from './languages.ts'

/** The caller's own wish, then the organisation's language, then English. */
export async function languageOf(
  request: FastifyRequest,
  handler: Pick<CommandHandler, 'load'>,
): Promise<Language> {
  const accepted = acceptedLanguage(request.headers)
  const caller = knownCaller(request)
  if (accepted !== undefined || caller === undefined) return accepted ?? 'en'
  try {
    return (await handler.load(settings, caller.organisation, SETTINGS_ID)).state.language
  } catch {
    return 'en'
  }
}
