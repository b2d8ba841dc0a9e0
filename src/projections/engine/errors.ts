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

/** The projection has no live tables of this program's version to work with. */
export class NotBuilt extends Error {
  override readonly name = 'NotBuilt'
  readonly projection: string

  constructor(projection: string) {
    super(`Projection ${projection} has no tables of this version yet: rebuild it first`)
    this.projection = projection
  }
}

/** No tables are kept that this program could go on with. */
export class NothingToRollBack extends Error {
  override readonly name = 'NothingToRollBack'
  readonly projection: string

  constructor(projection: string, reason: string) {
    super(`Projection ${projection} cannot be rolled back: ${reason}`)
    this.projection = projection
  }
}
