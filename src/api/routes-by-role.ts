import { roles } from '#domain/identity/roles.ts'
import type { DeclaredRoute } from './declared-routes.ts'
import { mayRole, type Permission, permissions } from './permissions.ts'

const INTRODUCTION = `# Routes by role

Made by \`npm run routes\` from what the routes declare (\`may(…)\`) and what roles may
([permissions.ts](permissions.ts)); a test compares this file with the app, and the app with its answers. A change of who may
do what shows here. \`HEAD\` is as \`GET\`; a command of a bulk needs the permission of its own address.
`

/** Who may call what, as Markdown; the same text for the same routes. */
export function routesByRole(routes: readonly DeclaredRoute[]): string {
  const asked = Object.entries(permissions) as [Permission, string][]
  const rights = asked.map(([permission, meaning]) => [permission, meaning, ...marks(permission)])
  const listed = routes
    .filter(({ method }) => method !== 'HEAD')
    .map(({ method, url, permission }) => [`${method} ${url}`, permission, ...marks(permission)])
  return [
    INTRODUCTION,
    tableOf(['permission', 'what it allows', ...roles], rights),
    tableOf(['route', 'permission', ...roles], listed.toSorted(byAddress)),
  ].join('\n')
}

function marks(permission: Permission): readonly string[] {
  return roles.map((role) => (permission === 'public' || mayRole(role, permission) ? 'yes' : ''))
}

/** Addresses that begin alike stand together, whatever is done there. */
function byAddress([a = '']: readonly string[], [b = '']: readonly string[]): number {
  const [methodA = '', urlA = ''] = a.split(' ')
  const [methodB = '', urlB = ''] = b.split(' ')
  if (urlA !== urlB) return urlA < urlB ? -1 : 1
  return methodA < methodB ? -1 : 1
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`
  return [head, head.map(() => '---'), ...rows].map(line).join('')
}
