import { z } from 'zod'
import type { Limits } from '#config'
import type { App } from '../app-type.ts'
import { answer, problems } from '../envelope.ts'
import { may } from '../permissions.ts'
import type { Read } from '../reads.ts'
import type { SourceFor } from '../sight.ts'
import { accountFigures, addAccountExplanations } from './accounts.ts'
import { rowFigures } from './documents.ts'
import { addEntryExplanation, entryFigures } from './entries.ts'
import type { FigureEntry } from './figures.ts'
import { addRowFigures, rowFigureEntries } from './rows.ts'
import { snapshotEntries } from './snapshots.ts'
import { statisticsEntries } from './statistics.ts'
import { addWalletExplanations, walletFigures } from './wallets.ts'

export interface ExplainDeps {
  readonly read: Read
  readonly sourceFor: SourceFor
  readonly limits: Limits
  /** UTC instant. */
  readonly clock: () => string
}

/** Every figure that can be explained. */
export const figures: readonly FigureEntry[] = [
  ...rowFigures.flatMap(rowFigureEntries),
  ...accountFigures,
  ...entryFigures,
  ...walletFigures,
  ...statisticsEntries,
  ...snapshotEntries,
]

const figureOut = z
  .strictObject({
    name: z.string(),
    href: z.string().describe('With {parameters} to fill in.'),
    shownAs: z.array(z.string()).describe('Fields of answers: Schema.field.'),
  })
  .meta({ id: 'Figure' })

/** What figures are made of, level by level down to events. */
export function addExplanations(app: App, deps: ExplainDeps): void {
  app.get(
    '/api/explain',
    {
      ...may('read'),
      schema: {
        tags: ['explain'],
        summary: 'Every figure that can be explained, and where',
        response: { 200: answer(z.array(figureOut), z.strictObject({})), ...problems },
      },
    },
    async () => ({
      success: true as const,
      data: figures.map((figure) => ({ ...figure, shownAs: [...figure.shownAs] })),
      meta: {},
    }),
  )
  for (const of of rowFigures) addRowFigures(app, deps, of)
  addAccountExplanations(app, deps)
  addEntryExplanation(app, deps)
  addWalletExplanations(app, deps)
}
