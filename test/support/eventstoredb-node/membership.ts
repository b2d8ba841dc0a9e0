import type { Member } from './gossip.ts'
import type { Store } from './store.ts'

/**
 * What a node can do. One that is not ready has no leader to follow or is none yet; a silent one takes
 * connections and answers nothing, as a process does that was stopped.
 */
export type Standing = 'leader' | 'follower' | 'not_ready' | 'silent'

/** What a node is in its cluster; asked anew for every call. */
export interface Membership {
  standing(): Standing
  /** As far as this node knows. */
  leader(): { readonly host: string; readonly port: number } | undefined
  /** What becomes of an append that arrives now: a node that is about to die writes some and answers none. */
  fate(): 'answered' | 'unanswered' | 'lost'
  /** The store that appends go to: its own, or, passed on by a follower, the leader's; none when that is gone. */
  writesTo(): Store | undefined
  /** What its gossip tells. */
  members(): readonly Member[]
}

/** A node on its own. */
export function alone(store: Store, self: () => Member): Membership {
  return {
    standing: () => 'leader',
    leader: self,
    fate: () => 'answered',
    writesTo: () => store,
    members: () => [self()],
  }
}
