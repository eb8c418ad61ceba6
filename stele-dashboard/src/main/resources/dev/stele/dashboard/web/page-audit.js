// The audit log: who erased, restored, merged, corrected, imported, exported and administered what.
import { html, useEffect, useState } from './preact.js'
import { attempt, format, get, href, query, setQuery, useData } from './core.js'
import { Action, Badge, Empty, Field, Icon, Loaded, Page, Select, Time } from './ui.js'

const OPERATIONS = {
  createKey: 'Created an API key', revokeKey: 'Revoked an API key', deleteAgent: 'Erased an agent', deleteUser: 'Erased a user', deleteSession: 'Erased a session',
  deleteMessage: 'Erased a message', deleteNote: 'Erased a note', deleteDocument: 'Erased a document', deleteCollection: 'Erased a collection',
  deleteEntity: 'Retired or erased an entity', deleteObservation: 'Retired or erased a fact', deleteRelation: 'Retired or erased a relation',
  restoreBackup: 'Restored a backup', restoreEntity: 'Brought back an entity', restoreObservation: 'Brought back a fact', restoreRelation: 'Brought back a relation',
  mergeEntities: 'Merged entities', splitEntity: 'Split an entity', consolidateUser: 'Consolidated notes', applyConsolidation: 'Applied a plan of consolidation', undoConsolidation: 'Undid a consolidation',
  updateNote: 'Changed a note', updateUser: 'Changed a user', updateEntity: 'Changed an entity', updateRelation: 'Changed a relation', editMessage: 'Edited a message',
  updateSession: 'Changed who takes part in a session', mergeDuplicates: 'Merged duplicates', runMemoryTool: 'Changed a memory file',
  retryInteraction: 'Retried a reflection', importFile: 'Imported a file', exportAgent: 'Exported an agent', createBackup: 'Backed up an agent', migrate: 'Copied agents to another place', rebuildEmbeddings: 'Computed embeddings', submitTask: 'Started a job', cancelTask: 'Canceled a job',
  setAccess: 'Changed access rules', setPersona: 'Changed the persona', setSchedule: 'Changed the schedule', purgeArena: 'Released memory', optimizeArenas: 'Released memory',
  resetArenas: 'Reset figures of memory', setProfiling: 'Changed profiling'
}
const SURFACES = { rest: 'REST or dashboard', mcp: 'MCP', command: 'command' }
const TONES = { done: 'accent', refused: 'warn', failed: 'danger' }
const outcome = one => html`<${Badge} tone=${TONES[one.outcome]}>${one.outcome}${one.status >= 400 ? ', ' + one.status : ''}<//>`

/** Who acted: the label of a key, or an account of the operating system. */
function Who({ one }) {
  if (one.key) return html`${one.label} <small><code>${one.key}</code></small>`
  if (one.account) return html`${one.account} <small class="muted">account</small>`
  return html`<span class="muted">this machine, without a key</span>`
}

export default function Audit({ at }) {
  const filter = Object.fromEntries(['operation', 'surface', 'agent', 'key'].map(name => [name, at.query.get(name) ?? '']))
  const [more, setMore] = useState({ items: [], next: undefined })
  const first = useData(signal => get('/v1/audit' + query(filter), { signal }), Object.values(filter))
  const keys = useData(signal => get('/v1/keys', { signal }), [])
  const agents = useData(signal => get('/v1/agents' + query({ limit: 200 }), { signal }), [])
  useEffect(() => setMore({ items: [], next: undefined }), [first.data])
  const next = more.next === undefined ? first.data?.next : more.next
  const older = () => attempt(async () => {
    const page = await get('/v1/audit' + query({ ...filter, after: next }))
    setMore(old => ({ items: [...old.items, ...page.items], next: page.next ?? null }))
  })
  const submit = event => {
    event.preventDefault()
    setQuery(Object.fromEntries(new FormData(event.target)))
  }
  return html`<${Page} title="Audit" lead="Who erased, restored, merged, corrected and administered what, by REST, MCP and commands."
    actions=${html`<button onClick=${first.reload}><${Icon} name="refresh-cw" />Read again</button>`}>
    <form class="card" role="search" aria-label="Filter the audit log" onSubmit=${submit} key=${at.query.toString()}><div class="fields narrow">
      <${Field} label="What"><${Select} name="operation" initial=${filter.operation} options=${[['', 'Everything'], ...Object.entries(OPERATIONS).filter(([, text], i, all) => all.findIndex(one => one[1] === text) === i)]} /><//>
      <${Field} label="By"><${Select} name="surface" initial=${filter.surface} options=${[['', 'Everything'], ...Object.entries(SURFACES)]} /><//>
      <${Field} label="Agent"><input name="agent" defaultValue=${filter.agent} list="audit-agents" placeholder="all" /><//>
      <${Field} label="Key"><input name="key" defaultValue=${filter.key} list="audit-keys" placeholder="all" /><//>
      <div class="field"><span aria-hidden="true">\u00a0</span><button class="primary"><${Icon} name="search" />Filter</button></div></div>
      <datalist id="audit-agents">${(agents.data?.items ?? []).map(name => html`<option value=${name} key=${name} />`)}</datalist>
      <datalist id="audit-keys">${(keys.data?.items ?? []).map(key => html`<option value=${key.id} key=${key.id}>${key.label}</option>`)}</datalist></form>
    <section class="card section-gap" aria-label="Entries">
      <${Loaded} of=${first} empty=${html`<${Empty} icon="history" title="Nothing is recorded."><p>Requests that only store content, such as messages, are not part of this log. Runs of retention and reflection are among the changes of an agent.</p><//>`}>${data => html`
        <div class="scroll" tabindex="0" role="region" aria-label="Audit log"><table class="data audit"><thead><tr><th scope="col">When</th><th scope="col">What</th><th scope="col">Agent</th><th scope="col">Who</th><th scope="col">By</th><th scope="col">Outcome</th></tr></thead>
          <tbody>${[...data.items, ...more.items].map(one => html`<tr key=${[one.at, one.request, one.operation, one.agent].join()}><td><${Time} at=${one.at} /></td><th scope="row">${OPERATIONS[one.operation] ?? one.operation}${one.detail && html`<small class="block"><code>${one.detail}</code></small>`}</th>
            <td>${one.agent ? html`<a href=${href(['agents', one.agent, 'sessions'])}>${one.agent}</a>` : ''}</td>
            <td><${Who} one=${one} /></td><td>${SURFACES[one.surface]}</td><td>${outcome(one)}</td></tr>`)}</tbody></table></div>
        ${next && html`<div class="form-actions"><${Action} run=${older}>Show older entries<//></div>`}
        <p class="muted hint">${format.count(data.items.length + more.items.length)} entries are shown, the newest first.</p>`}<//></section>
  <//>`
}
