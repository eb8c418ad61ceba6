// What a person should look at: notes that may contradict others, uncertain notes, and reflections that failed.
import { html, useState } from './lib-preact.js'
import { agentPath, api, attempt, format, get, href, may, query, toast, useChanges, useData } from './core.js'
import { Action, Badge, Empty, Icon, Loaded, Page, Time } from './ui.js'
import { Erase, NoteForm } from './page-users.js'

const UNCERTAIN = 0.6

async function read(agent, signal) {
  const users = (await get(agentPath(agent, 'users') + query({ limit: 50 }), { signal })).items
  const [notes, failed, pending, ...summaries] = await Promise.all([
    get(agentPath(agent, 'notes') + query({ limit: 500 }), { signal }),
    get(agentPath(agent, 'interactions') + query({ state: 'failed', limit: 50 }), { signal }),
    get(agentPath(agent, 'interactions') + query({ state: 'pending', limit: 50 }), { signal }),
    ...users.map(user => get(agentPath(agent, 'users', user, 'summary'), { signal }))
  ])
  const ids = [...new Set(summaries.flatMap(one => one.review))]
  const known = new Map(notes.items.map(note => [note.id, note]))
  const conflicts = await Promise.all(ids.map(id => known.get(id) ?? get(agentPath(agent, 'notes', id), { signal }).catch(() => null)))
  const inConflict = new Set(ids)
  return {
    conflicts: conflicts.filter(Boolean),
    uncertain: notes.items.filter(note => note.confidence < UNCERTAIN && !note.pinned && !inConflict.has(note.id)).sort((a, b) => a.confidence - b.confidence),
    failed: failed.items, pending: pending.items
  }
}

const patch = (agent, id, fields) => api('PATCH', agentPath(agent, 'notes', id), fields, { headers: { 'Content-Type': 'application/merge-patch+json' } })

const Item = ({ agent, note, why, changed }) => {
  const [dialog, setDialog] = useState(null)
  const close = () => setDialog(null)
  const done = () => { close(); changed() }
  const confirm = async () => {
    await patch(agent, note.id, { confidence: 1 })
    changed()
    toast('The note is confirmed.', { label: 'Undo', action: () => attempt(async () => { await patch(agent, note.id, { confidence: note.confidence }); changed() }) })
  }
  return html`<li class="card review"><p class="note-text">${note.content}</p>
    <p class="muted"><${Badge} tone="warn">${why}<//> <${Badge}>${note.category}<//>${note.user && html` about <a href=${href(['agents', agent, 'users', note.user])}>${note.user}</a>`} · <${Time} at=${note.created_at} ago /></p>
    ${(note.evidence ?? []).map((text, i) => html`<q class="evidence-line" key=${i}>${text}</q>`)}
    ${may('write') && html`<div class="actions"><${Action} icon="circle-check" kind="small" run=${confirm}>Confirm<//>
      <button class="small" onClick=${() => setDialog('edit')}><${Icon} name="pencil" />Edit</button><button class="small" onClick=${() => setDialog('supersede')}><${Icon} name="history" />Replace</button>
      <button class="small danger" onClick=${() => setDialog('erase')}><${Icon} name="trash-2" />Erase</button></div>`}
    ${(dialog === 'edit' || dialog === 'supersede') && html`<${NoteForm} agent=${agent} note=${note} supersede=${dialog === 'supersede'} close=${close} done=${done} />`}
    ${dialog === 'erase' && html`<${Erase} title="Erase a note" path=${agentPath(agent, 'notes', note.id)} close=${close} done=${done} />`}</li>`
}

export default function Review({ agent }) {
  const inbox = useData(signal => read(agent, signal), [agent])
  useChanges(['note.', 'notes.', 'interaction.', 'consolidation.'], inbox.reload)
  const reflect = async () => { await api('POST', agentPath(agent, 'reflect')); inbox.reload() }
  return html`<${Page} title="Review" lead="What the memory is not sure of, for a person to decide."
    actions=${may('write') && html`<${Action} icon="brain" run=${reflect} done="All waiting interactions were processed.">Reflect now<//>`}>
    <${Loaded} of=${inbox} isEmpty=${data => data.conflicts.length + data.uncertain.length + data.failed.length + data.pending.length === 0}
      empty=${html`<${Empty} icon="circle-check" title="Nothing needs a review."><p>Contradictions, uncertain notes and failed reflections appear here.</p><//>`}>${data => html`
      ${data.conflicts.length > 0 && html`<section aria-labelledby="conflicts-title"><h2 id="conflicts-title" class="section-head">May contradict other notes <${Badge} tone="warn">${data.conflicts.length}<//></h2>
        <ul class="reviews">${data.conflicts.map(note => html`<${Item} key=${note.id} agent=${agent} note=${note} why="may contradict" changed=${inbox.reload} />`)}</ul></section>`}
      ${data.uncertain.length > 0 && html`<section aria-labelledby="uncertain-title"><h2 id="uncertain-title" class="section-head">Uncertain notes <${Badge} tone="warn">${data.uncertain.length}<//></h2>
        <ul class="reviews">${data.uncertain.slice(0, 50).map(note => html`<${Item} key=${note.id} agent=${agent} note=${note} why=${format.share(note.confidence) + ' sure'} changed=${inbox.reload} />`)}</ul></section>`}
      ${data.failed.length + data.pending.length > 0 && html`<section class="card" aria-labelledby="reflection-title"><h2 id="reflection-title">Reflection</h2><ul class="rows">
        ${[...data.failed, ...data.pending].map(one => html`<li key=${one.id}><span class="grow">${one.type}${one.user && html` of ${one.user}`}<small class="block">${one.error ?? 'waits for reflection'} · <${Time} at=${one.created_at} ago /></small></span>
          <${Badge} tone=${one.state === 'failed' ? 'danger' : ''}>${one.state}<//>${one.state === 'failed' && may('write') && html`<${Action} kind="small" icon="refresh-cw" run=${() => api('POST', agentPath(agent, 'interactions', one.id, 'retry')).then(inbox.reload)}>Try again<//>`}</li>`)}</ul></section>`}`}
    <//><//>`
}
