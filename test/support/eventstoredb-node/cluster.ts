/**
 * A cluster of test nodes in this process: one leads, the others follow it, and whoever leads can be killed,
 * stopped and started again. What was acknowledged has reached every member that is up, and survives.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Entry } from './events.ts'
import type { Member } from './gossip.ts'
import type { Membership, Standing } from './membership.ts'
import { seed } from './node.ts'
import { HOST, type ServeOptions, serve } from './serve.ts'
import { Store } from './store.ts'

export interface ClusterOptions {
  /** Default: 2. */
  readonly members?: number
  /** How much later than the leader a follower shows what it has received, in milliseconds. */
  readonly lagMs?: number
  readonly node?: Omit<ServeOptions, 'port'>
}

export interface Absence {
  /**
   * How long there is no leader, in milliseconds. For the first half nobody has noticed: the others go on
   * naming the old one.
   */
  readonly leaderlessMs: number
}

/** How long a node that is about to die goes on writing without an answer, at most, in milliseconds. */
const DYING_MS = 100

class ClusterNode implements Membership {
  readonly #cluster: TestCluster
  store: Store
  port = 0
  stop: (() => void) | undefined
  /** Holds all that was acknowledged, and is given what comes. */
  isMember = true
  isSilent = false
  isDying = false
  /** Received and not yet shown. */
  #received: Entry[] = []
  #fates = 0

  constructor(cluster: TestCluster, history: readonly Entry[]) {
    this.#cluster = cluster
    this.store = this.storeOf(history)
  }

  storeOf(history: readonly Entry[]): Store {
    return new Store({
      history,
      journal: { write: (entries) => this.#cluster.replicate(this, entries), close: () => {} },
    })
  }

  get isUp(): boolean {
    return this.isMember && !this.isSilent
  }

  receive(entries: readonly Entry[], lagMs: number): void {
    if (lagMs === 0) return this.store.replicate(entries)
    this.#received.push(...entries)
    setTimeout(() => this.show(entries.length), lagMs).unref()
  }

  /** Shows what it has received. Before it leads, a node does so with all. */
  show(count = Number.POSITIVE_INFINITY): void {
    const entries = this.#received.splice(0, count)
    if (entries.length > 0) this.store.replicate(entries)
  }

  standing(): Standing {
    if (this.isSilent) return 'silent'
    if (this.#cluster.believedLeader === undefined) return 'not_ready'
    return this.#cluster.believedLeader === this ? 'leader' : 'follower'
  }

  leader(): { readonly host: string; readonly port: number } | undefined {
    const leader = this.#cluster.believedLeader
    return leader && { host: HOST, port: leader.port }
  }

  fate(): 'answered' | 'unanswered' | 'lost' {
    if (!this.isDying) return 'answered'
    const isWritten = this.#fates++ % 2 === 0
    if (isWritten) this.#cluster.unanswered += 1
    else this.#cluster.lost += 1
    return isWritten ? 'unanswered' : 'lost'
  }

  writesTo(): Store | undefined {
    const leader = this.#cluster.believedLeader
    return leader?.isUp === true ? leader.store : undefined
  }

  members(): readonly Member[] {
    return this.#cluster.gossip()
  }
}

export class TestCluster {
  readonly #nodes: ClusterNode[] = []
  readonly #options: ClusterOptions
  /** Who the members take for their leader: for a while, one that is dead. */
  believedLeader: ClusterNode | undefined
  /** Appends of dying leaders that were written and not answered, and those that were neither. */
  unanswered = 0
  lost = 0

  private constructor(options: ClusterOptions) {
    this.#options = options
  }

  static async start(options: ClusterOptions = {}): Promise<TestCluster> {
    const cluster = new TestCluster(options)
    for (let i = 0; i < (options.members ?? 2); i++) {
      const node = new ClusterNode(cluster, [])
      cluster.#nodes.push(node)
      await cluster.#serve(node)
    }
    const [first] = cluster.#nodes
    cluster.believedLeader = first
    if (first) seed(first.store)
    return cluster
  }

  /** Of all members; a caller adds what else its client shall do, as `&nodePreference=follower`. */
  get connectionString(): string {
    const hosts = this.#nodes.map(({ port }) => `${HOST}:${port}`).join(',')
    return `esdb://${hosts}?tls=${this.#options.node?.tls !== undefined}`
  }

  /** Of one member: the first, which leads until it is killed. */
  connectionStringOf(index: number): string {
    return `esdb://${HOST}:${this.#nodes[index]?.port}?tls=${this.#options.node?.tls !== undefined}`
  }

  /** Whether there is a leader that serves. */
  get isLed(): boolean {
    return this.believedLeader?.isUp === true
  }

  /** All that the cluster holds, as its leader has it. */
  get log(): readonly Entry[] {
    return this.believedLeader?.store.all ?? []
  }

  /**
   * Ends the leader as a crash would. Of the appends that arrive just before, every other is written and not
   * answered, and the rest lost. Resolves when another member leads.
   */
  async killLeader({ leaderlessMs }: Absence): Promise<void> {
    const leader = this.believedLeader
    if (leader === undefined) throw new Error('There is no leader to kill')
    leader.isDying = true
    const before = this.lost
    for (let i = 0; i < DYING_MS && this.lost < before + 4; i++) await sleep(1)
    leader.isMember = false
    leader.stop?.()
    leader.isDying = false
    await this.#elect(leaderlessMs)
  }

  /** The leader stops answering, without a word. Resolves when another member leads. */
  async freezeLeader({ leaderlessMs }: Absence): Promise<void> {
    if (this.believedLeader) this.believedLeader.isSilent = true
    await this.#elect(leaderlessMs)
  }

  /** A member that follows stops answering, without a word. */
  freeze(index: number): void {
    const node = this.#nodes[index]
    if (node === undefined || node === this.believedLeader) throw new Error('No such follower')
    node.isSilent = true
  }

  /** Starts whoever was killed, at the same address, and brings it up to date. */
  async restart(): Promise<void> {
    for (const node of this.#nodes.filter(({ isMember }) => !isMember)) {
      // From now on it gets what is written, though nobody can call it yet.
      node.store = node.storeOf(this.log)
      node.isMember = true
      await this.#serve(node)
    }
  }

  stop(): void {
    for (const node of this.#nodes) node.stop?.()
  }

  replicate(from: ClusterNode, entries: readonly Entry[]): void {
    for (const node of this.#nodes) {
      if (node !== from && node.isUp) node.receive(entries, this.#options.lagMs ?? 0)
    }
  }

  gossip(): readonly Member[] {
    return this.#nodes.map((node) => {
      const isLeader = node === this.believedLeader
      const standing = isLeader ? 'leader' : node.standing() === 'follower' ? 'follower' : 'unknown'
      return { host: HOST, port: node.port, isAlive: isLeader || node.isUp, state: standing }
    })
  }

  async #elect(leaderlessMs: number): Promise<void> {
    const former = this.believedLeader
    await sleep(leaderlessMs / 2)
    this.believedLeader = undefined
    await sleep(leaderlessMs / 2)
    const next = this.#nodes.find((node) => node.isUp && node !== former)
    if (next === undefined) throw new Error('No member is left to lead')
    next.show()
    this.believedLeader = next
  }

  async #serve(node: ClusterNode): Promise<void> {
    const options = { ...this.#options.node, port: node.port }
    const { port, stop } = await serve(node.store, node, options)
    node.port = port
    node.stop = stop
  }
}
