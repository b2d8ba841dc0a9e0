import { crmAnalytics } from '../crm/analytics.ts'
import { financeAnalytics } from '../finance/analytics.ts'
import type { Analytics, Measure, SnapshotField } from './measure.ts'

/** The contexts that have figures for users and days, in the order in which a snapshot shows them. */
const contexts: readonly Analytics[] = [crmAnalytics, financeAnalytics]

export const measures: readonly Measure[] = contexts.flatMap((context) => context.measures)

/** The fields of a daily snapshot by their names. */
export const snapshotFields: ReadonlyMap<string, SnapshotField> = new Map(
  contexts.flatMap(({ fields }) => Object.entries(fields)),
)

/** Higher with each context that is added, and with each version that is raised. */
export const version: number = contexts.reduce((sum, context) => sum + context.version, 0)
