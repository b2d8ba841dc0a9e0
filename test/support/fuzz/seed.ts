import process from 'node:process'

/** Of properties that make real things, one after another: the same in every run, unless FUZZ_SEED says another. */
export const seed = Number(process.env['FUZZ_SEED'] ?? 20_261_121)
