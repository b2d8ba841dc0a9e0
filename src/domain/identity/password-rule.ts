import { Rejection } from '../rejection.ts'

/**
 * What a password must be, after NIST SP 800-63B-4: long, of any characters, with no rule of how they are
 * mixed; and none that is tried first by whoever guesses, as digits alone are, which are days and telephones.
 */
export const PASSWORD_LENGTH = { least: 15, most: 256 } as const

/** Of fewer different characters it is a pattern, however long. */
const DIFFERENT_CHARACTERS = 5

/** Beginnings that are tried first. What only repeats them, or goes on with digits or signs, is as easily found. */
const TRIED_FIRST = [
  'abcdefghijklmnopqrstuvwxyz',
  'qwertyuiopasdfghjklzxcvbnm',
  'qwertzuiopasdfghjklyxcvbnm',
  'azertyuiopqsdfghjklmwxcvbn',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm',
  'q1w2e3r4t5y6u7i8o9p0',
  'password',
  'passwort',
  'passphrase',
  'correcthorsebatterystaple',
  'iloveyou',
  'letmein',
  'welcome',
  'changeme',
  'administrator',
  'daybook',
] as const

/** Whom it must not simply name. */
export interface PasswordOwner {
  readonly email: string
  readonly name?: string | undefined
}

/** As it is hashed: typed on another keyboard, the same characters may come in other code points. */
export function normalisedPassword(password: string): string {
  return password.normalize('NFKC')
}

/** @throws Rejection PASSWORD_TOO_SHORT, PASSWORD_TOO_LONG, PASSWORD_TOO_COMMON */
export function checkPassword(
  password: string,
  { email, name = '' }: PasswordOwner,
  field = 'password',
): void {
  // One for each code point, as the standard counts them.
  const characters = Array.from(normalisedPassword(password))
  const { least, most } = PASSWORD_LENGTH
  if (characters.length < least) throw new Rejection('PASSWORD_TOO_SHORT', { least }, field)
  if (characters.length > most) throw new Rejection('PASSWORD_TOO_LONG', { most }, field)
  const letters = characters.join('').toLowerCase()
  const own = [email, ...email.split('@'), name, ...name.split(' ')].map(plain)
  const isKnown = [...TRIED_FIRST, ...own.filter((word) => word.length > 3)].some((word) =>
    isMadeOf(plain(letters), word),
  )
  if (isKnown || new Set(letters).size < DIFFERENT_CHARACTERS) {
    throw new Rejection('PASSWORD_TOO_COMMON', {}, field)
  }
}

/** Letters alone, in lower case. */
function plain(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}]/gu, '')
}

/** Nothing but the word, the beginning of it, or several times the word; digits and signs were left out. */
function isMadeOf(letters: string, word: string): boolean {
  const rest = letters.replaceAll(word, '')
  return letters === '' || (rest !== letters && rest.length <= 2) || word.startsWith(letters)
}
