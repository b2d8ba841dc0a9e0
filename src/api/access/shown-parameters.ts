import type { FastifyRequest } from 'fastify'
import type { RecordedAccess } from '#domain/access/access-record.ts'
import { aggregates } from '#domain/aggregates.ts'
import { parseStreamName } from '#log/stream-name.ts'
import { personalPartsOf } from '../personal-queries.ts'

/** What stands in the record for what could be anything, be it the name of a person. */
export const HIDDEN = '…'

/** By what somebody can be known or found, and what callers make up. */
const NEVER_SHOWN = new Set(['key', 'phone', 'email', 'search'])

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const FLAG = /^(true|false)$/
const TIME = /^\d{4}-\d{2}(-\d{2}(T[\d:.]{5,18}Z)?)?$/
const forms = [UUID, FLAG, TIME]

/** Parameters that take nothing but a number; of any other, a number may be that of a telephone. */
const COUNTED = new Set([
  'amount_from',
  'amount_to',
  'depth',
  'from',
  'hold',
  'known_at',
  'late_days',
  'limit',
  'number',
  'ordinal',
  'revision',
  'size',
  'to',
])
const NUMBER = /^-?\d{1,18}(\.\d{1,4})?$/
/** Parameters that take nothing but what is in a list of ours, or of a form of ours. */
const LISTED = new Set([
  'account',
  'actor_kind',
  'currency',
  'days_off',
  'direction',
  'figure',
  'format',
  'kind',
  'out_of_hours',
  'period',
  'role',
  'type',
])
const LISTED_FORM = /^[A-Za-z0-9_.,:-]{1,300}$/
/** Enough to see whether many were tried, and too short for most numbers that people have. */
const SEED = /^\d{1,6}$/
/** An id, a month, or a keyed hash: what stands in the names of streams. */
const STREAM_ID = /^([0-9a-f-]{36}(\.[A-Z]{3})?|\d{4}-\d{2}|settings|tiers|[A-Za-z0-9_-]{43})$/

/**
 * What was asked for, in path and query. The record is kept for ever, and what is asked for may be the name
 * or the number of a person: ids that we made, numbers, times and what stands in our own lists are shown,
 * of the rest only that it was asked.
 */
export function shownParameters(request: FastifyRequest): RecordedAccess['asked'] {
  const personal = new Set(personalPartsOf(request))
  const asked = { ...(request.params as object), ...(request.query as object) }
  return Object.entries(asked)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ({
      name,
      value: personal.has(name) ? HIDDEN : shown(name, [value].flat().join(',')),
    }))
}

function shown(name: string, value: string): string {
  return !NEVER_SHOWN.has(name) && isOurs(name, value) ? value : HIDDEN
}

function isOurs(name: string, value: string): boolean {
  if (forms.some((form) => form.test(value))) return true
  if (name === 'stream') return STREAM_ID.test(parseStreamName(value)?.id ?? '')
  if (name === 'category') return aggregates.has(value)
  if (name === 'seed') return SEED.test(value)
  return (COUNTED.has(name) && NUMBER.test(value)) || (LISTED.has(name) && LISTED_FORM.test(value))
}
