// The bench installs its peers when it first runs; until then their types are unknown to the compiler.
declare module '*/emmett-postgresql/dist/index.js'
