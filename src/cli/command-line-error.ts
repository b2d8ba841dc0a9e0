/** Why a command ended, and with it the exit code: 1 failure, 2 usage, 3 not found, 4 conflict, 5 refused. */
export const exitCodes = { failure: 1, usage: 2, not_found: 3, conflict: 4, refused: 5 } as const

/** Ends a command with a message for the person at the terminal, without a stack trace. */
export class CommandLineError extends Error {
  override readonly name = 'CommandLineError'
  readonly exitCode: number

  constructor(reason: keyof typeof exitCodes, message: string) {
    super(message)
    this.exitCode = exitCodes[reason]
  }
}
