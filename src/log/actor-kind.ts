/**
 * Who may stand as `actor` in an event's metadata: a process as `process:<name>`; whatever brings
 * records in as `cli:<account>`, or `sample`; a program with an API key
 * as `key:<id>`; everybody else is a person, by the name of the token that was presented, or by `--actor`
 * on the command line.
 */
export const actorKinds = ['person', 'process', 'machine', 'import'] as const
export type ActorKind = (typeof actorKinds)[number]

export function actorKindOf(actor: string): ActorKind {
  if (actor.startsWith('process:')) return 'process'
  if (actor.startsWith('key:')) return 'machine'
  return actor.startsWith('cli:') || actor === 'sample' ? 'import' : 'person'
}
