/**
 * Sets a password by the one-time token that stands after the # of the address, where no server, proxy or
 * log sees it. All that is said here stands in the page, in the language of whoever reads it.
 */
const element = (id) => document.getElementById(id)
const form = element('form')
const problem = element('problem')

function tell(text) {
  problem.textContent = text
  problem.hidden = text === ''
}

/** Within single quotes of a shell. */
const quoted = (text) => `'${text.replaceAll("'", String.raw`'\''`)}'`

function showDone(email) {
  form.hidden = true
  element('intro').hidden = true
  element('email').textContent = email
  const body = JSON.stringify({ email, password: '...' })
  element('command').textContent =
    `curl -s ${location.origin}/api/auth/login -H 'content-type: application/json' -d ${quoted(body)}`
  element('done').hidden = false
  // The token is used up, and need not stay in the address.
  history.replaceState(null, '', location.pathname)
}

async function setPassword(token, password) {
  const answer = await fetch('/api/auth/setup', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'accept-language': document.documentElement.lang,
    },
    body: JSON.stringify({ token, password }),
  })
  const { data, detail } = await answer.json()
  if (answer.ok) showDone(data.email)
  else tell(detail)
}

async function submit() {
  tell('')
  const password = element('password').value
  if (password !== element('again').value) return tell(problem.dataset.differ)
  element('submit').disabled = true
  try {
    await setPassword(location.hash.slice(1), password)
  } catch {
    tell(problem.dataset.unreachable)
  }
  element('submit').disabled = false
}

form.addEventListener('submit', (event) => {
  event.preventDefault()
  void submit()
})

// Another link that is opened in the same place begins anew.
addEventListener('hashchange', () => location.reload())

if (location.hash.length > 1) form.hidden = false
else tell(problem.dataset.noLink)
