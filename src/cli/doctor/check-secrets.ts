import { stat } from 'node:fs/promises'
import path from 'node:path'
import { loadCallerTokens } from '#adapters/tokens/caller-tokens.ts'
import type { CallerToken, Config } from '#config'
import { type Finding, failure, ok, warning } from './check.ts'

/** What a token must be worth at least; so many cannot be tried. */
const TOKEN_BITS = 96
/** Where containers have their secrets: for one container alone, whatever the mode. */
const OF_CONTAINER = '/run/secrets/'

/** Who can read what is secret, whether it can be guessed, and where the key of personal data is. */
export async function checkSecrets(config: Config): Promise<readonly Finding[]> {
  const own = [path.join(config.dataDir, 'master.key'), ...(await tokensFile(config))]
  const configured = config.secretFiles.filter((file) => !file.startsWith(OF_CONTAINER))
  return [
    ...(await Promise.all([...own, ...configured].map(checkFile))),
    await checkMasterKey(config),
    ...(await checkKnownTokens(config)),
  ]
}

async function checkFile(file: string): Promise<Finding> {
  const found = await stat(file).catch(() => undefined)
  if (found === undefined)
    return ok('secrets', `${file} is not there: configured, or made at first start`)
  if ((found.mode & 0o077) === 0) return ok('secrets', `${file} is readable by its owner alone`)
  return failure('secrets', `Others can read ${file}: chmod 600 ${file}`)
}

/** With a database elsewhere, a key in the data folder is apart from what it opens, and easily lost. */
async function checkMasterKey({ masterKeys, databaseUrl, dataDir }: Config): Promise<Finding> {
  if (masterKeys !== undefined) return ok('master key', 'The master key is configured')
  const file = path.join(dataDir, 'master.key')
  if (databaseUrl === undefined) {
    return ok(
      'master key',
      `${file} lies beside the data that it opens: keep copies of the two apart`,
    )
  }
  return warning(
    'master key',
    `The data is where DATABASE_URL says, but its key is in ${file}, of this machine alone: without it personal data is lost, and other processes cannot start. Give it as DAYBOOK_MASTER_KEY_FILE, and keep a copy`,
  )
}

/** Of an earlier version, where it is still there. */
async function tokensFile({ dataDir }: Pick<Config, 'dataDir'>): Promise<readonly string[]> {
  const file = path.join(dataDir, 'tokens.json')
  return (await stat(file).catch(() => undefined)) === undefined ? [] : [file]
}

async function checkKnownTokens({ tokens, dataDir }: Config): Promise<readonly Finding[]> {
  const [file] = await tokensFile({ dataDir })
  if (file === undefined) return checkTokens(tokens ?? [])
  if (tokens !== undefined) {
    const unused = `${file} is not looked at, since DAYBOOK_TOKENS is set: remove it`
    return [warning('tokens', unused), ...checkTokens(tokens)]
  }
  try {
    const found = await loadCallerTokens({ configured: undefined, dataDir })
    return [
      warning(
        'tokens',
        `${file}, of an earlier Daybook, opens everything to whoever has read it, and never ends: let people sign in, give programs keys, and remove it`,
      ),
      ...checkTokens(found.tokens),
    ]
  } catch (error) {
    return [failure('tokens', (error as Error).message)]
  }
}

/** By length and variety of characters: chosen by chance they are worth more, by people less. */
export function checkTokens(tokens: readonly CallerToken[]): readonly Finding[] {
  const weak = tokens.filter(({ token }) => bitsOf(token) < TOKEN_BITS)
  const shared = tokens.filter(
    ({ token }, index) => tokens.findIndex((other) => other.token === token) < index,
  )
  const remedy = '`openssl rand -base64 32` makes one that cannot'
  const findings = [
    ...weak.map((caller) =>
      failure('tokens', `The token of ${whoOf(caller)} can be guessed: ${remedy}`),
    ),
    ...shared.map((caller) =>
      failure('tokens', `The token of ${whoOf(caller)} is another caller's too: give each its own`),
    ),
  ]
  return findings.length > 0 ? findings : [ok('tokens', `None of ${tokens.length} can be guessed`)]
}

const whoOf = ({ actor, organisation }: CallerToken): string =>
  `${actor} of ${organisation === '' ? 'the installation' : organisation}`

function bitsOf(token: string): number {
  return token.length * Math.log2(new Set(token).size)
}
