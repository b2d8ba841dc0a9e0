import type { CommandHandler } from '#commands/handler.ts'
import { SETTINGS_ID } from '#commands/operation.ts'
import { settings } from '#domain/organisation/settings.ts'
import type { KeyedHash } from '#log/key-ring.ts'
import { contactHash } from '#projections/crm/contact-hash.ts'
import { customersByContact } from '#projections/crm/contact-queries.ts'
import { callerOf } from '../authentication.ts'
import type { Read } from '../reads.ts'

export interface ContactDeps {
  readonly read: Read
  readonly handler: Pick<CommandHandler, 'load'>
  readonly keyedHash: KeyedHash
}

/** By what somebody is looked for: what is given must all be theirs. */
export interface AskedContact {
  readonly phone?: string | undefined
  readonly email?: string | undefined
}

/** Who share one number or address: more than these are not searched by it. */
const MAX_FOUND = 1000

/**
 * The customers who have just this number and this address, however they are written; undefined when neither is
 * asked for. Only keyed hashes are compared, which are gone with a customer. A number without its country is
 * looked for as one of the organisation's, and as it was noted before the organisation had a calling code.
 */
export async function customersFound(
  { read, handler, keyedHash }: ContactDeps,
  request: Parameters<Read>[0],
  { phone, email }: AskedContact,
): Promise<readonly string[] | undefined> {
  if (phone === undefined && email === undefined) return undefined
  const { organisation } = callerOf(request)
  const { state } = await handler.load(settings, organisation, SETTINGS_ID)
  const { callingCode } = state
  const hashes = [
    phone === undefined
      ? undefined
      : [callingCode, null].map((code) =>
          contactHash(keyedHash, { organisation, callingCode: code }, 'phone', phone),
        ),
    email === undefined ? undefined : [contactHash(keyedHash, { organisation }, 'email', email)],
  ].filter((asked) => asked !== undefined)
  const { found } = await read(request, 'crm_contacts', (db) =>
    Promise.all(
      hashes.map((some) =>
        customersByContact(
          db,
          some.filter((hash) => hash !== undefined),
          MAX_FOUND,
        ),
      ),
    ),
  )
  const [first = [], ...others] = found
  return first.filter((id) => others.every((ids) => ids.includes(id)))
}
