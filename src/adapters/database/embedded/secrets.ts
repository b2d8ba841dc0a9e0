import { randomBytes } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'

const schema = z.object({
  user: z.string(),
  password: z.string(),
  database: z.string(),
  /** Where it listened last, and will again. */
  port: z.int(),
  /** Folder of the cluster, as seen from the data folder. */
  cluster: z.string(),
})

/** How to reach the embedded PostgreSQL; kept beside the data, readable by its owner alone. */
export type Secrets = z.output<typeof schema>

const FILE = 'postgres.json'

export function newPassword(): string {
  return randomBytes(24).toString('base64url')
}

/** Undefined when there is none, or none that can be read as such. */
export function readSecrets(dataDir: string): Secrets | undefined {
  try {
    return schema.safeParse(JSON.parse(readFileSync(path.join(dataDir, FILE), 'utf8'))).data
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

export function writeSecrets(dataDir: string, secrets: Secrets): void {
  const file = path.join(dataDir, FILE)
  writeFileSync(`${file}.new`, `${JSON.stringify(secrets, undefined, 2)}\n`, {
    mode: 0o600,
    flush: true,
  })
  renameSync(`${file}.new`, file)
}

export function secretsUrl(secrets: Secrets): string {
  const { user, password, port, database } = secrets
  return `postgres://${user}:${password}@127.0.0.1:${port}/${database}`
}
