import { setImmediate } from 'node:timers/promises'
import vm from 'node:vm'

/**
 * A page as its script sees it: the elements that the page's text gives an id, where it stands, and whom it
 * asks. What a browser makes of text and style is not tried here.
 */
export interface PageElement {
  hidden: boolean
  disabled: boolean
  value: string
  textContent: string
  readonly dataset: Readonly<Record<string, string>>
  addEventListener(type: string, listener: (event: object) => void): void
}

export interface OpenPage {
  readonly address: URL
  /** Times it was loaded anew by its own script. */
  readonly reloads: number
  element(id: string): PageElement
  /** As whoever presses the button of a form. */
  submit(id: string): Promise<void>
  /** As whoever opens an address that differs after the # alone. */
  goTo(hash: string): void
}

type Fetch = (
  path: string,
  init: {
    readonly method: string
    readonly headers: Record<string, string>
    readonly body: string
  },
) => Promise<{ readonly ok: boolean; json(): Promise<unknown> }>

export function openPage(
  html: string,
  script: string,
  { address, fetch }: { readonly address: string; readonly fetch: Fetch },
): OpenPage {
  const location = new URL(address)
  const elements = elementsOf(html)
  const inWindow = new Map<string, () => void>()
  let reloads = 0
  const element = (id: string): Listening => {
    const found = elements.get(id)
    if (found === undefined) throw new Error(`The page has no #${id}`)
    return found
  }
  vm.runInNewContext(script, {
    document: {
      getElementById: element,
      documentElement: { lang: /<html lang="(\w+)"/.exec(html)?.[1] },
    },
    location: Object.assign(location, { reload: () => (reloads += 1) }),
    history: {
      replaceState: (_: null, __: '', to: string) => (location.href = new URL(to, location).href),
    },
    addEventListener: (type: string, listener: () => void) => inWindow.set(type, listener),
    fetch,
  })
  return {
    address: location,
    get reloads() {
      return reloads
    },
    element,
    async submit(id) {
      let isPrevented = false
      element(id).listener?.({ preventDefault: () => (isPrevented = true) })
      if (!isPrevented) throw new Error('The browser would send the form by itself')
      const button = element('submit')
      while (button.disabled) await setImmediate()
    },
    goTo(hash) {
      location.hash = hash
      inWindow.get('hashchange')?.()
    },
  }
}

interface Listening extends PageElement {
  listener: ((event: object) => void) | undefined
}

function elementsOf(html: string): ReadonlyMap<string, Listening> {
  const tags = [...html.matchAll(/<\w+([^>]*\sid="([^"]+)"[^>]*)>/g)]
  return new Map(
    tags.map(([, attributes = '', id = '']) => {
      const data = [...attributes.matchAll(/\sdata-([\w-]+)="([^"]*)"/g)].map(
        ([, name = '', value = '']) =>
          [name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase()), value] as const,
      )
      const element: Listening = {
        hidden: /\shidden\b/.test(attributes),
        disabled: false,
        value: '',
        textContent: '',
        dataset: Object.fromEntries(data),
        listener: undefined,
        addEventListener(type, listener) {
          if (type === 'submit') this.listener = listener
        },
      }
      return [id, element]
    }),
  )
}
