/**
 * The EventStoreDB that was named cannot be used as it was named. The message says what is wrong and what
 * to do about it; the password is never part of it.
 */
export class EventStoreDbUnusable extends Error {
  override readonly name = 'EventStoreDbUnusable'
}
