import { LAST_REVISION } from './events.ts'

/** What of a stream's metadata changes how the stream reads. */
export interface StreamMetadata {
  readonly maxCount?: number | undefined
  /** Seconds. */
  readonly maxAge?: number | undefined
  readonly truncateBefore?: number | undefined
}

const FIELDS = {
  $maxCount: 'number',
  $maxAge: 'number',
  $tb: 'number',
  $cacheControl: 'number',
  $tmp: 'boolean',
  $acl: 'object',
}

export const SOFT_DELETED = `{"$tb":${LAST_REVISION}}`

export function parseObject(data: Uint8Array): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(data).toString('utf8'))
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
      ? Object.fromEntries(Object.entries(parsed))
      : undefined
  } catch {
    return undefined
  }
}

function hasWrongType(metadata: Record<string, unknown>): boolean {
  return Object.entries(FIELDS).some(
    ([name, type]) =>
      name in metadata &&
      // oxlint-disable-next-line valid-typeof -- the wanted type comes from the table
      (typeof metadata[name] !== type || (type === 'number' && !Number.isInteger(metadata[name]))),
  )
}

const atLeast = (minimum: number, value: unknown): number | undefined =>
  typeof value === 'number' && value >= minimum ? value : undefined

/** One field of a wrong type voids all of it; limits of 0 or less count as absent. */
export function parseMetadata(data: Uint8Array): StreamMetadata {
  const metadata = parseObject(data)
  if (!metadata || hasWrongType(metadata)) return {}
  return {
    maxCount: atLeast(1, metadata['$maxCount']),
    maxAge: atLeast(1, metadata['$maxAge']),
    truncateBefore: atLeast(0, metadata['$tb']),
  }
}

export const isSoftDeleted = (metadata: StreamMetadata): boolean =>
  (metadata.truncateBefore ?? 0) >= Number(LAST_REVISION)
