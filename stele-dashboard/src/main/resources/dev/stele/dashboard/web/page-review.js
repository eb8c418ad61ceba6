// What a person should look at: notes that may contradict others, uncertain notes, and reflections that failed.
import { html, useState } from './preact.js'
import { agentPath, api, attempt, format, get, href, may, query, samples, toast, useChanges, useData } from './core.js'
import { Action, Badge, Empty, Icon, Loaded, Page, Time } from './ui.js'
import { useNoteDialog } from './page-users.js'

async function read(agent, signal) {
  const found = await get(agentPath(agent, 'review'), { signal })
  return { conflicts: found.conflicts ?? [], uncertain: found.uncertain ?? [], interactions: found.interactions ?? [] }
}

const patch = (agent, id, fields) => api('PATCH', agentPath(agent, 'notes', id), fields, { headers: { 'Content-Type': 'application/merge-patch+json' } })

const Item = ({ agent, note, why, changed, open }) => {
  const confirm = async () => {
    const reviewed = samples.get().at(-1)?.at ?? new Date().toISOString() // the time of the server, by which it tells later contradictions
    await patch(agent, note.id, { confidence: 1, metadata: { reviewed } })
    changed()
    toast('The note is confirmed.', { label: 'Undo', action: () => attempt(async () => {
      await patch(agent, note.id, { confidence: note.confidence, metadata: { reviewed: note.metadata?.reviewed ?? null } })
      changed()
    }) })
  }
  return html`<li class="card review"><p class="note-text">${note.content}</p>
    <p class="muted"><${Badge} tone="warn">${why}<//> <${Badge}>${note.category}<//>${note.user && html` about <a href=${href(['agents', agent, 'users', note.user])}>${note.user}</a>`} · <${Time} at=${note.created_at} ago /></p>
    ${(note.evidence ?? []).map((text, i) => html`<q class="evidence-line" key=${i}>${text}</q>`)}
    ${may('write') && html`<div class="actions"><${Action} icon="circle-check" kind="small" run=${confirm}>Confirm<//>
      <button class="small" onClick=${() => open(note, 'edit')}><${Icon} name="pencil" />Edit</button><button class="small" onClick=${() => open(note, 'supersede')}><${Icon} name="history" />Replace</button>
      <button class="small danger" onClick=${() => open(note, 'erase')}><${Icon} name="trash-2" />Erase</button></div>`}</li>`
}

/** Notes and entities that may be the same. The search reads all of them, so it starts on request. */
const Duplicates = ({ agent, changed }) => {
  const [groups, setGroups] = useState(null)
  const search = async () => {
    const { duplicates = [] } = await get(agentPath(agent, 'review') + query({ duplicates: true }))
    const name = (kind, id) => get(agentPath(agent, kind === 'note' ? 'notes' : 'entities', id)).then(one => one.content ?? one.name, () => id)
    setGroups(await Promise.all(duplicates.slice(0, 50).map(async group => ({
      ...group, texts: await Promise.all([group.kept, ...group.others].map(id => name(group.kind, id)))
    }))))
  }
  const merge = group => async () => {
    for (const other of group.others) {
      await api('POST', agentPath(agent, 'entities', group.kept, 'merge'), { with: other })
    }
    setGroups(old => old.filter(one => one !== group))
    changed()
    toast('The entities were merged.', { label: 'Undo', action: () => attempt(async () => {
      for (const other of [...group.others].reverse()) await api('POST', agentPath(agent, 'entities', other, 'restore'))
      await search()
    }, 'The merge was undone.') })
  }
  return html`<section class="card section-gap" aria-labelledby="duplicates-title"><header><h2 id="duplicates-title">Likely duplicates</h2>
      <${Action} icon="search" kind="small" run=${search}>Search<//></header>
    ${groups === null ? html`<p class="muted">The search compares all notes and entities of ${agent}.</p>`
      : groups.length === 0 ? html`<p class="muted" role="status">No duplicates were found.</p>`
      : html`<ul class="rows">${groups.map(group => html`<li key=${group.kept}><span class="grow">${group.texts.map((text, i) => html`<span class="block" key=${i}>${text}</span>`)}<small class="block">${group.why}</small></span>
        <${Badge}>${group.kind}<//>${may('write') && group.kind === 'entity' && html`<${Action} kind="small" icon="copy" run=${merge(group)}>Merge<//>`}
        <button class="small ghost" onClick=${() => setGroups(groups.filter(one => one !== group))}>Keep</button></li>`)}</ul>
      ${groups.some(one => one.kind === 'note') && html`<p class="muted hint">Notes are merged by a consolidation, which <a href=${href(['operations'], { agent })}>Operations</a> shows before it is applied and can undo.</p>`}`}</section>`
}

export default function Review({ agent }) {
  const inbox = useData(signal => read(agent, signal), [agent])
  useChanges(['note.', 'notes.', 'interaction.', 'consolidation.'], inbox.reload)
  const [open, dialog] = useNoteDialog(agent, inbox.reload)
  const reflect = async () => {
    const { waiting } = await api('POST', agentPath(agent, 'reflect'))
    inbox.reload()
    toast(waiting === 0 ? 'All waiting interactions were processed.' : `${format.count(waiting)} ${waiting === 1 ? 'interaction still waits' : 'interactions still wait'}; a failed one is tried again.`)
  }
  return html`<${Page} title="Review" lead="What the memory is not sure of, for a person to decide."
    actions=${may('write') && html`<${Action} icon="brain" run=${reflect}>Reflect now<//>`}>
    <${Loaded} of=${inbox} isEmpty=${data => data.conflicts.length + data.uncertain.length + data.interactions.length === 0}
      empty=${html`<${Empty} icon="circle-check" title="Nothing needs a review."><p>Contradictions, uncertain notes and failed reflections appear here.</p><//>`}>${data => html`
      ${data.conflicts.length > 0 && html`<section aria-labelledby="conflicts-title"><h2 id="conflicts-title" class="section-head">May contradict other notes <${Badge} tone="warn">${data.conflicts.length}<//></h2>
        <ul class="reviews">${data.conflicts.map(note => html`<${Item} key=${note.id} agent=${agent} note=${note} why="may contradict" changed=${inbox.reload} open=${open} />`)}</ul></section>`}
      ${data.uncertain.length > 0 && html`<section aria-labelledby="uncertain-title"><h2 id="uncertain-title" class="section-head">Uncertain notes <${Badge} tone="warn">${data.uncertain.length}<//></h2>
        <ul class="reviews">${data.uncertain.slice(0, 50).map(note => html`<${Item} key=${note.id} agent=${agent} note=${note} why=${format.share(note.confidence) + ' sure'} changed=${inbox.reload} open=${open} />`)}</ul></section>`}
      ${data.interactions.length > 0 && html`<section class="card" aria-labelledby="reflection-title"><h2 id="reflection-title">Reflection</h2><ul class="rows">
        ${data.interactions.slice(0, 50).map(one => html`<li key=${one.id}><span class="grow">${one.type}${one.user && html` of ${one.user}`}<small class="block">${one.error ?? 'waits for reflection'} · <${Time} at=${one.created_at} ago /></small></span>
          <${Badge} tone=${one.state === 'failed' ? 'danger' : ''}>${one.state}<//>${one.state === 'failed' && may('write') && html`<${Action} kind="small" icon="refresh-cw" run=${() => api('POST', agentPath(agent, 'interactions', one.id, 'retry')).then(inbox.reload)}>Try again<//>`}</li>`)}</ul></section>`}`}
    <//><${Duplicates} agent=${agent} changed=${inbox.reload} />${dialog}<//>`
}
