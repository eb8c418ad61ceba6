// A chat with the agent, whose reply appears as it is written, with the memory that it used beside it.
import { html, useEffect, useRef, useState } from './preact.js'
import { agentPath, href, may, request } from './core.js'
import { Badge, Empty, Field, Icon, Page, Problem, Time } from './ui.js'

/** Reads the events of a stream: calls back with the name and the data of each. */
async function events(answer, each) {
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const { value, done } = await reader.read()
    if (done) return
    const blocks = (rest + value).split('\n\n')
    rest = blocks.pop()
    for (const block of blocks) {
      const name = /^event: (.*)$/m.exec(block)?.[1]
      const data = /^data: (.*)$/m.exec(block)?.[1]
      if (name && data) each(name, JSON.parse(data))
    }
  }
}

const Sources = ({ sources }) => html`<aside class="card sources" aria-labelledby="sources-title"><header><h2 id="sources-title">Memory used</h2></header>
  ${sources === null ? html`<p class="muted">What the agent remembers for its reply appears here.</p>` : sources.length === 0 ? html`<p class="muted">The agent used no memory for this reply.</p>`
    : html`<ul class="facts">${sources.map((one, i) => html`<li key=${i}><span><${Badge} tone=${one.kind === 'message' ? '' : 'accent'}>${one.kind}<//> ${one.who && html`<strong>${one.who}</strong> `}${one.text}${one.at && html` <small class="block"><${Time} at=${one.at} /></small>`}</span></li>`)}</ul>`}</aside>`

export default function Chat({ agent }) {
  const [turns, setTurns] = useState([])
  const [sources, setSources] = useState(null)
  const [error, setError] = useState(null)
  const [busy, setBusy] = useState(false)
  const [user, setUser] = useState('')
  const abort = useRef(null)
  const end = useRef()
  useEffect(() => () => abort.current?.abort(), [])
  useEffect(() => { if (turns.length > 0) end.current?.scrollIntoView({ block: 'nearest' }) }, [turns])
  const change = text => setTurns(old => [...old.slice(0, -1), { ...old.at(-1), text: text(old.at(-1).text) }])
  const send = async event => {
    event.preventDefault()
    const field = event.target.elements.message
    const message = field.value.trim()
    if (!message || busy) return
    setBusy(true)
    setError(null)
    setSources(null)
    field.value = ''
    setTurns(old => [...old, { who: user, mine: true, text: message }, { who: agent, text: '' }])
    let ended = false
    abort.current = new AbortController()
    try {
      const answer = await request('POST', agentPath(agent, 'chat'), { message, user }, { signal: abort.current.signal, headers: { Accept: 'text/event-stream' } })
      await events(answer, (name, data) => {
        if (name === 'sources') setSources(data.sources ?? data)
        if (name === 'delta') change(text => text + data.text)
        if (name === 'done' && data.answer) change(() => data.answer.content + (data.cut ? ' …' : ''))
        if (name === 'done' && data.error) setError(new Error(data.error))
        if (name === 'error') setError(new Error(data.detail))
        ended ||= name === 'done' || name === 'error'
      })
      if (!ended) setError(new Error('The connection ended before the reply was complete.'))
    } catch (problem) {
      if (problem.name !== 'AbortError') setError(problem)
      if (problem.status) { // it was refused, so nothing was said
        setTurns(old => old.slice(0, -2))
        field.value ||= message
      }
    }
    setTurns(old => old.at(-1)?.text === '' && !old.at(-1).mine ? old.slice(0, -1) : old) // there was no reply
    setBusy(false)
    field.focus()
  }
  const key = event => {
    if (event.key === 'Enter' && !event.shiftKey) { event.preventDefault(); event.target.form.requestSubmit() }
  }
  if (!may('write')) return html`<${Page} title="Chat"><${Empty} icon="message-circle" title="A chat is stored, so it needs a key of the scope write." /><//>`
  return html`<${Page} title="Chat" lead=${html`Talk with ${agent}. What is said is remembered, as said by the user that you name${user && html`, in <a href=${href(['agents', agent, 'sessions', 'chat-' + user])}>this conversation</a>`}.`}>
    <div class="grid two chat"><section aria-label="Conversation">
      <ol class="conversation" aria-live="polite" aria-busy=${busy}>${turns.map((turn, i) => html`<li key=${i} class=${'bubble ' + (turn.mine ? 'user' : 'agent')}><header><strong>${turn.who}</strong></header>
        <p>${turn.text || html`<span class="typing"><span class="visually-hidden">The agent is thinking</span>…</span>`}</p></li>`)}</ol>
      ${turns.length === 0 && html`<${Empty} icon="message-circle" title=${`Say something to ${agent}.`} />`}
      ${error && html`<${Problem} error=${error} />`}<div ref=${end}></div>
      <form class="card chat-form" onSubmit=${send}><${Field} label="Message" hint="Enter sends, Shift and Enter begins a new line."><textarea name="message" rows="2" required onKeyDown=${key} /><//>
        <div class="search-line"><label class="grow"><span class="visually-hidden">Your user id</span><input value=${user} required onInput=${event => setUser(event.target.value.trim())} placeholder="Your user id" /></label>
          ${busy ? html`<button type="button" onClick=${() => abort.current?.abort()}><${Icon} name="x" />Stop</button>` : html`<button class="primary"><${Icon} name="send" />Send</button>`}</div></form>
    </section><${Sources} sources=${sources} /></div><//>`
}
