import { CREDIT_EVENTS, CREDIT_PROCESS, countCreditOf } from '#commands/finance/count-credit.ts'
import type { CommandHandler } from '#commands/handler.ts'
import type { Process } from './process.ts'

/** Payments above the debt, credit notes, cancellations and reversals move what a customer can spend. */
export function creditFollowsDocuments(handler: CommandHandler): Process {
  return {
    name: CREDIT_PROCESS,
    types: CREDIT_EVENTS,
    react: (event, context) => countCreditOf(handler, event, context),
  }
}
