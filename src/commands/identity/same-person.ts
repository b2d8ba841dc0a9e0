import { apiKey } from '#domain/identity/api-key.ts'
import { apiKeyOfActor } from '#log/actor-kind.ts'
import type { CommandHandler } from '../handler.ts'

type Deps = { readonly handler: Pick<CommandHandler, 'history'> }

/**
 * Whether two actors are one person where four eyes are wanted. A program with an API key is whoever issued that: they
 * were shown it, and can act by it. Where that was by another key, they are whoever issued the first. Whose a token of
 * the configuration is, or a key that the log knows nothing of, nobody can tell: each is somebody.
 */
export async function isSamePerson(
  deps: Deps,
  organisation: string,
  one: string,
  other: string,
): Promise<boolean> {
  if (one === other) return true
  return (
    (await personBehind(deps, organisation, one)) ===
    (await personBehind(deps, organisation, other))
  )
}

/** Who issued a key stands in its first event, and never changes. */
async function personBehind(deps: Deps, organisation: string, actor: string): Promise<string> {
  const apiKeyId = apiKeyOfActor(actor)
  if (apiKeyId === undefined) return actor
  const [issued] = await deps.handler.history(apiKey, organisation, apiKeyId, 1)
  if (issued === undefined) return actor
  return personBehind(deps, organisation, issued.metadata.actor)
}
