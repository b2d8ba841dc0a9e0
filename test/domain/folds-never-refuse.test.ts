import { readFileSync } from 'node:fs'
import t from 'tap'
import { accessEvents, accessRecord } from '#domain/access/access-record.ts'
import { customer, customerEvents } from '#domain/crm/customer.ts'
import { customerNumber, customerNumberEvents } from '#domain/crm/customer-number.ts'
import type { Decider, DomainEvent } from '#domain/decider.ts'
import { wallet, walletEvents } from '#domain/wallet/wallet.ts'
import { eventCatalogue } from '#domain/events.ts'
import { badDebt, badDebtEvents } from '#domain/finance/bad-debt.ts'
import { creditNote, creditNoteEvents } from '#domain/finance/credit-note.ts'
import { customerCredit, customerCreditEvents } from '#domain/finance/customer-credit.ts'
import { sale, saleEvents } from '#domain/finance/sale.ts'
import { unmaskings, unmaskingsEvents } from '#domain/identity/unmaskings.ts'
import { apiKey, apiKeyEvents } from '#domain/identity/api-key.ts'
import { members, membersEvents } from '#domain/identity/members.ts'
import { user, userEvents } from '#domain/identity/user.ts'
import { userEmail, userEmailEvents } from '#domain/identity/user-email.ts'
import { userIdentity, userIdentityEvents } from '#domain/identity/user-identity.ts'
import { commissionTiers, commissionTiersEvents } from '#domain/organisation/commission-tiers.ts'
import { maintenance, maintenanceEvents } from '#domain/organisation/maintenance.ts'
import { settings, settingsEvents } from '#domain/organisation/settings.ts'
import { personLink, personLinkEvents } from '#domain/privacy/person-link.ts'

/** Facts are facts: whatever order they come in, folding them throws nothing and makes plain JSON. */
function folds<State, Command, Event extends DomainEvent>(
  decider: Decider<State, Command, Event>,
  events: object,
): string[] {
  const types = Object.keys(events)
  const facts = types.map((type) => {
    const file = new URL(`../fixtures/events/${type}.v1.json`, import.meta.url)
    return { type, data: JSON.parse(readFileSync(file, 'utf8')) as object } as unknown as Event
  })
  const unknown = { type: 'SomethingOfALaterVersion', data: {} } as unknown as Event
  t.test(`${decider.category} copes with any order of its facts`, async (t) => {
    for (const order of [facts, facts.toReversed(), [...facts, ...facts]]) {
      const state = [...order, unknown].reduce(decider.evolve, decider.initial)
      t.strictSame(withoutUndefined(state), JSON.parse(JSON.stringify(state)))
    }
  })
  return types
}

function withoutUndefined(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
  return Object.fromEntries(fields.map(([name, field]) => [name, withoutUndefined(field)]))
}

const known = [
  ...folds(settings, settingsEvents),
  ...folds(commissionTiers, commissionTiersEvents),
  ...folds(apiKey, apiKeyEvents),
  ...folds(customer, customerEvents),
  ...folds(customerNumber, customerNumberEvents),
  ...folds(personLink, personLinkEvents),
  ...folds(sale, saleEvents),
  ...folds(creditNote, creditNoteEvents),
  ...folds(badDebt, badDebtEvents),
  ...folds(customerCredit, customerCreditEvents),
  ...folds(wallet, walletEvents),
  ...folds(unmaskings, unmaskingsEvents),
  ...folds(accessRecord, accessEvents),
  ...folds(user, userEvents),
  ...folds(userEmail, userEmailEvents),
  ...folds(userIdentity, userIdentityEvents),
  ...folds(members, membersEvents),
  ...folds(maintenance, maintenanceEvents),
]

t.test('every type of the catalogue is some aggregate’s', async (t) => {
  t.strictSame(known.toSorted(), Object.keys(eventCatalogue).toSorted())
})
