import t from 'tap'
import { z } from 'zod'
import { impersonalText, personal, personalData } from '#domain/event-schema.ts'
import { eventCatalogue } from '#domain/events.ts'
import { heldOnSubjects, subjectFields } from '#domain/subjects.ts'
import { personalFields } from '#log/personal-data.ts'

t.test('every personal field of an event is declared, as what it is held on', async (t) => {
  const annotated = Object.entries(eventCatalogue).flatMap(([type, schema]) =>
    personalFields(schema).map(({ field, subject }) => `${type}.${field} of ${subject}`),
  )
  const declared = heldOnSubjects.flatMap(({ subject, fields }) =>
    Object.entries(fields).flatMap(([type, names]) =>
      names.map((field) => `${type}.${field} of ${subjectFields[subject]}`),
    ),
  )
  t.same(declared.toSorted(), annotated.toSorted())
  t.equal(new Set(declared).size, declared.length, 'by one context each')
})

t.test('every text of an event is personal, or it is said why it cannot be', async (t) => {
  const unclear = Object.entries(eventCatalogue).flatMap(([type, schema]) =>
    freeTexts(schema, type),
  )
  t.same(unclear, [], 'wrap it in personal() or impersonal()')
})

t.test('a text that nobody thought of is found wherever it stands', async (t) => {
  const text = z.string().max(500)
  const schema = z.object({
    customerId: z.enum(['a']),
    note: text.optional(),
    lines: z.array(z.object({ said: text.nullable() })),
    either: z.union([z.int(), z.object({ told: text })]),
    byKey: z.record(z.string(), z.unknown()),
    known: personal('customerId', text).nullable().optional(),
    day: z.string().regex(/^\d+$/),
  })
  t.same(freeTexts(schema, 'X'), [
    'X.note',
    'X.lines.said',
    'X.either.told',
    'X.byKey: a kind of schema that nobody has looked into',
  ])
})

/** Texts that are neither of a pattern nor annotated. */
function freeTexts(schema: z.ZodType, path: string): readonly string[] {
  if (personalData.has(schema) || impersonalText.has(schema)) return []
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) {
    return freeTexts(schema.unwrap() as z.ZodType, path)
  }
  if (schema instanceof z.ZodObject) {
    return Object.entries(schema.shape).flatMap(([name, field]) =>
      freeTexts(field as z.ZodType, `${path}.${name}`),
    )
  }
  if (schema instanceof z.ZodArray) return freeTexts(schema.element as z.ZodType, path)
  if (schema instanceof z.ZodUnion) {
    return schema.options.flatMap((option) => freeTexts(option as z.ZodType, path))
  }
  if (schema instanceof z.ZodString) return hasPattern(schema) ? [] : [path]
  const isClosed =
    schema instanceof z.ZodEnum || schema instanceof z.ZodLiteral || schema instanceof z.ZodNumber
  const isOther = isClosed || schema instanceof z.ZodBoolean
  return isOther ? [] : [`${path}: a kind of schema that nobody has looked into`]
}

function hasPattern(schema: z.ZodString): boolean {
  const checks = schema.def.checks ?? []
  return checks.some((check) => check._zod.def.check === 'string_format')
}
