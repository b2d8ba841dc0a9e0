import { owedAgain, REVERSAL_PROCESS } from '#commands/finance/reverse-write-off.ts'
import type { CommandHandler } from '#commands/handler.ts'
import { organisationFacts } from '#commands/operation.ts'
import type { Process } from './process.ts'

/** The sale of a write-off that was reversed owes that amount again. */
export function saleOwesAgain(handler: CommandHandler): Process {
  return {
    name: REVERSAL_PROCESS,
    types: ['BadDebtWriteOffReversed'],
    async react(event, context) {
      const { today } = await organisationFacts({ handler }, context)
      await owedAgain(handler, event, { ...context, today })
    },
  }
}
