// The timeline of conversations, and one conversation read as a chat.
import { html, useEffect, useRef, useState } from './preact.js'
import { agentPath, api, format, get, href, query, setQuery, useChanges, useData } from './core.js'
import { Badge, Empty, Icon, Loaded, Meter, Page, Time } from './ui.js'

const PAGE = 50

/** Maximum number of items that are read by one request. */
const MOST = 500

/** Reads as many pages as are shown, all anew: a page that is kept while those before it move loses items between them. */
async function readPages(path, pages, signal) {
  const items = new Map()
  let left = PAGE * pages
  let next
  do {
    const page = await get(path(Math.min(left, MOST), next), { signal })
    page.items.forEach(item => items.set(item.id, item))
    next = page.next
    left -= MOST
  } while (next && left > 0)
  return { items: [...items.values()], next }
}

const Timeline = ({ agent, at }) => {
  const user = at.query.get('user') ?? ''
  const [pages, setPages] = useState(1)
  const sessions = useData(signal => readPages((limit, after) => agentPath(agent, 'sessions') + query({ user, limit, after }), pages, signal), [agent, user, pages])
  useEffect(() => setPages(1), [agent, user])
  useChanges(['message.', 'session.', 'agent.'], sessions.reload)
  const items = sessions.data?.items ?? []
  const next = sessions.data?.next
  const largest = Math.max(1, ...items.map(one => one.messages))
  const groups = Map.groupBy(items, one => format.day(one.last_at))
  const load = () => setPages(pages + 1)
  const submit = event => {
    event.preventDefault()
    setQuery({ user: event.target.elements.user.value.trim() })
  }
  return html`<${Page} title="Conversations" lead=${`What was said to ${agent}, the latest first.`}
    actions=${html`<form class="inline" onSubmit=${submit} role="search" aria-label="Filter by user">
      <label><span class="visually-hidden">User</span><input name="user" type="search" placeholder="Any user" defaultValue=${user} key=${user} /></label><button>Filter</button></form>`}>
    <${Loaded} of=${sessions} empty=${html`<${Empty} icon="messages-square" title=${user ? `${user} has had no conversation.` : 'No conversation is stored yet.'} />`}>
      ${() => html`<div class="timeline">${[...groups].map(([day, list]) => html`
        <section key=${day} aria-label=${day}><h2>${day}</h2><ol>${list.map(session => html`<li key=${session.id}>
          <a class="session" href=${href(['agents', agent, 'sessions', session.id])}>
            <span class="session-title">${session.title ?? session.id}</span>
            <span class="session-meta">
              ${session.user && html`<span><${Icon} name="user" />${session.user}</span>`}
              ${session.participants?.length > 0 && html`<span><${Icon} name="users" />${session.participants.join(', ')}</span>`}
              <span>${format.clock(session.started_at)}${format.clock(session.started_at) !== format.clock(session.last_at) ? ' to ' + format.clock(session.last_at) : ''}</span>
              ${session.ended_at && html`<${Badge}>ended<//>`}
            </span>
            <span class="session-count"><${Meter} value=${session.messages} max=${largest} label="Messages" text=${String(session.messages)} /> ${format.count(session.messages)}</span>
          </a></li>`)}</ol></section>`)}</div>
        ${next && html`<p class="pager"><button onClick=${load}>Show earlier conversations</button></p>`}`}
    <//><//>`
}

/** What the memory finds for a message, as of the time of the message. */
const Recalled = ({ agent, message }) => {
  const found = useData(signal => api('POST', agentPath(agent, 'recall'),
    { query: message.content.slice(0, 2000), limit: 6, as_of: message.at, filter: message.user ? { user: message.user } : {} }, { signal }), [message.id])
  return html`<aside class="recalled" aria-label="What the memory finds for this message">
    <${Loaded} of=${found} isEmpty=${data => data.hits.length === 0} empty=${html`<p class="muted">The memory found nothing for it at that time.</p>`}>
      ${data => html`<ul>${data.hits.map(hit => html`<li key=${hit.id}><${Badge}>${hit.kind}<//> ${hit.content} <small>${format.share(hit.confidence)} sure</small></li>`)}</ul>`}
    <//></aside>`
}

const Bubble = ({ agent, message }) => {
  const [open, setOpen] = useState(false)
  const who = message.metadata?.speaker ?? (message.role === 'user' ? message.user ?? 'user' : message.role === 'assistant' ? agent : message.role)
  return html`<li class=${'bubble ' + (message.role === 'assistant' ? 'agent' : message.role === 'user' ? 'user' : 'other')}>
    <header><strong>${who}</strong><${Time} at=${message.at} />
      ${message.edited_at && html`<${Badge}>edited<//>`}${message.archived && html`<${Badge}>archived<//>`}</header>
    <p>${message.content}</p>
    ${message.role === 'user' && html`<button class="ghost small" aria-expanded=${open} onClick=${() => setOpen(!open)}>
      <${Icon} name="lightbulb" />${open ? 'Hide what is remembered' : 'What is remembered for this'}</button>`}
    ${open && html`<${Recalled} agent=${agent} message=${message} />`}
  </li>`
}

const Conversation = ({ agent, id }) => {
  const session = useData(signal => get(agentPath(agent, 'sessions', id), { signal }), [agent, id])
  const [archived, setArchived] = useState(false)
  const [pages, setPages] = useState(1)
  const latest = useData(signal => readPages(
    (limit, before) => agentPath(agent, 'sessions', id, 'messages') + query({ limit, before, archived }), pages, signal), [agent, id, archived, pages])
  useEffect(() => setPages(1), [agent, id, archived])
  useChanges(['message.', 'session.'], () => { latest.reload(); session.reload() })
  const bottom = useRef()
  const known = useRef(false)
  useEffect(() => {
    if (latest.data && !known.current) { known.current = true; bottom.current?.scrollIntoView({ block: 'end' }) }
  }, [latest.data])
  const messages = [...latest.data?.items ?? []].sort((a, b) => new Date(a.at) - new Date(b.at) || a.number - b.number)
  const next = latest.data?.next
  const load = () => setPages(pages + 1)
  return html`<${Page} title=${session.data?.title ?? id}
    lead=${html`<a href=${href(['agents', agent, 'sessions'])}><${Icon} name="arrow-left" />All conversations</a>
      ${session.data && html` · ${format.count(session.data.messages)} messages${session.data.user ? ` with ${session.data.user}` : ''}`}`}
    actions=${html`<label class="check"><input type="checkbox" checked=${archived} onChange=${event => setArchived(event.target.checked)} />Archived messages too</label>`}>
    <${Loaded} of=${latest} empty=${html`<${Empty} icon="messages-square" title="This conversation has no messages.">
      ${!archived && html`<p>Older messages may be archived.</p>`}<//>`}>
      ${() => html`${next && html`<p class="pager"><button onClick=${load}>Show earlier messages</button></p>`}
        <ol class="conversation" aria-label="Messages">${messages.map(message => html`<${Bubble} key=${message.id} agent=${agent} message=${message} />`)}</ol><div ref=${bottom}></div>`}
    <//><//>`
}

export default function Sessions({ agent, at }) {
  return at.path[3] ? html`<${Conversation} key=${at.path[3]} agent=${agent} id=${at.path[3]} />` : html`<${Timeline} agent=${agent} at=${at} />`
}
