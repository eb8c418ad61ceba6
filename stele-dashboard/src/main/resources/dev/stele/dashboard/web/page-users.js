// What an agent knows about a user: context with its history, notes, and what would go if the user were forgotten.
import { html, useState } from './preact.js'
import { agentPath, api, attempt, format, get, go, href, may, query, toast, useChanges, useData } from './core.js'
import { Badge, Dialog, Empty, Field, Icon, Loaded, Loading, Meter, Page, Problem, Stat, Time } from './ui.js'

const CATEGORIES = ['fact', 'preference', 'interest', 'behavior', 'knowledge', 'learning']

const List = ({ agent }) => {
  const [after, setAfter] = useState(undefined)
  const users = useData(async signal => {
    const page = await get(agentPath(agent, 'users') + query({ limit: 24, after }), { signal })
    return { ...page, items: await Promise.all(page.items.map(id => get(agentPath(agent, 'users', id), { signal }))) }
  }, [agent, after])
  useChanges(['user.'], users.reload)
  const open = event => {
    event.preventDefault()
    const name = event.target.elements.user.value.trim()
    if (name) go(['agents', agent, 'users', name])
  }
  return html`<${Page} title="Users" lead=${`The people ${agent} knows.`} actions=${html`<form class="inline" onSubmit=${open} role="search" aria-label="Open a user">
      <label><span class="visually-hidden">Id of a user</span><input name="user" type="search" placeholder="Id of a user" required /></label><button>Open</button></form>`}>
    <${Loaded} of=${users} empty=${html`<${Empty} icon="users" title="No user has a context yet."><p>A context appears with the first recorded interaction. Notes about a user are shown when you open the id.</p><//>`}>
      ${data => html`<ul class="grid people">${data.items.map(user => html`<li key=${user.user_id}><a class="card person" href=${href(['agents', agent, 'users', user.user_id])}>
          <strong>${user.user_id}</strong><${Badge} tone="accent">${user.stage}<//>
          <span class="person-line"><span>Friendship</span><${Meter} value=${user.friendship} max=${100} label=${'Friendship with ' + user.user_id} text=${user.friendship + ' of 100'} /></span>
          <small>${format.count(user.conversations)} interactions${user.last_interaction ? ', the last ' + format.ago(user.last_interaction) : ''}</small></a></li>`)}</ul>
        ${(after || data.next) && html`<nav class="pager" aria-label="Pages of users"><button disabled=${!after} onClick=${() => setAfter(undefined)}>First page</button>
          <button disabled=${!data.next} onClick=${() => setAfter(data.next)}>Next page</button></nav>`}`}
    <//><//>`
}

/** Friendship over the versions of the context, drawn as a line. */
const History = ({ agent, user }) => {
  const history = useData(signal => get(agentPath(agent, 'users', user, 'history') + query({ limit: 50 }), { signal }), [agent, user])
  useChanges(['user.'], history.reload)
  return html`<section class="card" aria-labelledby="history-title"><header><h2 id="history-title">History</h2></header>
    <${Loaded} of=${history} empty=${html`<p class="muted">There is no earlier version.</p>`}>${data => {
      const versions = [...data.items].reverse()
      const x = i => versions.length === 1 ? 0 : i / (versions.length - 1) * 300
      const points = versions.map((one, i) => `${x(i)},${80 - one.context.friendship * 0.7}`).join(' ')
      return html`<svg class="spark" viewBox="-4 0 308 84" preserveAspectRatio="none" role="img" aria-label=${`Friendship over ${versions.length} versions: from ${versions[0].context.friendship} to ${versions.at(-1).context.friendship} of 100`}>
          <line x1="0" x2="300" y1="80" y2="80" /><polyline points=${points} />${versions.length === 1 && html`<circle cx="0" cy=${80 - versions[0].context.friendship * 0.7} r="3" />`}</svg>
        <ol class="facts">${data.items.slice(0, 8).map(one => html`<li key=${one.context.version}><span>${one.context.stage}, friendship ${one.context.friendship}, trust ${one.context.trust.toFixed(2)}</span><small><${Time} at=${one.at} /></small></li>`)}</ol>`
    }}<//></section>`
}

const ContextForm = ({ agent, user, context: latest, close, done }) => {
  const [context] = useState(latest) // the form keeps what was there when it was opened
  const [current, setCurrent] = useState(context)
  const [conflict, setConflict] = useState(null)
  const [error, setError] = useState(null)
  const lines = values => Object.entries(values).map(([name, value]) => `${name}: ${value}`).join('\n')
  const parse = (text, old, convert) => {
    const result = Object.fromEntries(Object.keys(old).map(name => [name, null]))
    for (const line of text.split('\n').filter(one => one.trim())) {
      const at = line.indexOf(':')
      if (at < 0) throw new Error(`The line "${line}" has no colon; write for example: language: Portuguese`)
      result[line.slice(0, at).trim()] = convert(line.slice(at + 1).trim())
    }
    return result
  }
  const submit = async event => {
    event.preventDefault()
    const of = event.target.elements
    setConflict(null)
    setError(null)
    try {
      const strength = text => {
        if (text === '' || !(Number(text) >= 0 && Number(text) <= 1)) throw new Error(`The strength "${text}" is no number from 0 to 1; write for example: curious: 0.8`)
        return Number(text)
      }
      const patch = { friendship: Number(of.friendship.value), trust: Number(of.trust.value),
        traits: parse(of.traits.value, current.traits, strength), preferences: parse(of.preferences.value, current.preferences, String) }
      await api('PATCH', agentPath(agent, 'users', user), patch, { headers: { 'Content-Type': 'application/merge-patch+json', 'If-Match': `"${current.version}"` } })
      toast('The context was saved.')
      done()
    } catch (problem) {
      setError(problem)
      if (problem.status === 412) {
        const now = await get(agentPath(agent, 'users', user))
        setConflict(now)
        setCurrent({ ...current, version: now.version })
      }
    }
  }
  return html`<${Dialog} title=${`Context of ${user}`} onClose=${close}><form onSubmit=${submit}>
    ${conflict ? html`<div class="notice" role="alert"><div><p>Somebody else has changed the context meanwhile: friendship ${conflict.friendship}, trust ${conflict.trust}, ${Object.keys(conflict.preferences).length} preferences.</p><p>Save again to replace it with what you entered, or cancel.</p></div></div>` : error && html`<${Problem} error=${error} />`}
    <div class="fields"><${Field} label="Friendship, 0 to 100"><input name="friendship" type="number" min="0" max="100" step="any" defaultValue=${context.friendship} required /><//>
      <${Field} label="Trust, 0 to 1"><input name="trust" type="number" min="0" max="1" step="any" defaultValue=${context.trust} required /><//></div>
    <${Field} label="Preferences" hint="one on each line: name: text"><textarea name="preferences" defaultValue=${lines(context.preferences)} /><//>
    <${Field} label="Traits" hint="one on each line: name: strength from 0 to 1"><textarea name="traits" defaultValue=${lines(context.traits)} /><//>
    <div class="form-actions"><button type="button" onClick=${close}>Cancel</button><button class="primary">Save</button></div></form><//>`
}

/** Edits a note, or replaces it with a new one that supersedes it. */
export const NoteForm = ({ agent, note: latest, user, supersede, close, done }) => {
  const [note] = useState(latest)
  const [error, setError] = useState(null)
  const [conflict, setConflict] = useState(null)
  const submit = async event => {
    event.preventDefault()
    const of = event.target.elements
    const fields = { content: of.content.value, category: of.category.value.trim(), confidence: Number(of.confidence.value), importance: Number(of.importance.value) }
    try {
      if (!note) await api('POST', agentPath(agent, 'notes') + '?merge=true', { ...fields, user })
      else if (supersede) {
        // Where it comes from decides who sees it, and what erases it.
        const { user, session, provenance, pinned, metadata } = note
        const validity = note.valid_to && new Date(note.valid_to) > Date.now() ? { valid_from: note.valid_from, valid_to: note.valid_to } : {}
        await api('POST', agentPath(agent, 'notes'), { user, session, provenance, pinned, metadata, ...validity, tags: (note.tags ?? []).filter(tag => tag !== 'review'), ...fields, supersedes: note.id })
      }
      else await api('PATCH', agentPath(agent, 'notes', note.id), fields, { headers: { 'Content-Type': 'application/merge-patch+json', 'If-Match': conflict ? `"${conflict.version}"` : `"${note.version}"` } })
      toast(supersede ? 'The note was replaced. The earlier one is kept as superseded.' : 'The note was saved.')
      done()
    } catch (problem) {
      if (problem.status === 412) setConflict(await get(agentPath(agent, 'notes', note.id)).catch(() => null))
      setError(problem)
    }
  }
  return html`<${Dialog} title=${!note ? 'Add a note' : supersede ? 'Replace a note' : 'Edit a note'} onClose=${close}><form onSubmit=${submit}>
    ${conflict ? html`<div class="notice" role="alert"><div><p>Somebody else has changed this note meanwhile. It now says: “${conflict.content}”</p>
      ${['category', 'confidence', 'importance'].filter(name => conflict[name] !== note[name]).map(name => html`<p key=${name}>Its ${name} is now ${conflict[name]}.</p>`)}
      <p>Save again to replace it with what you entered, or cancel.</p></div></div>` : error && html`<${Problem} error=${error} />`}
    <${Field} label="Note"><textarea name="content" required autofocus defaultValue=${note?.content ?? ''} /><//>
    <div class="fields"><${Field} label="Category"><input name="category" required defaultValue=${note?.category ?? 'fact'} list="note-categories" /><//>
      <${Field} label="Confidence"><input name="confidence" type="number" min="0" max="1" step="any" defaultValue=${note?.confidence ?? 1} required /><//>
      <${Field} label="Importance"><input name="importance" type="number" min="0" max="1" step="any" defaultValue=${note?.importance ?? 0.5} required /><//></div>
    <datalist id="note-categories">${CATEGORIES.map(one => html`<option value=${one} />`)}</datalist>
    <div class="form-actions"><button type="button" onClick=${close}>Cancel</button><button class="primary">${supersede ? 'Replace' : 'Save'}</button></div></form><//>`
}

/** Shows what an erasure would remove, and erases only after the reader has seen it. */
export const Erase = ({ title, path, confirm, close, done }) => {
  const preview = useData(signal => api('DELETE', path + '?preview=true', undefined, { signal }), [path])
  const [text, setText] = useState('')
  const counts = preview.data ? Object.entries(preview.data).filter(([, value]) => typeof value === 'number' && value > 0) : []
  const erase = async () => {
    if (await attempt(() => api('DELETE', path), 'It was erased.')) done()
  }
  return html`<${Dialog} title=${title} onClose=${close}>
    ${preview.error ? html`<${Problem} error=${preview.error} />` : !preview.data ? html`<${Loading} />` : html`
      <p>This is erased for good, with everything that was derived from it:</p>
      ${counts.length === 0 ? html`<p class="muted">Nothing is stored.</p>` : html`<dl class="stats small-stats">${counts.map(([kind, count]) => html`<${Stat} key=${kind} label=${kind === 'reduced' ? 'reduced' : kind} value=${format.count(count)} />`)}</dl>`}
      ${preview.data.items?.length > 0 && html`<details><summary>Which items</summary><ul class="facts scroll-list">${preview.data.items.slice(0, 200).map(one => html`<li key=${one.kind + one.id}><span>${one.id}</span><${Badge}>${one.kind}<//></li>`)}</ul></details>`}
      ${preview.data.reduced > 0 && html`<p class="muted">Reduced items stay, because other sources support them; they lose what came from here.</p>`}
      ${confirm && html`<${Field} label=${`Enter ${confirm} to confirm`}><input value=${text} onInput=${event => setText(event.target.value)} autocomplete="off" /><//>`}
      <div class="form-actions"><button type="button" onClick=${close}>Cancel</button><button class="danger" disabled=${confirm && text !== confirm} onClick=${erase}><${Icon} name="trash-2" />Erase</button></div>`}
  <//>`
}

/**
 * Dialogs that change a note of a list. The list shows them beside itself: the note may leave the list, or move in it,
 * while somebody edits it.
 *
 * @returns a function that opens a dialog: edit, supersede or erase; and the dialog that is open
 */
export function useNoteDialog(agent, changed) {
  const [shown, setShown] = useState(null)
  const close = () => setShown(null)
  const done = () => { close(); changed() }
  return [(note, what) => setShown({ note, what }), shown && (shown.what === 'erase'
    ? html`<${Erase} title="Erase a note" path=${agentPath(agent, 'notes', shown.note.id)} close=${close} done=${done} />`
    : html`<${NoteForm} agent=${agent} note=${shown.note} supersede=${shown.what === 'supersede'} close=${close} done=${done} />`)]
}

const Note = ({ agent, note, changed, open }) => {
  const write = may('write')
  const pin = () => attempt(async () => {
    await api('PATCH', agentPath(agent, 'notes', note.id), { pinned: !note.pinned }, { headers: { 'Content-Type': 'application/merge-patch+json' } })
    changed()
  }, note.pinned ? 'The note is no longer pinned.' : 'The note is pinned: it is neither consolidated nor expired.')
  return html`<li class="card note"><p class="note-text">${note.content}</p>
    <dl class="note-facts"><div><dt>Confidence</dt><dd><${Meter} value=${note.confidence} label="Confidence" text=${format.share(note.confidence)} /> ${format.share(note.confidence)}</dd></div>
      <div><dt>Importance</dt><dd><${Meter} value=${note.importance} label="Importance" text=${format.share(note.importance)} /> ${format.share(note.importance)}</dd></div>
      <div><dt>Noted</dt><dd><${Time} at=${note.created_at} day /></dd></div>
      ${note.valid_to && html`<div><dt>Valid until</dt><dd><${Time} at=${note.valid_to} day /></dd></div>`}</dl>
    <p class="note-badges">${note.pinned && html`<${Badge} tone="accent">pinned<//>`}${note.superseded_by && html`<${Badge} tone="warn">superseded<//>`}${(note.tags ?? []).map(tag => html`<${Badge} key=${tag}>${tag}<//>`)}</p>
    ${(note.evidence ?? []).length > 0 && html`<details><summary><${Icon} name="info" />Evidence</summary><ul class="evidence">${note.evidence.map((text, i) => html`<li key=${i}><q>${text}</q></li>`)}</ul>
      ${(note.provenance ?? []).length > 0 && html`<p class="muted">From ${note.provenance.length} ${note.provenance.length === 1 ? 'message' : 'messages'}.</p>`}</details>`}
    ${write && html`<div class="actions"><button class="ghost small" onClick=${pin} aria-pressed=${note.pinned === true}><${Icon} name="pin" />${note.pinned ? 'Unpin' : 'Pin'}</button>
      <button class="ghost small" onClick=${() => open(note, 'edit')}><${Icon} name="pencil" />Edit</button>
      <button class="ghost small" onClick=${() => open(note, 'supersede')}><${Icon} name="history" />Replace</button>
      <button class="ghost small" onClick=${() => open(note, 'erase')}><${Icon} name="trash-2" />Erase</button></div>`}
  </li>`
}

const Notes = ({ agent, user }) => {
  const [superseded, setSuperseded] = useState(false)
  const [adding, setAdding] = useState(false)
  const [limit, setLimit] = useState(60)
  const notes = useData(signal => get(agentPath(agent, 'notes') + query({ user, limit, superseded }), { signal }), [agent, user, limit, superseded])
  useChanges(['note.', 'notes.', 'consolidation.'], notes.reload)
  const [open, dialog] = useNoteDialog(agent, notes.reload)
  return html`<section aria-labelledby="notes-title"><header class="section-head"><h2 id="notes-title">Notes</h2><div class="actions">
      <label class="check"><input type="checkbox" checked=${superseded} onChange=${event => setSuperseded(event.target.checked)} />Superseded too</label>
      ${may('write') && html`<button class="small" onClick=${() => setAdding(true)}><${Icon} name="plus" />Add a note</button>`}</div></header>
    <${Loaded} of=${notes} empty=${html`<${Empty} icon="inbox" title=${`Nothing is noted about ${user}.`} />`}>${data => {
      const groups = [...Map.groupBy(data.items, note => note.category)].sort((a, b) => b[1].length - a[1].length)
      return html`<div class="categories">${groups.map(([category, list]) => html`<section key=${category} class=${list.length > 1 ? 'span' : ''} aria-label=${category}><h3 class="category">${category} <small>${list.length}</small></h3>
          <ul class="grid notes">${list.map(note => html`<${Note} key=${note.id} agent=${agent} note=${note} changed=${notes.reload} open=${open} />`)}</ul></section>`)}</div>
        ${data.next && html`<p class="pager"><button onClick=${() => setLimit(limit + 60)}>Show more notes</button></p>`}`
    }}<//>
    ${dialog}${adding && html`<${NoteForm} agent=${agent} user=${user} close=${() => setAdding(false)} done=${() => { setAdding(false); notes.reload() }} />`}</section>`
}

const User = ({ agent, user }) => {
  const [dialog, setDialog] = useState(null)
  const context = useData(signal => get(agentPath(agent, 'users', user), { signal }).catch(error => { if (error.status === 404) return null; throw error }), [agent, user])
  useChanges(['user.'], context.reload)
  const data = context.data
  const pairs = (values, show) => Object.entries(values ?? {}).map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${show(value, name)}</dd></div>`)
  return html`<${Page} title=${user} lead=${html`<a href=${href(['agents', agent, 'users'])}><${Icon} name="arrow-left" />All users</a>`}
    actions=${html`${may('write') && data && html`<button onClick=${() => setDialog('context')}><${Icon} name="pencil" />Edit context</button>`}
      ${may('write') && html`<button class="danger" onClick=${() => setDialog('forget')}><${Icon} name="trash-2" />Forget this user</button>`}`}>
    <${Loaded} of=${context} isEmpty=${value => value === null} empty=${html`<p class="notice"><${Icon} name="info" />${agent} has no context of ${user} yet; it appears with the first recorded interaction.</p>`}>
      ${() => html`<dl class="stats"><${Stat} label="Stage" value=${data.stage} hint=${`since ${format.day(data.first_met)}`} /><${Stat} label="Friendship" value=${data.friendship} hint="of 100" />
          <${Stat} label="Trust" value=${format.share(data.trust)} /><${Stat} label="Interactions" value=${format.count(data.conversations)} hint=${data.last_interaction ? format.ago(data.last_interaction) : ''} /></dl>
        <div class="grid two"><section class="card" aria-labelledby="about-title"><header><h2 id="about-title">Preferences and traits</h2></header>
          ${Object.keys(data.preferences).length + Object.keys(data.traits).length + data.moods.length === 0 ? html`<p class="muted">None is known.</p>` : html`<dl class="pairs">${pairs(data.preferences, String)}
            ${pairs(data.traits, (value, name) => html`<${Meter} value=${value} label=${name} text=${format.share(value)} />`)}
            ${data.moods.length > 0 && html`<div><dt>Moods</dt><dd>${data.moods.slice(-5).reverse().map(one => html`<${Badge} key=${one.at}>${one.mood}<//> `)}</dd></div>`}</dl>`}</section>
          <${History} agent=${agent} user=${user} /></div>`}<//>
    <${Notes} agent=${agent} user=${user} />
    ${dialog === 'context' && html`<${ContextForm} agent=${agent} user=${user} context=${data} close=${() => setDialog(null)} done=${() => { setDialog(null); context.reload() }} />`}
    ${dialog === 'forget' && html`<${Erase} title=${`Forget ${user}?`} path=${agentPath(agent, 'users', user)} confirm=${user} close=${() => setDialog(null)} done=${() => go(['agents', agent, 'users'])} />`}
  <//>`
}

export default function Users({ agent, at }) {
  return at.path[3] ? html`<${User} key=${at.path[3]} agent=${agent} user=${at.path[3]} />` : html`<${List} agent=${agent} />`
}
