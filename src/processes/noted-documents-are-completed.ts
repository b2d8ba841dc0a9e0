import type { CommandContext, CommandHandler } from '#commands/handler.ts'
import { badDebt } from '#domain/finance/bad-debt.ts'
import { creditNote } from '#domain/finance/credit-note.ts'
import type { EventMetadata } from '#log/event-store.ts'
import { ABANDONED_AFTER_MS } from './abandoned-work-is-released.ts'
import type { Process } from './process.ts'

/**
 * A credit note or a bad debt that its sale has noted is completed, when a crash came in between and
 * nobody asked again: else the sale would say less is owed, and the books not. It is the command's own
 * work, under its id: should it be sent again after all, it gets what was completed as its answer.
 */
export function notedDocumentsAreCompleted(
  handler: CommandHandler,
  delayMs: number = ABANDONED_AFTER_MS,
): Process {
  return {
    name: 'noted_documents_are_completed',
    types: ['SaleCredited', 'SaleDebtWrittenOff'],
    delayMs,
    async react({ type, data, metadata }, reaction) {
      const context = contextOf(metadata, reaction)
      if (type === 'SaleCredited') {
        const command = { type: 'IssueNotedCreditNote', noted: data } as const
        await handler.handle(creditNote, data.creditNoteId, command, context)
      }
      if (type === 'SaleDebtWrittenOff') {
        const command = { type: 'WriteOffNotedBadDebt', noted: data } as const
        await handler.handle(badDebt, data.badDebtId, command, context)
      }
    },
  }
}

/** Of the command that noted it; without a key of its caller's, it has no body to compare. */
function contextOf(
  { commandId, bodyHash }: EventMetadata,
  { organisation, actor, correlationId, causationId, now }: CommandContext,
): CommandContext {
  const reaction = { organisation, actor, correlationId, now, commandId }
  return {
    ...reaction,
    ...(causationId !== undefined && { causationId }),
    ...(bodyHash !== undefined && { bodyHash }),
  }
}
