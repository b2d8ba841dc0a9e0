import { madeAt, table } from '../engine/projection.ts'
import { readable } from '../readable.ts'

/**
 * How a text of a movement reads from an event on. Beside the movements, whose rows are written once, so
 * that what makes many of them stays as quick as it is.
 */
export type CorrectedTextRow = {
  readonly wallet_id: string
  readonly movement: string
  readonly ordinal: string
  /** The column of the movement. */
  readonly field: 'reference' | 'text'
  readonly text: string | null
}

export const correctedText = table<CorrectedTextRow>({
  name: 'corrected_text',
  columns: {
    wallet_id: { type: 'text' },
    movement: { type: 'bigint' },
    ordinal: { type: 'bigint' },
    field: { type: 'text' },
    text: { type: 'text', nullable: true, personal: 'wallet_id' },
  },
  key: ['wallet_id', 'movement', 'ordinal'],
  insertOnly: true,
  madeBy: ({ ordinal }) => madeAt(ordinal),
  on: {
    WalletTextCorrected: {
      keys: ({ data: { walletId, corrects, field }, organisationOrdinal }) =>
        field === 'name'
          ? []
          : [{ wallet_id: walletId, movement: corrects, ordinal: String(organisationOrdinal) }],
      fold: (_, { data, organisationOrdinal }) => ({
        wallet_id: data.walletId,
        movement: data.corrects,
        ordinal: String(organisationOrdinal),
        field: data.field === 'reference' ? 'reference' : 'text',
        text: readable(data.text),
      }),
    },
  },
})
