import { readFileSync } from 'node:fs'
import type { App } from '../app-type.ts'
import { acceptedLanguage, type Language } from '../languages.ts'
import { may } from '../permissions.ts'
import { setupTexts } from './texts.ts'

/** The files that the page loads: it runs and looks as they say, and nothing else. */
const files = {
  '/setup/page.js': { type: 'text/javascript; charset=utf-8', text: read('page.js') },
  '/setup/page.css': { type: 'text/css; charset=utf-8', text: read('page.css') },
} as const

/** Where a one-time link leads: a page on which people set their password. */
export function addSetupPage(app: App): void {
  const options = { ...may('public'), schema: { hide: true } }
  app.get('/setup', options, async (request, reply) => {
    const language = acceptedLanguage(request.headers) ?? 'en'
    return reply
      .type('text/html; charset=utf-8')
      .headers({ 'content-language': language, vary: 'Accept-Language' })
      .send(pageIn(language))
  })
  for (const [address, { type, text }] of Object.entries(files)) {
    app.get(address, options, async (_request, reply) => reply.type(type).send(text))
  }
}

function read(name: string): string {
  return readFileSync(new URL(name, import.meta.url), 'utf8')
}

/** The fields have no names, so that nothing of them is ever sent but by the page's script. */
function pageIn(language: Language): string {
  const texts = setupTexts[language]
  return `<!doctype html>
<html lang="${language}" dir="${language === 'en' ? 'ltr' : 'rtl'}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${texts.title} · Daybook</title>
<link rel="stylesheet" href="/setup/page.css">
<script type="module" src="/setup/page.js"></script>
</head>
<body>
<main>
<h1>${texts.title}</h1>
<noscript><p>${texts.noScript}</p></noscript>
<p id="intro">${texts.intro}</p>
<p id="problem" role="alert" data-differ="${texts.differ}" data-no-link="${texts.noLink}" data-unreachable="${texts.unreachable}" hidden></p>
<form id="form" hidden>
<label for="password">${texts.password}</label>
<input id="password" type="password" autocomplete="new-password" aria-describedby="intro" required>
<label for="again">${texts.again}</label>
<input id="again" type="password" autocomplete="new-password" required>
<button id="submit">${texts.submit}</button>
</form>
<section id="done" role="status" hidden>
<h2>${texts.done}</h2>
<p>${texts.email} <bdi id="email"></bdi></p>
<p>${texts.signIn}</p>
<code id="command" dir="ltr"></code>
<p><a href="/api/docs">${texts.documentation}</a></p>
</section>
</main>
</body>
</html>
`
}
