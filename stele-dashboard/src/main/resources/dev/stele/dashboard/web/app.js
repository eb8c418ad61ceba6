// The shell: navigation, login, state of the connection, and the page that the route names.
import { html, render, useEffect, useRef, useState, useErrorBoundary } from './preact.js'
import {
  agentPath, api, attempt, connection, epoch, follow, forgetRights, get, go, href, login, may, query, reachesAll, readLogin, rights, route, samples, unfollow, useChanges, useData
} from './core.js'
import { Empty, Icon, Loading, Toasts } from './ui.js'

// A page is loaded when it is shown for the first time.
const pages = {
  overview: () => import('./page-overview.js'),
  operations: () => import('./page-operations.js'),
  audit: () => import('./page-audit.js'),
  sessions: () => import('./page-sessions.js'),
  search: () => import('./page-search.js'),
  graph: () => import('./page-graph.js'),
  users: () => import('./page-users.js'),
  review: () => import('./page-review.js'),
  chat: () => import('./page-chat.js')
}
const loaded = new Map()

const AGENT_PAGES = [
  ['sessions', 'Conversations', 'messages-square'],
  ['search', 'Search', 'search'],
  ['graph', 'Graph', 'waypoints'],
  ['users', 'Users', 'users'],
  ['review', 'Review', 'list-checks'],
  ['chat', 'Chat', 'message-circle']
]

/** Returns the name of the page and its agent. */
function where({ path }) {
  if (path[0] === 'agents' && path[1]) return { page: path[2] in pages ? path[2] : 'sessions', agent: path[1] }
  return { page: ['operations', 'audit'].includes(path[0]) ? path[0] : 'overview', agent: null }
}

function remembered() {
  try { return sessionStorage.getItem('agent') } catch { return null }
}

const ThemeSwitch = () => {
  const [theme, setTheme] = useState(document.documentElement.dataset.theme ?? 'system')
  const next = { system: 'light', light: 'dark', dark: 'system' }[theme]
  const change = () => {
    setTheme(next)
    if (next === 'system') { delete document.documentElement.dataset.theme; localStorage.removeItem('theme') }
    else { document.documentElement.dataset.theme = next; localStorage.setItem('theme', next) }
    dispatchEvent(new Event('themechange'))
  }
  const icon = { system: 'sun-moon', light: 'sun', dark: 'moon' }[theme]
  return html`<button class="ghost" type="button" onClick=${change} aria-label=${`Colors: ${theme}. Change to ${next}.`}>
    <${Icon} name=${icon} /><span>${theme === 'system' ? 'System colors' : theme === 'light' ? 'Light' : 'Dark'}</span></button>`
}

const Connection = () => {
  const state = connection.use()
  const text = { connecting: 'Connecting…', online: 'Live', offline: 'Disconnected' }[state]
  return html`<p class=${'pill ' + state} role="status"><span class="dot"></span>${text}</p>`
}

/** Whether the person has logged out, here or in another tab, so that the page is not kept. */
let left = false
const logouts = new BroadcastChannel('stele-logouts')
logouts.onmessage = () => {
  left = true
  unfollow()
  readLogin().catch(() => {})
}

const Account = ({ state }) => {
  const logout = () => attempt(async () => {
    await api('DELETE', '/v1/login')
    left = true
    logouts.postMessage('')
    unfollow()
    await readLogin()
  })
  return html`<div class="account">
    <${Icon} name="key-round" />
    <div><strong>${state.label}</strong><small>may ${{ read: 'read', write: 'read and write', admin: 'administer' }[state.scope]}</small></div>
    ${state.key && html`<button class="ghost icon-only" type="button" onClick=${logout}><${Icon} name="log-out" label="Log out" /></button>`}
  </div>`
}

/** Number of things to review of an agent; read again after changes, at most every five seconds. */
const ReviewCount = ({ agent }) => {
  const review = useData(signal => get(agentPath(agent, 'review') + query({ counts: true }), { signal }), [agent])
  const timer = useRef(null)
  useChanges(['note.', 'notes.', 'interaction.', 'consolidation.'], () => {
    timer.current ??= setTimeout(() => { timer.current = null; review.reload() }, 5000)
  })
  useEffect(() => () => { clearTimeout(timer.current); timer.current = null }, [])
  const total = review.data?.total ?? 0
  return total > 0 && html`<span class="badge warn nav-count">${total > 99 ? '99+' : total}<span class="visually-hidden"> to review</span></span>`
}

const Navigation = ({ agent, page, state, open, close }) => {
  const agents = useData(signal => get('/v1/agents' + query({ limit: 200 }), { signal }), [open])
  const names = agents.data?.items ?? []
  const known = Object.keys(samples.use().at(-1)?.changes ?? {}).join('\n')
  useEffect(() => { if (agents.data) agents.reload() }, [known]) // an agent came or went
  const options = agent && !names.includes(agent) ? [agent, ...names] : names
  const at = route.use()
  const named = page === 'operations' ? at.query.get('agent') : null
  const shown = agent ?? named ?? (names.includes(remembered()) ? remembered() : names[0])
  const choose = event => {
    if (page === 'operations') go(['operations'], { agent: event.target.value })
    else go(['agents', event.target.value, agent ? page : 'sessions'])
  }
  return html`<nav id="navigation" aria-label="Pages" class=${open ? 'open' : ''} onClick=${event => event.target.closest('a') && close()}>
    <a class="nav-item" href=${href([])} aria-current=${page === 'overview' ? 'page' : undefined}><${Icon} name="layout-dashboard" />Overview</a>
    <div class="nav-group">
      <label class="agent-picker"><span>Agent</span>
        <select onChange=${choose} value=${shown} disabled=${options.length === 0}>
          ${options.length === 0 && html`<option>No agents yet</option>`}
          ${options.map(name => html`<option value=${name} selected=${name === shown}>${name}</option>`)}
        </select></label>
      ${shown && AGENT_PAGES.map(([key, text, icon]) => html`
        <a class="nav-item" key=${key} href=${href(['agents', shown, key])} aria-current=${agent && page === key ? 'page' : undefined}>
          <${Icon} name=${icon} />${text}${key === 'review' && html`<${ReviewCount} key=${shown} agent=${shown} />`}</a>`)}
    </div>
    <a class="nav-item" href=${href(['operations'], { agent: shown })} aria-current=${page === 'operations' ? 'page' : undefined}><${Icon} name="wrench" />Operations</a>
    ${may('admin') && reachesAll() && html`<a class="nav-item" href=${href(['audit'])} aria-current=${page === 'audit' ? 'page' : undefined}><${Icon} name="history" />Audit</a>`}
    <div class="nav-foot">
      <${ThemeSwitch} /><${Account} state=${state} />
    </div>
  </nav>`
}

/** The login; as a dialog, which is above any other, if it ended while the page was used. */
const Login = ({ again }) => {
  const [error, setError] = useState(null)
  const [busy, setBusy] = useState(false)
  const dialog = useRef()
  useEffect(() => {
    if (!again) {
      document.title = 'Log in · Stele'
      return
    }
    const opener = document.activeElement
    dialog.current.showModal()
    return () => (opener?.isConnected ? opener : document.querySelector('main h1'))?.focus()
  }, [])
  // Nothing closes this dialog or one below it but a login. The browser may not ask before it closes a dialog.
  const stay = event => event.key === 'Escape' && event.preventDefault()
  const submit = async event => {
    event.preventDefault()
    const field = event.target.elements.key
    setBusy(true)
    try {
      login.set(await api('POST', '/v1/login', { key: field.value }))
    } catch (problem) {
      setError(problem.message)
      setBusy(false)
      field.select()
    }
  }
  const form = html`
    <form onSubmit=${submit}>
      <${Mark} /><h1>Stele</h1>
      ${again ? html`<p class="lead">Your login has ended. Log in to go on; what you have typed is kept.</p>`
        : html`<p class="lead">This server needs an API key. Create one with <code>stele keys create</code>.</p>`}
      <label class="field"><span>API key</span>
        <input name="key" type="password" autocomplete="off" required autofocus aria-describedby="login-error" aria-invalid=${error ? 'true' : undefined} /></label>
      <p id="login-error" class="field-error" role="alert">${error}</p>
      <button class="primary" disabled=${busy}>${busy ? 'Checking…' : 'Log in'}</button>
      <p class="note">The key is checked once. The browser keeps a login that scripts cannot read.</p>
    </form>`
  return again ? html`<dialog class="login" ref=${dialog} aria-label="Log in" onKeyDown=${stay}
    onCancel=${event => event.preventDefault()} onClose=${() => dialog.current?.showModal()}>${form}</dialog>`
    : html`<main class="login" id="main">${form}</main>`
}

const Mark = () => html`<svg class="mark" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
  <path d="M6 22V8a6 6 0 0 1 12 0v14z" fill="currentColor" /><path d="M9 10h6M9 13.5h6M9 17h4" stroke="var(--surface)" stroke-width="1.6" stroke-linecap="round" /></svg>`

const Shown = ({ page, agent, at }) => {
  const [, again] = useState(0)
  const [failure, reset] = useErrorBoundary()
  const [failed, setFailed] = useState(null)
  const Component = loaded.get(page)
  useEffect(() => {
    if (failure) reset()
    setFailed(null)
    if (!loaded.has(page)) {
      pages[page]().then(module => { loaded.set(page, module.default); again(n => n + 1) }, setFailed)
    }
  }, [page, agent])
  if (failed) return html`<${Empty} icon="circle-alert" title="This page could not be loaded."><button onClick=${() => location.reload()}>Load again</button><//>`
  if (failure) return html`<${Empty} icon="circle-alert" title="This page failed."><p>${failure.message}</p><button onClick=${() => reset()}>Try again</button><//>`
  return Component ? html`<${Component} key=${agent ?? ''} agent=${agent} at=${at} />` : html`<${Loading} lines=${5} />`
}

const Shell = ({ state, active }) => {
  const at = route.use()
  const { page, agent } = where(at)
  const [open, setOpen] = useState(false)
  const online = connection.use()
  useEffect(() => {
    if (agent) sessionStorage.setItem('agent', agent)
    if (active) follow(agent ?? '')
    else unfollow()
  }, [agent, state.key, active])
  const ended = useRef(false)
  useEffect(() => {
    if (active && ended.current) epoch.set(epoch.get() + 1) // nothing was heard meanwhile
    ended.current = !active
  }, [active])
  useEffect(() => {
    const escape = event => event.key === 'Escape' && setOpen(false)
    addEventListener('keydown', escape)
    return () => removeEventListener('keydown', escape)
  }, [])
  const skip = event => {
    event.preventDefault()
    document.getElementById('main').focus()
  }
  return html`
    <a class="skip" href="#main" onClick=${skip}>Skip to content</a>
    <header class="topbar">
      <button class="ghost icon-only menu" type="button" aria-expanded=${open} aria-controls="navigation" onClick=${() => setOpen(!open)}>
        <${Icon} name=${open ? 'x' : 'menu'} label=${open ? 'Close menu' : 'Open menu'} /></button>
      <a class="brand" href=${href([])}><${Mark} />Stele</a>
      <${Connection} />
    </header>
    <${Navigation} agent=${agent} page=${page} state=${state} open=${open} close=${() => setOpen(false)} />
    <main id="main" tabindex="-1">
      ${online === 'offline' && html`<div class="banner" role="alert"><${Icon} name="unplug" />
        <p><strong>The connection to the server is lost.</strong> The page connects again by itself; what you see may be old.</p></div>`}
      <${Shown} page=${page} agent=${agent} at=${at} />
    </main>`
}

const App = () => {
  const state = login.use()
  const [failed, setFailed] = useState(false)
  useEffect(() => {
    let timer
    const read = () => readLogin().then(() => setFailed(false), () => { setFailed(true); timer = setTimeout(read, 2000) })
    read()
    return () => clearTimeout(timer)
  }, [])
  if (state === null) {
    return html`<main class="boot" id="main">${failed ? html`<p role="alert">The server cannot be reached. The page tries again by itself.</p>` : html`<p role="status">Loading…</p>`}</main>`
  }
  if (state.scope) left = false
  else if (left) forgetRights()
  // The page stays, unseen, when the login ends: what was typed into it is there for the next login, if that may do the
  // same.
  const shown = rights()
  return html`${shown && html`<div class="shell" hidden=${!state.scope} key=${[shown.scope, ...shown.agents].join()}><${Shell} state=${shown} active=${Boolean(state.scope)} /></div>`}
    ${!state.scope && html`<${Login} key="login" again=${shown !== null} />`}<${Toasts} />`
}

const root = document.getElementById('app')
root.replaceChildren()
render(html`<${App} />`, root)
