import { randomFillSync } from 'node:crypto'
import { v7 } from 'uuid'

const ID_BYTES = 16
const pool = new Uint8Array(256 * ID_BYTES)
let used = pool.length

/** A UUID (version 7) for a request. Random bytes cost a call of the system: they are fetched for many at once. */
export function requestId(): string {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const random = pool.subarray(used, used + ID_BYTES)
  used += ID_BYTES
  return v7({ random })
}
