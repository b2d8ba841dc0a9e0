import type { FollowedSlot } from './schema-name.ts'

/** No projection of this program has that name. */
export class UnknownProjection extends Error {
  override readonly name = 'UnknownProjection'
  readonly projection: string

  constructor(projection: string) {
    super(`There is no projection ${JSON.stringify(projection)}`)
    this.projection = projection
  }
}

/** Somebody is rebuilding or verifying it already, here or in another process. */
export class RebuildInProgress extends Error {
  override readonly name = 'RebuildInProgress'
  readonly projection: string

  constructor(projection: string) {
    super(`Projection ${projection} is being rebuilt or verified already`)
    this.projection = projection
  }
}

/** The projection has no tables, live or kept, of a version that this program has the folds of. */
export class NotBuilt extends Error {
  override readonly name = 'NotBuilt'
  readonly projection: string

  constructor(projection: string, tables: FollowedSlot = 'live') {
    super(
      `Projection ${projection} has no ${tables} tables of a version of this program${
        tables === 'live' ? ': rebuild it first' : ''
      }`,
    )
    this.projection = projection
  }
}

/** There are no kept tables to do anything with. */
export class NothingKept extends Error {
  override readonly name = 'NothingKept'
  readonly projection: string

  constructor(projection: string) {
    super(`Projection ${projection} keeps no tables beside the live ones`)
    this.projection = projection
  }
}

/** Why kept tables cannot go live, by the code that the API answers. */
const rollbackRefusals = {
  ROLLBACK_IMPOSSIBLE: () => 'no tables are kept to go back to; rebuild it instead',
  ROLLBACK_VERSION_DROPPED: ({ version }: RollbackFacts) =>
    `version ${version} was dropped; deploy a program whose newest version it is and rebuild`,
  ROLLBACK_VERSION_UNKNOWN: ({ version }: RollbackFacts) =>
    `this program does not have the folds of version ${version}, which is kept; deploy a program that has them and roll back with it`,
  ROLLBACK_VERSION_UNREADABLE: ({ version, columns }: RollbackFacts) =>
    `this program's queries read ${columns}, which version ${version} lacks; deploy a program of version ${version} and roll back with it`,
  ROLLBACK_VERSION_BEHIND: ({ version, reason }: RollbackFacts) =>
    `the kept tables of version ${version} cannot come to where the live ones are: ${reason}`,
} as const

export type RollbackRefusal = keyof typeof rollbackRefusals

export interface RollbackFacts {
  readonly version?: number
  /** As `table.column`, with commas. */
  readonly columns?: string
  readonly reason?: string
}

/** Kept tables cannot go live: everything is as it was. */
export class RollbackRefused extends Error {
  override readonly name = 'RollbackRefused'
  readonly code: RollbackRefusal
  readonly facts: RollbackFacts & { readonly projection: string }

  constructor(projection: string, code: RollbackRefusal, facts: RollbackFacts = {}) {
    super(`Projection ${projection} cannot be rolled back: ${rollbackRefusals[code](facts)}`)
    this.code = code
    this.facts = { projection, ...facts }
  }
}
