import { z } from 'zod'
import type { App } from '../app-type.ts'
import { answer, problems } from '../envelope.ts'
import { httpStatus, type ProblemCode } from '../errors.ts'
import { acceptedLanguage } from '../languages.ts'
import { messageTemplate, titleOf } from '../messages/index.ts'
import { may } from '../permissions.ts'

const explained = z.strictObject({
  code: z.string(),
  status: z.int(),
  title: z.string(),
  detail: z.string(),
})

/** What each problem's `type` leads to: the list of all codes, which callers may rely on. */
export function addProblemRoutes(app: App): void {
  app.get(
    '/api/problems',
    {
      ...may('public'),
      schema: {
        tags: ['operations'],
        summary: 'Every problem code with its status and message',
        security: [],
        response: { 200: answer(z.array(explained), z.strictObject({})), ...problems },
      },
    },
    async (request) => {
      const language = acceptedLanguage(request.headers) ?? 'en'
      const codes = Object.keys(httpStatus) as ProblemCode[]
      return {
        success: true as const,
        data: codes.map((code) => explain(code, language)),
        meta: {},
      }
    },
  )
  app.get(
    '/api/problems/:code',
    {
      ...may('public'),
      schema: {
        tags: ['operations'],
        summary: 'One problem code',
        security: [],
        params: z.strictObject({ code: z.enum(Object.keys(httpStatus) as ProblemCode[]) }),
        response: { 200: answer(explained, z.strictObject({})), ...problems },
      },
    },
    async (request) => {
      const language = acceptedLanguage(request.headers) ?? 'en'
      return { success: true as const, data: explain(request.params.code, language), meta: {} }
    },
  )
}

function explain(code: ProblemCode, language: Parameters<typeof titleOf>[0]) {
  const status = httpStatus[code]
  return { code, status, title: titleOf(language, status), detail: messageTemplate(language, code) }
}
