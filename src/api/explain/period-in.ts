import { z } from 'zod'
import { isPeriod } from '#projections/period.ts'
import { fieldIssue } from '../validation.ts'

/** A month or a day that exists. */
export const periodIn = z
  .string()
  .transform((text, context): string => {
    if (/^\d{4}-\d{2}(-\d{2})?$/.test(text) && isPeriod(text)) return text
    context.addIssue(fieldIssue('DATE_INVALID'))
    return z.NEVER
  })
  .meta({ type: 'string', examples: ['2026-11', '2026-11-21'] })
