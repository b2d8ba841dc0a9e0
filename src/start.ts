import { enableCompileCache } from 'node:module'

/** `npm start`: as `node src/main.ts`, with what Node compiled at an earlier start used again. */
enableCompileCache()
await import('./main.ts')
