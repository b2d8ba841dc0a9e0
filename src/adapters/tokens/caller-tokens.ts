import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { type CallerToken, callerTokens } from '#config'

/** The tokens cannot be used as they are; the message says what to do. */
export class TokensError extends Error {
  override readonly name = 'TokensError'
}

export interface TokenSource {
  /** From the configuration; then no file is read. */
  readonly configured: readonly CallerToken[] | undefined
  /** Folder of `tokens.json`. */
  readonly dataDir: string
}

export interface FoundTokens {
  readonly tokens: readonly CallerToken[]
  /** Where they were read from; undefined for those of the configuration, or when there are none. */
  readonly file: string | undefined
}

/**
 * Callers that are known by tokens that somebody chose: from the configuration, or from the file that earlier
 * versions made beside the data.
 *
 * @throws TokensError when the file cannot be read or does not hold tokens.
 */
export async function loadCallerTokens({ configured, dataDir }: TokenSource): Promise<FoundTokens> {
  if (configured !== undefined) return { tokens: configured, file: undefined }
  const file = path.resolve(dataDir, 'tokens.json')
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw new TokensError(`${file} cannot be read: ${error.message}`, { cause: error })
  })
  if (text === undefined) return { tokens: [], file: undefined }
  return { tokens: parseTokens(text, file), file }
}

function parseTokens(text: string, file: string): readonly CallerToken[] {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new TokensError(`${file} is not JSON (${String(error)}). Mend it, or remove it.`)
  }
  const parsed = callerTokens.safeParse(json)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const where = issue?.path.join('.') ?? ''
  throw new TokensError(`${file}: ${where} ${issue?.message ?? ''}. Mend it, or remove it.`)
}
