import process from 'node:process'
import { Command, CommanderError } from 'commander'
import { fatalMessage } from '../fatal-message.ts'
import { CommandLineError, exitCodes } from './command-line-error.ts'
import { apiKeyCommands } from './commands/api-keys.ts'
import { backupCommands } from './commands/backup.ts'
import { doctorCommand } from './commands/doctor.ts'
import { identityCommands } from './commands/identity.ts'
import { importCommands } from './commands/import.ts'
import { keyCommands } from './commands/keys.ts'
import { logCommands } from './commands/log.ts'
import { projectionCommands } from './commands/projections.ts'

/**
 * The `daybook` command: noun, then verb. Data goes to standard output, messages to standard error;
 * exit codes are 0 ok, 1 failure, 2 usage, 3 not found, 4 conflict, 5 refused.
 */
const program = new Command('daybook')
  .description('Works on the log under the configuration of the server, beside a running one too.')
  .option('--json', 'answer in JSON')
  .option('--actor <name>', 'who does it, as events will say (default: cli:<account>)')
  .exitOverride()
  .showHelpAfterError()

identityCommands(program)
importCommands(program)
projectionCommands(program)
logCommands(program)
keyCommands(program)
apiKeyCommands(program)
backupCommands(program)
doctorCommand(program)

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = failed(error)
}

function failed(error: unknown): number {
  // Commander has said what is wrong; asking for help is no failure.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage
  process.stderr.write(`daybook: ${fatalMessage(error)}\n`)
  return error instanceof CommandLineError ? error.exitCode : exitCodes.failure
}
