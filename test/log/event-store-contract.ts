import type { Test } from 'tap'
import {
  appendsAreOrdered,
  callsKeepTheirOrder,
  repeatsAreAnsweredAsTheFirstTime,
} from './contract/appends.ts'
import { manyWriteAndRead, theServerIsKilled } from './contract/crowds.ts'
import { whatIsStoredComesBack, whatMayNotBeStoredIsRefused } from './contract/limits.ts'
import type { LogUnderTest } from './contract/log-under-test.ts'
import { eventsAreReadByReference, streamsAreRead, theLogIsRead } from './contract/reads.ts'
import { subscriptionsFollowTheLog, subscriptionsMayBeSlow } from './contract/subscriptions.ts'

export type { LogUnderTest } from './contract/log-under-test.ts'

/**
 * What every adapter of the log promises, whichever store is behind it. Takes a log that may hold
 * anything and be written to by others; streams are named anew in each run.
 */
export async function eventStoreContract(t: Test, log: LogUnderTest): Promise<void> {
  const parts: Readonly<Record<string, (t: Test, log: LogUnderTest) => Promise<void>>> = {
    'appends are ordered': appendsAreOrdered,
    'calls keep their order': callsKeepTheirOrder,
    'repeats are answered as the first time': repeatsAreAnsweredAsTheFirstTime,
    'what is stored comes back': whatIsStoredComesBack,
    'what may not be stored is refused': whatMayNotBeStoredIsRefused,
    'streams are read': streamsAreRead,
    'the log is read': theLogIsRead,
    'events are read by reference': eventsAreReadByReference,
    'subscriptions follow the log': subscriptionsFollowTheLog,
    'subscriptions may be slow': subscriptionsMayBeSlow,
    'many write and read at the same time': manyWriteAndRead,
    'the server is killed': theServerIsKilled,
  }
  await t.test(`the log: ${log.name}`, async (t) => {
    for (const [name, part] of Object.entries(parts)) await t.test(name, (t) => part(t, log))
  })
}
