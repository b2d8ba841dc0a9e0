import { z } from 'zod'
import type { CommandHandler } from '#commands/handler.ts'
import { type OperationDeps, SETTINGS_ID } from '#commands/operation.ts'
import { changeSettings } from '#commands/organisation/change-settings.ts'
import { retentionYears } from '#domain/crm/retention.ts'
import { CALLING_CODE, language, salesBasis, settings } from '#domain/organisation/settings.ts'
import type { App } from '../app-type.ts'
import { callerOf } from '../authentication.ts'
import { dataOf, doneAnswer } from '../command-answers.ts'
import type { RunCommand } from '../command-requests.ts'
import { answer, done, problems } from '../envelope.ts'
import { currencyIn } from '../fields.ts'
import { may } from '../permissions.ts'
import { etagOf } from '../revisions.ts'
import { written } from '../written.ts'

export interface SettingsDeps {
  readonly handler: Pick<CommandHandler, 'load'>
  readonly operations: OperationDeps
  readonly run: RunCommand
}

const fields = {
  timeZone: z
    .string()
    .min(1)
    .max(64)
    .describe('An IANA name; its days are the organisation’s days.'),
  baseCurrency: currencyIn,
  language,
  basis: salesBasis.describe('Our own goods (principal), or sales we broker (agent).'),
  paymentTermsDays: z.int().min(0).max(3650),
  callingCode: written(CALLING_CODE, '966')
    .nullable()
    .describe(
      'Of telephone numbers that do not say their country: `966`. Those noted before stay.',
    ),
  retentionYears: z
    .strictObject(retentionYears.shape)
    .describe(
      'For how many years documents of each kind are kept, from the end of the calendar year of their last entry; 0: not at all. Of who is to be erased, these are shown to few until then.',
    ),
  erasureNeedsApproval: z
    .boolean()
    .describe('Whether a second person has to approve that somebody is erased.'),
}
const settingsOut = z.strictObject(fields).meta({ id: 'Settings' })
const settingsIn = z
  .strictObject({ ...fields, retentionYears: fields.retentionYears.partial() })
  .partial()
const changedOut = z
  .strictObject({ changed: z.strictObject(fields).partial() })
  .meta({ id: 'SettingsChanged' })

/** What holds for the organisation from here on. */
export function addSettings(app: App, { handler, operations, run }: SettingsDeps): void {
  const tags = ['organisation']
  app.get(
    '/api/settings',
    {
      ...may('read'),
      schema: {
        tags,
        summary: 'The organisation’s settings',
        response: { 200: answer(settingsOut, z.strictObject({ revision: z.int() })), ...problems },
      },
    },
    async (request, reply) => {
      const { organisation } = callerOf(request)
      const found = await handler.load(settings, organisation, SETTINGS_ID, { age: 'now' })
      reply.header('etag', etagOf(found.revision))
      // Its name was settled with it, and is no setting.
      const { name: _, ...data } = found.state
      return { success: true as const, data, meta: { revision: found.revision } }
    },
  )
  app.patch(
    '/api/settings',
    {
      ...may('administer'),
      schema: {
        tags,
        summary: 'Change settings; what is absent stays',
        body: settingsIn,
        response: { 200: done(changedOut), ...problems },
      },
    },
    async (request, reply) => {
      const outcome = await run(request, reply, (context, options) =>
        changeSettings(operations, request.body, context, options),
      )
      const { organisation: _, ...changed } =
        dataOf(outcome.events, 'OrganisationSettingsChanged') ?? {}
      return doneAnswer(outcome, { changed })
    },
  )
}
