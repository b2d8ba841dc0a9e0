import { LogDamaged } from '#log/errors.ts'

/**
 * The EventStoreDB that was named cannot be used as it was named. The message says what is wrong and what
 * to do about it; the password is never part of it.
 */
export class EventStoreDbUnusable extends Error {
  override readonly name = 'EventStoreDbUnusable'
}

/** Streams are never shortened by Daybook. */
export const streamDamaged = (stream: string, options?: ErrorOptions): LogDamaged =>
  new LogDamaged(`stream ${stream} was truncated or deleted in EventStoreDB`, options)
