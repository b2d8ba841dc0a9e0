import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyRequest } from 'fastify'
import type { CommandHandler } from '#commands/handler.ts'
import { SETTINGS_ID } from '#commands/operation.ts'
import { settings } from '#domain/organisation/settings.ts'
import { knownCaller } from './authentication.ts'
import { acceptedLanguage, type Language } from './languages.ts'

/** A message in the wrong language is better than one that waits for the log, in milliseconds. */
const PATIENCE_MS = 1000

/** What the caller chose, or else asks for; undefined when they say nothing of it. */
export function wishedLanguage(request: FastifyRequest): Language | undefined {
  return knownCaller(request)?.language ?? acceptedLanguage(request.headers)
}

/** The caller's own wish, then the organisation's language, then English. */
export async function languageOf(
  request: FastifyRequest,
  handler: Pick<CommandHandler, 'load'>,
): Promise<Language> {
  const wished = wishedLanguage(request)
  const caller = knownCaller(request)
  if (wished !== undefined || !caller?.organisation) return wished ?? 'en'
  const ended = new AbortController()
  const late = sleep(PATIENCE_MS, 'en' as const, { signal: ended.signal }).catch(
    () => 'en' as const,
  )
  const asked = handler.load(settings, caller.organisation, SETTINGS_ID).then(
    ({ state }) => state.language,
    () => 'en' as const,
  )
  try {
    return await Promise.race([asked, late])
  } finally {
    ended.abort()
  }
}
