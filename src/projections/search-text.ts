/**
 * Text by which people search, made the same from what is stored and from what is asked: letters and
 * digits that only look different (case, width, Arabic and Persian forms) are one.
 */

const ARABIC_INDIC_ZERO = 0x0660
const PERSIAN_ZERO = 0x06f0
const LETTERS: Readonly<Record<string, string>> = { ي: 'ی', ى: 'ی', ك: 'ک', ة: 'ه', أ: 'ا', إ: 'ا' }

/** Letters and digits that only look different made one, marks of vowels left out. */
export function plainText(text: string): string {
  return (
    text
      .normalize('NFKC')
      .toLowerCase()
      .replace(/[يىكةأإ]/g, (letter) => LETTERS[letter] ?? letter)
      // Marks of vowels, and the stroke that only widens a word.
      .replace(/[\u064b-\u0652\u0640\u200c\u200d]/g, '')
      .replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => {
        const code = digit.charCodeAt(0)
        return String(code - (code >= PERSIAN_ZERO ? PERSIAN_ZERO : ARABIC_INDIC_ZERO))
      })
      .replace(/\s+/g, ' ')
      .trim()
  )
}

/** Everything by which a row can be found, in one column. */
export function searchText(parts: readonly (string | null | undefined)[]): string {
  return plainText(parts.filter((part) => part !== null && part !== undefined).join(' '))
}

/** A telephone number without what people put between its digits. */
export function digitsOf(phone: string): string {
  return phone.replace(/[\s().\-/]/g, '')
}

/** The words that a row's search text must all hold. */
export function searchWords(asked: string): readonly string[] {
  return plainText(asked.replaceAll('\u0000', ''))
    .split(' ')
    .filter((word) => word !== '')
    .slice(0, 10)
}
