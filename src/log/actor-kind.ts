/**
 * Who may stand as `actor` in an event's metadata: a process as `process:<name>`; whatever brings
 * records in as `cli:<account>`, or `sample`; a program with an API key
 * as `key:<id>`; everybody else is a person, by the name of the token that was presented, or by `--actor`
 * on the command line.
 */
export const actorKinds = ['person', 'process', 'machine', 'import'] as const
export type ActorKind = (typeof actorKinds)[number]

const OF_API_KEY = 'key:'

export function actorKindOf(actor: string): ActorKind {
  if (actor.startsWith('process:')) return 'process'
  if (actor.startsWith(OF_API_KEY)) return 'machine'
  return actor.startsWith('cli:') || actor === 'sample' ? 'import' : 'person'
}

/** As events name whoever uses a key: its name could name a person. */
export function apiKeyActor(apiKeyId: string): string {
  return OF_API_KEY + apiKeyId
}

/** The API key that an actor uses; undefined of everybody else. */
export function apiKeyOfActor(actor: string): string | undefined {
  return actor.startsWith(OF_API_KEY) ? actor.slice(OF_API_KEY.length) : undefined
}
