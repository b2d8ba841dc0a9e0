import type { App } from '#api/app-type.ts'

/** Every method and pattern that the router itself knows, read from the tree that it prints. */
export function routesOfRouter(app: App): readonly string[] {
  const found: string[] = []
  const path: string[] = []
  for (const line of app.printRoutes({ commonPrefix: false, includeHooks: false }).split('\n')) {
    const [, indent = '', part = '', methods = ''] =
      /^([│ ]*)[├└]── (\S*)(?: \(([A-Z, ]+)\))?/.exec(line) ?? []
    path.length = indent.length / 4
    path.push(part)
    for (const method of methods.match(/[A-Z]+/g) ?? []) found.push(`${method} ${path.join('')}`)
  }
  return found
}
