import type { Erasable } from '#domain/crm/customer/erase.ts'
import { type Customer, customer } from '#domain/crm/customer.ts'
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
  /** For what is new business with them. */
  readonly customer?: Erasable | undefined
}

/** A command of a wallet that is open, as an operation is asked for it: today unless said. */
export type WalletRequest = Asked<Exclude<WalletCommand, { readonly type: 'OpenWallet' }>>
type Asked<Command> = Command extends WalletCommand
  ? Omit<Command, keyof Moment> & { readonly occurredOn?: string | undefined }
  : never

/** Those that set something to what it may be already. */
const settings: ReadonlySet<WalletRequest['type']> = new Set([
  'ChangeCreditLimit',
  'SuspendWallet',
  'ResumeWallet',
])

/** What is not to be recorded of somebody who is to be erased. All else settles what is there already. */
const newBusiness: ReadonlySet<WalletRequest['type']> = new Set([
  'TopUpWallet',
  'DebitWallet',
  'HoldFunds',
  'ChangeCreditLimit',
])

/**
 * Whatever is new business is refused of a customer who is to be erased: in the process that approved the
 * erasure from then on, in another a minute later at most. What comes there in between is recorded, and stays:
 * as anything of the wallet it is found when the person is erased, at the end of a term, or ten minutes after
 * an erasure. A command that was accepted before is answered as it was then.
 *
 * @throws Rejection WALLET_UNKNOWN, CUSTOMER_RESTRICTED, CUSTOMER_ERASED, and what the wallet refuses
 */
export async function commandWallet(
  deps: Pick<OperationDeps, 'handler'>,
  request: WalletRequest,
  context: CommandContext,
  options?: HandleOptions,
): Promise<CommandOutcome<WalletEvent>> {
  const { today } = await organisationFacts(deps, context)
  const moment: Moment = { occurredOn: request.occurredOn ?? today, today, now: context.now }
  const facts = newBusiness.has(request.type)
    ? { ...moment, customer: await customerOf(deps, context.organisation, request.walletId) }
    : moment
  const command = { ...request, ...facts } as WalletCommand
  const mayChangeNothing = settings.has(request.type)
  const how = mayChangeNothing ? { ...options, mayChangeNothing } : options
  return deps.handler.handle(wallet, request.walletId, command, context, how)
}

/**
 * Whose wallet it is, as known at most a minute ago: a look into memory for whoever is about. Were the log asked
 * more often, a debit would mostly read two streams instead of none.
 *
 * @throws Rejection WALLET_UNKNOWN
 */
async function customerOf(
  deps: Pick<OperationDeps, 'handler'>,
  organisation: string,
  walletId: string,
): Promise<Erasable | undefined> {
  const { customerId } = await knownWallet(deps, organisation, walletId)
  const age = { age: 'minute' } as const
  const { state }: { readonly state: Customer } = await deps.handler.load(
    customer,
    organisation,
    customerId,
    age,
  )
  return state.registration === 'registered' ? state : undefined
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
