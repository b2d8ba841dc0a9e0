import { access } from 'node:fs/promises'
import path from 'node:path'
import type { Erasure } from '#adapters/keys/erasure-list.ts'
import { type ExportedKey, KEYS_EXPORT } from '#adapters/keys/export-keys.ts'
import { type ExportedEvent, LOG_EXPORT } from '#log/export.ts'
import { BrokenFile, type Format, readHashedLines, type Summary } from '#log/hashed-lines.ts'
import { sealedParts } from '#log/personal-data.ts'
import { type Erasures, gatherErasures } from './erasures.ts'
import { examineFile, readBackupFile } from './files.ts'
import { BackupRefused, backupFiles, type Manifest, readManifest } from './manifest.ts'
import { CREDENTIALS, RECORDS } from './records.ts'

export interface BackupPlaces {
  readonly folder: string
  /** Where the file of keys is, when it was kept elsewhere; that of a later backup is as good. */
  readonly keys?: string | undefined
  /** False to leave them out, whether the file is there or not: everybody sets a new password then. */
  readonly credentials?: boolean | undefined
  /** Lists of erasures beside that of the backup. */
  readonly erasures: readonly string[]
}

/** A backup that was read to its end and found sound. */
export interface CheckedBackup {
  readonly manifest: Manifest
  readonly files: {
    readonly log: string
    readonly keys: string
    readonly records: string
    /** Undefined in a backup of an earlier program, or when it is to be restored without. */
    readonly credentials: string | undefined
    /** Undefined when the tokens are in the configuration, or there are none. */
    readonly tokens: string | undefined
  }
  /** Of all lists, and of the file of keys: that of a later backup knows whom it saw destroyed. */
  readonly erasures: Erasures
  /** Of the whole text. */
  readonly log: Summary
}

/**
 * Reads every file of a backup and holds it against its own hashes and the manifest's; nothing is
 * written. Every person of the log must be in the file of keys, or on a list of erasures. Takes about a
 * hundred bytes of memory for each person.
 *
 * @throws BrokenFile naming file and line; BackupRefused when a file is missing or another one.
 */
export async function checkBackup(
  places: BackupPlaces,
  onProgress: (events: number, of: number) => void,
): Promise<CheckedBackup> {
  const { folder } = places
  const manifest = await readManifest(folder)
  const isListed = (name: string): boolean => manifest.files.some((file) => file.name === name)
  const inFolder = (name: string): string => path.join(folder, name)
  const keys = places.keys ?? inFolder(backupFiles.keys)
  const hasCredentials = places.credentials !== false && isListed(backupFiles.credentials)
  const credentials = hasCredentials ? inFolder(backupFiles.credentials) : undefined
  const notHere = [
    ...(places.keys === undefined ? [] : [backupFiles.keys]),
    ...(hasCredentials ? [] : [backupFiles.credentials]),
  ]
  const here = manifest.files.filter(({ name }) => !notHere.some((one) => one === name))
  await assertThere(here, folder)
  const lists = [inFolder(backupFiles.erasures), ...places.erasures]
  const subjects = new Set<string>()
  const erasures = await gatherErasures(lists, destroyedIn(keys, subjects))
  for (const subject of erasures.keys()) subjects.add(subject)
  for await (const _ of recordsOf(RECORDS.format, inFolder(backupFiles.records)));
  if (credentials !== undefined) for await (const _ of recordsOf(CREDENTIALS.format, credentials));
  const log = await checkLog(inFolder(backupFiles.log), subjects, (events) =>
    onProgress(events, manifest.log.count),
  )
  if (log.count !== manifest.log.count || log.sha256 !== manifest.log.sha256) {
    throw new BackupRefused(
      `${inFolder(backupFiles.log)} is not the log that the manifest tells of`,
    )
  }
  await assertAsListed(here, folder)
  return {
    manifest,
    files: {
      log: inFolder(backupFiles.log),
      keys,
      records: inFolder(backupFiles.records),
      credentials,
      tokens: isListed(backupFiles.tokens) ? inFolder(backupFiles.tokens) : undefined,
    },
    erasures,
    log,
  }
}

/** The records of a file; what is wrong in it is told with its name. */
export async function* recordsOf<T>(format: Format, file: string): AsyncGenerator<T, Summary> {
  try {
    const records = readHashedLines(format, readBackupFile(file))
    for (;;) {
      const { done, value } = await records.next()
      if (done === true) return value
      yield value as T
    }
  } catch (error) {
    if (error instanceof BrokenFile) throw new BrokenFile(error.line, error.reason, file)
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new BackupRefused(`${file} is missing`)
  }
}

/** Subjects whose key the file says was destroyed; it notes every subject of the file. */
async function* destroyedIn(file: string, subjects: Set<string>): AsyncGenerator<Erasure> {
  for await (const key of recordsOf<ExportedKey>(KEYS_EXPORT, file)) {
    const { subject, wrapped, createdAt, destroyedAt } = key
    subjects.add(subject)
    if (wrapped !== null) continue
    yield { subject, erasedAt: new Date(destroyedAt ?? createdAt).toISOString() }
  }
}

async function checkLog(
  file: string,
  subjects: ReadonlySet<string>,
  onProgress: (events: number) => void,
): Promise<Summary> {
  const events = recordsOf<ExportedEvent>(LOG_EXPORT, file)
  for (let ordinal = 1; ; ordinal++) {
    const { done, value } = await events.next()
    if (done === true) return value
    if (value.ordinal !== ordinal) {
      const reason = `event ${value.ordinal} stands where ${ordinal} should`
      throw new BrokenFile(ordinal + 1, reason, file)
    }
    const missing = Object.keys(sealedParts(value.data) ?? {}).find((one) => !subjects.has(one))
    if (missing !== undefined) {
      throw new BackupRefused(
        `${file}, line ${ordinal + 1}: the key of ${missing} is in no file. Give the keys of this backup, or of a later one, with --keys`,
      )
    }
    if (ordinal % 1000 === 0) onProgress(ordinal)
  }
}

const remedies: Readonly<Record<string, string>> = {
  [backupFiles.keys]: '. If it is kept elsewhere, name it with --keys',
  [backupFiles.credentials]:
    '. Put it back, or say --no-credentials: then everybody needs a new password, and programs new keys',
}

/** Files that lie elsewhere are told by their hashes alone. */
async function assertThere(files: Manifest['files'], folder: string) {
  for (const { name } of files) {
    await access(path.join(folder, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
      throw new BackupRefused(`${path.join(folder, name)} is missing${remedies[name] ?? ''}`)
    })
  }
}

/** After their lines: whatever can be told of by line has been. */
async function assertAsListed(files: Manifest['files'], folder: string) {
  for (const { name, sha256 } of files) {
    if ((await examineFile(folder, name)).sha256 === sha256) continue
    throw new BackupRefused(
      `${path.join(folder, name)} is not as it was written: its SHA-256 is not ${sha256}`,
    )
  }
}
