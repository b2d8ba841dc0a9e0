import type { Position } from '#log/event-store.ts'
import { headSoon } from '#log/head-soon.ts'
import { positionOf } from '#log/position-of.ts'
import type { Process, ProcessRunner, ProcessStatus } from './process.ts'
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
        const isOther = one.state === 'waiting'
        return {
          name: process.name,
          state: one.state,
          heartbeat: checkpoint?.heartbeat,
          position: checkpoint?.position,
          head,
          lag: {
            events: told && eventsBetween(positionOf(deps.store, checkpoint?.position), head),
            seconds: isOther ? undefined : ageOf(one.waitingSince),
          },
          reacted,
          refused,
          reason: one.reason ?? checkpoint?.reason,
        }
      })
    },
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
