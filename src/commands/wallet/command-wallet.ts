import { Rejection } from '#domain/rejection.ts'
import {
  type OpenedWallet,
  type WalletCommand,
  type WalletEvent,
  wallet,
} from '#domain/wallet/wallet.ts'
import type { CommandContext, CommandOutcome, HandleOptions } from '../handler.ts'
import { type OperationDeps, organisationFacts } from '../operation.ts'

/** What the moment of a command adds to it. */
interface Moment {
  readonly occurredOn: string
  readonly today: string
  readonly now: string
}

/** A command of a wallet that is open, as an operation is asked for it: today unless said. */
export type WalletRequest = Asked<Exclude<WalletCommand, { readonly type: 'OpenWallet' }>>
type Asked<Command> = Command extends WalletCommand
  ? Omit<Command, keyof Moment> & { readonly occurredOn?: string | undefined }
  : never

/** @throws Rejection WALLET_UNKNOWN, and what the wallet refuses */
export async function commandWallet(
  deps: Pick<OperationDeps, 'handler'>,
  request: WalletRequest,
  context: CommandContext,
  options?: HandleOptions,
): Promise<CommandOutcome<WalletEvent>> {
  const { today } = await organisationFacts(deps, context)
  const moment: Moment = { occurredOn: request.occurredOn ?? today, today, now: context.now }
  const command = { ...request, ...moment } as WalletCommand
  return deps.handler.handle(wallet, request.walletId, command, context, options)
}

/**
 * A wallet as it once was: good for what never changes, such as its currency.
 *
 * @throws Rejection WALLET_UNKNOWN
 */
export async function knownWallet(
  { handler }: Pick<OperationDeps, 'handler'>,
  organisation: string,
  walletId: string,
): Promise<OpenedWallet> {
  const cached = await handler.load(wallet, organisation, walletId, { age: 'any' })
  if (cached.state.status !== 'none') return cached.state
  const { state } = await handler.load(wallet, organisation, walletId, { age: 'now' })
  if (state.status === 'none') throw new Rejection('WALLET_UNKNOWN', { walletId })
  return state
}

type OfType<Type extends WalletEvent['type']> = Extract<WalletEvent, { readonly type: Type }>

/** What a later fact may name, and how callers know it. */
const kinds = {
  top_up: ['WalletToppedUp'],
  debit: ['WalletDebited', 'WalletHoldCaptured'],
} as const satisfies Readonly<Record<string, readonly WalletEvent['type'][]>>

/**
 * The fact that a movement is: the event at that place of the wallet's stream, which never changes.
 *
 * @throws Rejection WALLET_UNKNOWN, MOVEMENT_UNKNOWN
 */
export async function movementOf<Kind extends keyof typeof kinds>(
  deps: Pick<OperationDeps, 'handler'>,
  organisation: string,
  asked: { readonly walletId: string; readonly movement: string; readonly kind: Kind },
): Promise<OfType<(typeof kinds)[Kind][number]>['data']> {
  const { walletId, movement, kind } = asked
  await knownWallet(deps, organisation, walletId)
  const from = /^[1-9]\d{0,9}$/.test(movement) ? Number(movement) - 1 : -1
  const [found] =
    from < 0 ? [] : await deps.handler.history(wallet, organisation, walletId, 1, from)
  const types: readonly string[] = kinds[kind]
  if (found === undefined || !types.includes(found.type)) {
    throw new Rejection(
      'MOVEMENT_UNKNOWN',
      { movement, kind },
      kind === 'debit' ? 'debit' : 'topUp',
    )
  }
  return found.data as OfType<(typeof kinds)[Kind][number]>['data']
}
