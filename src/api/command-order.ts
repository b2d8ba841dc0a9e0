/** What a command asks, as its route's schemas parsed it. */
export interface Asked {
  readonly params: Readonly<Record<string, unknown>>
  readonly body: Readonly<Record<string, unknown>>
}

/**
 * How a command stands to the others of a bulk. Those that touch the same thing take effect in the
 * order of the bulk; others go at the same time. A route that says nothing of it touches everything: its
 * commands wait for all before them, and all after them wait for it.
 */
export interface CommandOrder {
  /**
   * Whatever its streams and the facts it is decided on belong to, such as `wallet:7`. Settings of the
   * organisation need not be named: who changes them touches everything.
   */
  readonly touches: (asked: Asked) => readonly string[]
  /**
   * It is one command on the stream of the one thing it touches, and what it gathers before does not
   * change with earlier commands on it: so they need not be waited for, and leave in one append.
   */
  readonly inGroups?: true
}

/** A command on one stream, which the route's `:id` names. */
export function onlyOn(thing: string): CommandOrder {
  return { ...inOrderOn(thing), inGroups: true }
}

/** A command on one stream that reads there what earlier commands did. */
export function inOrderOn(thing: string): CommandOrder {
  return { touches: ({ params }) => [`${thing}:${String(params['id'])}`] }
}
