import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { z } from 'zod'
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
  /** The file in which the first tokens were put just now. */
  readonly madeIn: string | undefined
}

/**
 * The callers that are known: from the configuration, from the file beside the data, or, at the first
 * start, an owner of the organisation `main` and the installation's operator, written to that file.
 *
 * @throws TokensError when the file cannot be read or does not hold tokens.
 */
export async function loadCallerTokens({ configured, dataDir }: TokenSource): Promise<FoundTokens> {
  if (configured !== undefined) return { tokens: configured, madeIn: undefined }
  const file = path.resolve(dataDir, 'tokens.json')
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw new TokensError(`${file} cannot be read: ${error.message}`, { cause: error })
  })
  if (text !== undefined) return { tokens: parseTokens(text, file), madeIn: undefined }
  const made = firstTokens()
  await writePrivately(file, made)
  return { tokens: parseTokens(made, file), madeIn: file }
}

/** The owner's comes first: whoever needs one token takes that. */
function firstTokens(): string {
  const token = (): string => randomBytes(24).toString('base64url')
  const tokens: z.input<typeof callerTokens> = [
    { token: token(), organisation: 'main', actor: 'owner', role: 'owner' },
    { token: token(), actor: 'installation', role: 'installation' },
  ]
  return `${JSON.stringify(tokens, null, 2)}\n`
}

function parseTokens(text: string, file: string): readonly CallerToken[] {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new TokensError(
      `${file} is not JSON (${String(error)}). Mend it, or remove it for a new one.`,
    )
  }
  const parsed = callerTokens.safeParse(json)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const where = issue?.path.join('.') ?? ''
  throw new TokensError(
    `${file}: ${where} ${issue?.message ?? ''}. Mend it, or remove it for a new one.`,
  )
}

/** Whole or not at all, and never readable by others. */
async function writePrivately(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true })
  const aside = `${file}.new`
  await writeFile(aside, text, { mode: 0o600 })
  await chmod(aside, 0o600)
  await rename(aside, file)
}
