import type { IncomingHttpHeaders } from 'node:http'

export const languages = ['en', 'ar', 'fa'] as const
export type Language = (typeof languages)[number]

/**
 * The first of our languages that `Accept-Language` asks for (RFC 9110, section 12.5.4); undefined when
 * it names none of them, so that the organisation's own language is taken.
 */
export function acceptedLanguage(headers: IncomingHttpHeaders): Language | undefined {
  const ranges = (headers['accept-language'] ?? '')
    .slice(0, 1000)
    .split(',')
    .map((range) => {
      const [tag = '', ...parameters] = range.split(';').map((part) => part.trim())
      const quality = parameters.find((parameter) => parameter.startsWith('q='))
      return {
        tag: tag.toLowerCase(),
        quality: quality === undefined ? 1 : Number(quality.slice(2)),
      }
    })
    .filter(({ quality }) => quality > 0)
    .toSorted((a, b) => b.quality - a.quality)
  for (const { tag } of ranges) {
    const found = languages.find((language) => tag === language || tag.startsWith(`${language}-`))
    if (found !== undefined) return found
  }
  return undefined
}
