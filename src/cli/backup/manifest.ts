import { createHmac } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { derivedKey } from '#adapters/keys/derived-keys.ts'
import type { MasterKey } from '#adapters/keys/master-key.ts'
import type { MasterKeys } from '#adapters/keys/master-keys.ts'

export const MANIFEST = 'manifest.json'

/**
 * The files of a backup; that of the keys may be kept elsewhere, and for a shorter time. One of an earlier
 * program has none of credentials.
 */
export const backupFiles = {
  log: 'log.ndjson.gz',
  keys: 'keys.ndjson.gz',
  records: 'records.ndjson.gz',
  credentials: 'credentials.ndjson.gz',
  erasures: 'erasures.ndjson',
  tokens: 'tokens.json',
} as const

/** The backup cannot be made, or cannot be restored here; the message says why and what to do. */
export class BackupRefused extends Error {
  override readonly name = 'BackupRefused'
}

const hex = z.string().regex(/^[0-9a-f]{64}$/)
const count = z.int().min(0)

const manifest = z.strictObject({
  format: z.literal('daybook backup'),
  version: z.literal(1),
  /** Of the program that made it. */
  program: z.string(),
  /** What its schema was made by. */
  migrations: z.array(z.string()),
  /** UTC instants between which it was made. */
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  log: z.strictObject({
    store: z.enum(['postgres', 'eventstoredb']),
    count,
    /** Of the export, as `daybook log export` tells it. */
    sha256: hex,
    /** The last event; null when the log is empty. */
    head: z
      .strictObject({ ordinal: count, id: z.string(), recordedAt: z.iso.datetime() })
      .nullable(),
    /** Events of each organisation, which is the ordinal of its last. */
    organisations: z.record(z.string(), count),
  }),
  /** Subjects in the file of keys, those whose key was destroyed included. */
  keys: count,
  /** On the list of erasures. */
  erasures: count,
  /** Rows of each table that is kept row by row. */
  records: z.record(z.string(), count),
  /** The ordinal up to which each process had reacted: 0, to nothing. */
  processes: z.record(z.string(), count),
  /** As they lie on the disk. */
  files: z.array(z.strictObject({ name: z.string(), bytes: count, sha256: hex })),
  /** What is not in it, and where that is. */
  notIncluded: z.array(z.string()),
  /** Tells a wrong master key, and nothing else about it. */
  masterKey: hex,
  /** Keyed by the master key in use, of all of the above: whoever does not have that cannot change anything here. */
  proof: hex,
})

export type Manifest = z.output<typeof manifest>
export type Unproved = Omit<Manifest, 'masterKey' | 'proof'>

/** A manifest as it is written. */
export function proved({ bytes }: MasterKey, unproved: Unproved): Manifest {
  const told = { ...unproved, masterKey: keyedHash(bytes, 'master key') }
  return { ...told, proof: proofOf(bytes, told) }
}

/** @throws BackupRefused when it was changed, or none of the master keys is the one it was made under. */
export function assertProved(masterKeys: MasterKeys, { proof, ...told }: Manifest): void {
  const madeUnder = masterKeys.all.find(
    ({ bytes }) => told.masterKey === keyedHash(bytes, 'master key'),
  )
  if (madeUnder === undefined) {
    throw new BackupRefused(
      'The master key is not the one that the backup was made under. Give the one that belongs to it (DAYBOOK_MASTER_KEY, or master.key in the data folder)',
    )
  }
  if (proof === proofOf(madeUnder.bytes, told)) return
  throw new BackupRefused(`${MANIFEST} was changed since it was written: take another backup`)
}

/** Members in the schema's order, whoever wrote them. */
function proofOf(masterKey: Buffer, told: Omit<Manifest, 'proof'>): string {
  return keyedHash(masterKey, JSON.stringify(manifest.omit({ proof: true }).parse(told)))
}

function keyedHash(masterKey: Buffer, text: string): string {
  return createHmac('sha256', derivedKey(masterKey, 'backup')).update(text).digest('hex')
}

/** @throws BackupRefused when there is none, or it is no manifest. */
export async function readManifest(folder: string): Promise<Manifest> {
  const file = path.join(folder, MANIFEST)
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    throw new BackupRefused(`${folder} is no backup: it has no ${MANIFEST}`)
  })
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new BackupRefused(`${file} is no JSON: ${(error as Error).message}`)
  }
  const parsed = manifest.safeParse(json)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new BackupRefused(
    `${file} cannot be read: ${issue?.path.join('.')}: ${issue?.message}. It was changed, or a later program wrote it`,
  )
}
