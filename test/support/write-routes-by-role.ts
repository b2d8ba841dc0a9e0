import { writeFileSync } from 'node:fs'
import { declaredRoutes } from '#api/declared-routes.ts'
import { routesByRole } from '#api/routes-by-role.ts'
import { testApi } from './api.ts'

/** `npm run routes`: writes the table of routes by roles anew, from an app that is whole. */
const ending: (() => void | Promise<void>)[] = []
const { app } = await testApi({ teardown: (run) => ending.push(run) })
writeFileSync('src/api/routes-by-role.md', routesByRole(declaredRoutes(app)))
for (const run of ending.toReversed()) await run()
