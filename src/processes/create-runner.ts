import type { Position } from '#log/event-store.ts'
import { headSoon } from '#log/head-soon.ts'
import { positionOf } from '#log/position-of.ts'
import type { KeptCheckpoint } from './checkpoints.ts'
import type { Process, ProcessRunner, ProcessState, ProcessStatus } from './process.ts'
import { type ProcessDeps, RunningProcess } from './running-process.ts'

/** Runs these processes in this program; of several programs on one database, one runs each. */
export function createProcessRunner(
  processes: readonly Process[],
  deps: ProcessDeps,
): ProcessRunner {
  const running = processes.map((process) => new RunningProcess(process, deps))
  return {
    start() {
      for (const process of running) process.start()
    },
    async stop() {
      await Promise.all(running.map((process) => process.stop()))
    },
    async status() {
      const kept = await deps.checkpoints.find(processes.map(({ name }) => name))
      const told = await headSoon(deps.store)
      const head = told?.head
      return running.map((one): ProcessStatus => {
        const { process, reacted, refused } = one
        const checkpoint = kept.get(process.name)
        const isOurs = one.state === 'running' || one.state === 'retrying'
        return {
          name: process.name,
          state: isOurs ? one.state : stateElsewhere(one.state, checkpoint),
          owner: checkpoint?.owner,
          heartbeat: checkpoint?.heartbeat,
          position: checkpoint?.position,
          head,
          lag: {
            events: told && eventsBetween(positionOf(deps.store, checkpoint?.position), head),
            seconds: isOurs ? ageOf(one.waitingSince) : undefined,
          },
          reacted,
          refused,
          reason: one.reason ?? checkpoint?.reason,
        }
      })
    },
  }

  /** What another program says of it, if one runs it or could not go on. */
  function stateElsewhere(here: ProcessState, kept: KeptCheckpoint | undefined): ProcessState {
    if (kept === undefined) return here
    return kept.owner !== undefined || kept.state === 'failed' ? kept.state : here
  }

  function eventsBetween(
    after: Position | undefined,
    head: Position | undefined,
  ): number | undefined {
    if (head === undefined) return 0
    if (after !== undefined && deps.store.comparePositions(after, head) >= 0) return 0
    return deps.store.countBetween?.(after, head)
  }

  function ageOf(recordedAt: string | undefined): number {
    if (recordedAt === undefined) return 0
    return Math.max(0, Date.parse(deps.clock()) - Date.parse(recordedAt)) / 1000
  }
}
