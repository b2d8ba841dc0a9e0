import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { promisify } from 'node:util'
import { HashingBusy, type PasswordHashing } from '#commands/identity/passwords.ts'

/**
 * Above what OWASP asks for argon2id (19 MiB and two passes); 50 to 100 ms on a server of today. Other
 * parameters may be taken at any time: each hash says its own.
 */
const NOW: Parameters = { memory: 32 * 1024, passes: 3, parallelism: 1 }
const SALT_BYTES = 16
const HASH_BYTES = 32
/** Passwords that may wait in this process, at most. */
const WAITING = 200

interface Parameters {
  /** KiB. */
  readonly memory: number
  readonly passes: number
  readonly parallelism: number
}

interface Hashed extends Parameters {
  readonly salt: Buffer
  readonly hash: Buffer
}

const derive = promisify(argon2)

/**
 * Argon2id off the main thread. The threads are those that files and names of hosts wait for as well, so
 * that only some of them are taken at once.
 */
export function argon2Passwords(parameters = NOW): PasswordHashing {
  const inTurn = turns(Math.max(1, Math.min(2, availableParallelism() - 1)))
  const hashed = async (password: string, like: Parameters, salt: Buffer, bytes: number) =>
    inTurn(() => derive('argon2id', argument(password, like, salt, bytes)))
  const dummy: Hashed = {
    ...parameters,
    salt: randomBytes(SALT_BYTES),
    hash: randomBytes(HASH_BYTES),
  }
  return {
    async hash(password) {
      const salt = randomBytes(SALT_BYTES)
      const hash = await hashed(password, parameters, salt, HASH_BYTES)
      return phcOf({ ...parameters, salt, hash })
    },
    async verify(password, phc) {
      const known = phc === undefined ? dummy : hashedOf(phc)
      const found = await hashed(password, known, known.salt, known.hash.length)
      const matches = timingSafeEqual(found, known.hash) && phc !== undefined
      return { matches, isOutdated: !isLike(known, parameters) }
    },
  }
}

function argument(message: string, like: Parameters, nonce: Buffer, tagLength: number) {
  const { memory, passes, parallelism } = like
  return { message, nonce, memory, passes, parallelism, tagLength }
}

function isLike(a: Parameters, b: Parameters): boolean {
  return a.memory === b.memory && a.passes === b.passes && a.parallelism === b.parallelism
}

/** `$argon2id$v=19$m=…,t=…,p=…$salt$hash`, in base64 without padding. */
function phcOf({ memory, passes, parallelism, salt, hash }: Hashed): string {
  const parameters = `m=${memory},t=${passes},p=${parallelism}`
  return `$argon2id$v=19$${parameters}$${unpadded(salt)}$${unpadded(hash)}`
}

const PHC = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w+/]+)\$([\w+/]+)$/

function hashedOf(phc: string): Hashed {
  const found = PHC.exec(phc)
  if (found === null) throw new Error('What is kept of a password is no hash of argon2id')
  const [, memory, passes, parallelism, salt = '', hash = ''] = found
  return {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    salt: Buffer.from(salt, 'base64'),
    hash: Buffer.from(hash, 'base64'),
  }
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '')
}

/** Does so many things at once, the others in the order in which they came. @throws HashingBusy */
function turns(atOnce: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let busy = 0
  return async (work) => {
    if (busy >= atOnce) {
      if (waiting.length >= WAITING) throw new HashingBusy()
      // Whoever ends leaves its place to the next.
      await new Promise<void>((resolve) => waiting.push(resolve))
    } else {
      busy += 1
    }
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) busy -= 1
      else next()
    }
  }
}
