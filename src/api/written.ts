import { z } from 'zod'
import { fieldIssue } from './validation.ts'

/** Text of one form, of which an example is told to whoever sends another. */
export function written(form: RegExp, example: string) {
  return z
    .string()
    .superRefine((text, context) => {
      if (!form.test(text)) context.addIssue(fieldIssue('FORMAT_WRONG', { example }))
    })
    .meta({ pattern: form.source, examples: [example] })
}
