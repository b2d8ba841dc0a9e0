import type { Test } from 'tap'
import { languages } from '#api/languages.ts'
import type { ApiAnswer } from './api.ts'
import { pick } from './server.ts'

/** Whoever signs in is refused, by the same code in each language. */
export async function isRefused(
  t: Test,
  code: string,
  answered: (headers: Readonly<Record<string, string>>) => Promise<ApiAnswer>,
): Promise<void> {
  const told = new Set<string>()
  for (const language of languages) {
    const answer = await answered({ 'accept-language': language })
    t.equal(answer.status, 401)
    t.equal(pick(answer, 'code'), code)
    t.equal(answer.headers['content-language'], language)
    told.add(pick(answer, 'detail'))
  }
  t.equal(told.size, languages.length)
}
