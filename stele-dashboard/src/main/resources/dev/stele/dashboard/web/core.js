// Access to the server, routes and shared state. Nothing here creates markup.
import { useState, useEffect, useRef, useCallback } from './preact.js'

/** A value that components can follow. */
export function observable(value) {
  const followers = new Set()
  return {
    get: () => value,
    set(next) {
      if (next === value) return
      value = next
      followers.forEach(follow => follow(value))
    },
    use() {
      const [current, follow] = useState(value)
      useEffect(() => {
        follow(value)
        followers.add(follow)
        return () => followers.delete(follow)
      }, [])
      return current
    }
  }
}

/** What the caller may do; null until the server has answered. */
export const login = observable(null)
/** 'connecting', 'online' or 'offline'. */
export const connection = observable('connecting')
/** Increases when the connection returns, so that pages read again what they may have missed. */
export const epoch = observable(0)
/** Latest samples of the figures of the server, the newest last. */
export const samples = observable([])
export const toasts = observable([])

const SCOPES = ['read', 'write', 'admin']
let last = null
/** The login, or the one before it while it has ended: a page that waits for the next login stays as it is. */
export function rights() {
  const now = login.get()
  if (now?.scope) last = now
  return now?.scope ? now : last
}
/** Ends the wait for the next login. */
export const forgetRights = () => { last = null }
export const may = scope => SCOPES.indexOf(rights()?.scope) >= SCOPES.indexOf(scope)
export const reachesAll = () => (rights()?.agents ?? []).length === 0

let toastId = 0
/** Shows a short message. An action, such as undo, is offered as a button. */
export function toast(text, { error = false, action, label } = {}) {
  const id = ++toastId
  toasts.set([...toasts.get(), { id, text, error, action, label }])
  setTimeout(() => dismiss(id), action ? 12000 : 6000)
}
export function dismiss(id) {
  toasts.set(toasts.get().filter(one => one.id !== id))
}

export class ApiError extends Error {
  constructor(status, problem) {
    super(problem?.detail ?? `The server answered with status ${status}.`)
    this.status = status
    this.code = (problem?.type ?? '').replace('urn:stele:', '')
  }
}

/** Sends a request. Throws an ApiError, or an Error if the server cannot be reached. */
export async function request(method, path, body, { signal, headers = {} } = {}) {
  const all = { 'X-Stele-Client': 'dashboard', ...headers }
  if (body !== undefined && !all['Content-Type']) all['Content-Type'] = 'application/json'
  let answer
  try {
    answer = await fetch(path, {
      method, headers: all, signal, credentials: 'same-origin',
      body: body === undefined || body instanceof Blob ? body : JSON.stringify(body)
    })
  } catch (error) {
    if (error.name === 'AbortError') throw error
    if (connection.get() === 'online') connection.set('offline')
    throw new Error('The server cannot be reached. The page tries again by itself.')
  }
  if (!answer.ok) {
    const problem = await answer.json().catch(() => null)
    if (answer.status === 401 && path !== '/v1/login') await readLogin().catch(() => {})
    throw new ApiError(answer.status, problem)
  }
  return answer
}

/** Sends a file. Calls back with the number of bytes that are sent. Throws as request does. */
export function upload(path, file, { type, signal, onProgress }) {
  return new Promise((resolve, reject) => {
    const sending = new XMLHttpRequest() // fetch does not tell how much of a body is sent
    sending.open('POST', path)
    sending.responseType = 'json'
    sending.setRequestHeader('X-Stele-Client', 'dashboard')
    sending.setRequestHeader('Content-Type', type)
    sending.upload.onprogress = event => onProgress(event.loaded)
    sending.onload = () => sending.status < 300 ? resolve(sending.response) : reject(new ApiError(sending.status, sending.response))
    sending.onerror = () => reject(new Error('The connection ended before the file was read. What was imported stays; import the file again for the rest.'))
    sending.onabort = () => reject(new Error('The import was canceled. What was imported stays.'))
    signal.addEventListener('abort', () => sending.abort())
    sending.send(file)
  })
}

/** Reads a response as a file. Calls back with the numbers of bytes and lines that have arrived. */
export async function receive(answer, onProgress) {
  const reader = answer.body.getReader()
  let parts = []
  let kept = new Blob()
  let [bytes, lines, waiting] = [0, 0, 0]
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return new Blob([kept, ...parts])
    bytes += value.length
    waiting += value.length
    for (let at = value.indexOf(10); at >= 0; at = value.indexOf(10, at + 1)) lines++
    parts.push(value)
    if (waiting > 4 << 20) { // the browser keeps blobs on the disk if they are large
      kept = new Blob([kept, ...parts])
      parts = []
      waiting = 0
    }
    onProgress({ bytes, lines })
  }
}

export async function api(method, path, body, options) {
  const answer = await request(method, path, body, options)
  if (answer.status === 204) return null
  return answer.json()
}
export const get = (path, options) => api('GET', path, undefined, options)

export async function readLogin() {
  login.set(await get('/v1/login'))
  return login.get()
}

const part = encodeURIComponent
export const agentPath = (agent, ...rest) => ['/v1/agents', part(agent), ...rest.map(part)].join('/')
export const query = fields => {
  const used = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null && value !== '' && value !== false)
  return used.length === 0 ? '' : '?' + new URLSearchParams(used)
}

// Routes: the fragment holds a path and a query, such as #/agents/kira/search?q=tea.
function parse() {
  const [path, search = ''] = (location.hash.replace(/^#/, '') || '/').split('?')
  return { path: path.split('/').filter(Boolean).map(decodeURIComponent), query: new URLSearchParams(search) }
}
export const route = observable(parse())
addEventListener('hashchange', () => route.set(parse()))
export const href = (segments, fields = {}) => '#/' + segments.map(part).join('/') + query(fields)
export const go = (segments, fields) => { location.hash = href(segments, fields).slice(1) }
/** Changes the query of the current page without a new entry in the history. */
export function setQuery(fields) {
  history.replaceState(null, '', href(route.get().path, fields))
  route.set(parse())
}

/**
 * Reads data when a dependency changes, the connection returns, or on reload. Older data stays while newer is read. A
 * reload lets a read that runs end, and reads once more after it: changes may come faster than a read takes.
 */
export function useData(read, dependencies) {
  const [state, setState] = useState({ loading: true })
  const current = epoch.use()
  const latest = useRef()
  latest.current = read
  const run = useRef(() => {})
  useEffect(() => {
    const abort = new AbortController()
    let running = false
    let again = false
    const start = () => {
      if (abort.signal.aborted) return
      if (running) { again = true; return }
      running = true
      setState(old => ({ ...old, loading: true }))
      Promise.resolve().then(() => latest.current(abort.signal)).then(
        data => abort.signal.aborted || setState({ data, loading: false }),
        error => abort.signal.aborted || setState(old => ({ data: old.data, error, loading: false }))
      ).then(() => {
        running = false
        if (again) { again = false; start() }
      })
    }
    run.current = start
    start()
    return () => abort.abort()
  }, [...dependencies, current])
  return { ...state, reload: useCallback(() => run.current(), []) }
}

// One stream for the whole page. It carries samples, and the changes of the agent that is shown.
const followers = new Set()
let stream = null
let wanted = '' // agent of the page
let followed = '' // agent of the stream: none while the wanted one is gone, or not for this key
let lastChange = null
let retry = null
let unfollowed = 0 // samples since the wanted agent could not be followed

export function follow(agent = '') {
  if (stream && agent === wanted && stream.readyState !== EventSource.CLOSED) return
  wanted = agent
  listen(agent)
}
function listen(agent) {
  stream?.close()
  clearTimeout(retry)
  if (agent !== followed) lastChange = null
  followed = agent
  const own = new EventSource('/v1/live' + query({ agent, after: lastChange }))
  stream = own
  own.onopen = () => {
    const returned = connection.get() === 'offline'
    connection.set('online')
    if (returned) {
      epoch.set(epoch.get() + 1)
      readLogin().catch(() => {})
    }
  }
  own.onerror = () => {
    if (own !== stream) return
    connection.set('offline')
    if (own.readyState === EventSource.CLOSED) retry = setTimeout(again, 2000)
  }
  own.addEventListener('sample', event => {
    const sample = JSON.parse(event.data)
    samples.set([...samples.get().slice(-179), sample])
    if (wanted !== followed && (wanted in sample.changes || ++unfollowed % 30 === 0)) lookFor(wanted)
  })
  own.addEventListener('change', event => {
    const change = JSON.parse(event.data)
    lastChange = change.number
    if (change.kind === 'agent.replaced') epoch.set(epoch.get() + 1) // everything that is shown may be different
    followers.forEach(one => one(change))
  })
  own.addEventListener('problem', () => {
    own.close()
    if (own === stream) retry = setTimeout(again, 2000)
  })
}
const isGone = agent => get(agentPath(agent, 'stats')).then(() => false, error => error.status === 403 || error.status === 404)

/** Opens the stream again. That of an agent that is gone, or not for this key, is refused for good; the figures go on. */
async function again() {
  const own = stream
  const state = await readLogin().catch(() => null)
  if (own !== stream) return
  if (state === null) retry = setTimeout(again, 2000)
  else if (!state.required || state.scope) {
    const gone = wanted && await isGone(wanted)
    if (own === stream) listen(gone ? '' : wanted)
  }
}

/** Follows an agent that could not be followed, if it is there now. */
async function lookFor(agent) {
  if (await isGone(agent) || agent !== wanted || agent === followed) return
  listen(agent)
  epoch.set(epoch.get() + 1)
}
export function unfollow() {
  stream?.close()
  stream = null
  clearTimeout(retry)
}

/** Calls back soon after changes whose kind starts with one of the prefixes, at most five times a second. */
export function useChanges(prefixes, callback) {
  const latest = useRef(callback)
  latest.current = callback
  useEffect(() => {
    let waiting = null
    const one = change => {
      if (waiting === null && prefixes.some(prefix => change.kind.startsWith(prefix))) {
        waiting = setTimeout(() => { waiting = null; latest.current(change) }, 200)
      }
    }
    followers.add(one)
    return () => { followers.delete(one); clearTimeout(waiting) }
  }, [prefixes.join()])
}

/** Runs an action and reports its failure. Returns whether it succeeded. */
export async function attempt(action, done) {
  try {
    await action()
    if (done) toast(done)
    return true
  } catch (error) {
    toast(error.message, { error: true })
    return false
  }
}

// Formats
const day = new Intl.DateTimeFormat(undefined, { year: 'numeric', month: 'short', day: 'numeric' })
const dayTime = new Intl.DateTimeFormat(undefined, { year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' })
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' })
export const format = {
  day: at => day.format(new Date(at)),
  time: at => dayTime.format(new Date(at)),
  clock: at => clock.format(new Date(at)),
  ago(at) {
    const seconds = (new Date(at) - Date.now()) / 1000
    for (const [unit, size] of [['year', 31557600], ['month', 2629800], ['day', 86400], ['hour', 3600], ['minute', 60]]) {
      if (Math.abs(seconds) >= size) return relative.format(Math.round(seconds / size), unit)
    }
    return 'just now'
  },
  count: number => (number ?? 0).toLocaleString(),
  bytes(number) {
    if (number === null || number === undefined) return 'no limit'
    const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
    let unit = 0
    while (number >= 1024 && unit < units.length - 1) { number /= 1024; unit++ }
    return number.toFixed(unit === 0 || number >= 100 ? 0 : 1) + ' ' + units[unit]
  },
  share: number => Math.round((number ?? 0) * 100) + ' %'
}
