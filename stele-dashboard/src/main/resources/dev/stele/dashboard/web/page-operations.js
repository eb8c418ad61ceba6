// Background jobs, consolidation with a preview, import and export, changes as they happen, and the settings in force.
import { html, useEffect, useRef, useState } from './preact.js'
import { agentPath, api, attempt, epoch, follow, format, get, login, may, query, reachesAll, receive, request, samples, setQuery, toast, upload, useChanges, useData } from './core.js'
import { Action, Badge, Dialog, download, Empty, Field, Icon, JobName, JobState, Loaded, Loading, Page, Problem, Select, Time } from './ui.js'

/** A result in words: names of fields with their values. */
const Result = ({ value }) => value === null || value === undefined ? null : typeof value !== 'object' ? String(value)
  : html`${Object.entries(value).map(([name, one]) => `${name.replaceAll('_', ' ')} ${typeof one === 'object' ? JSON.stringify(one) : one}`).join(', ')}`

const Jobs = ({ agent, onBackups }) => {
  const tasks = useData(signal => get('/v1/tasks' + query({ limit: 12 }), { signal }), [])
  const tick = samples.use()
  const active = tasks.data?.items.some(task => task.state === 'queued' || task.state === 'running')
  useEffect(() => { if (active && !tasks.loading) tasks.reload() }, [tick])
  const backups = tasks.data?.items.filter(task => task.kind === 'backup' && task.state === 'done').length ?? 0
  useEffect(() => onBackups(backups), [backups])
  const start = kind => api('POST', '/v1/tasks', { kind, ...(kind === 'optimize' ? {} : { agent }) }).then(tasks.reload)
  return html`<section class="card" aria-labelledby="jobs-title"><header><h2 id="jobs-title">Background jobs</h2></header>
    ${may('admin') ? html`<div class="actions">
      <${Action} icon="download" run=${() => start('backup')} disabled=${!agent} done="The backup is queued.">Back up<//>
      <${Action} icon="circle-check" run=${() => start('verify')} disabled=${!agent} done="The check is queued.">Verify<//>
      <${Action} icon="wrench" run=${() => start('maintenance')} disabled=${!agent} done="The maintenance is queued.">Maintain<//>
      ${reachesAll() && html`<${Action} icon="cpu" run=${() => start('optimize')} done="The release of memory is queued.">Release free memory<//>`}</div>
      <p class="muted hint">Maintenance applies retention, computes missing vectors and removes what was erased. Backups are written to the directory <code>backups</code> of the data directory.</p>`
      : html`<p class="muted">Jobs are started with a key of the scope admin.</p>`}
    <${Loaded} of=${tasks} empty=${html`<${Empty} icon="wrench" title="No job has run yet." />`}>${data => html`<ul class="rows">${data.items.map(task => html`<li key=${task.id}>
      <span class="grow"><${JobName} task=${task} />
        ${(task.error || task.result || task.progress) && html`<small class="block">${task.error ?? html`<${Result} value=${task.result ?? task.progress} />`}</small>`}</span>
      <${JobState} task=${task} />
      ${may('admin') && (task.state === 'queued' || task.state === 'running') && html`<${Action} kind="small" run=${() => api('POST', `/v1/tasks/${task.id}/cancel`).then(tasks.reload)}>Cancel<//>`}</li>`)}</ul>`}<//>
  </section>`
}

const removedMessages = plan => plan.excess === 0
  ? `No message is removed: ${format.count(plan.messages)} of at most ${plan.max_messages === 0 ? 'any number' : format.count(plan.max_messages)} are live.`
  : `${format.count(plan.excess)} of ${format.count(plan.messages)} messages are ${plan.archive ? 'moved to the archive' : 'deleted'}, the oldest ones up to ${format.time(plan.until)}.`

/** What retention would remove, before it does. */
const Retention = ({ agent }) => {
  const [plan, setPlan] = useState(null)
  useChanges(['message.', 'note.', 'agent.'], () => setPlan(null)) // it may no longer be true
  const preview = async () => setPlan(await get(agentPath(agent, 'retention')))
  return html`<section class="card" aria-labelledby="retention-title"><header><h2 id="retention-title">Retention</h2>
      <${Action} kind="small" icon="eye" run=${preview}>Preview retention<//></header>
    <p class="muted">Maintenance removes the oldest messages beyond the maximum and retires notes that nobody used.</p>
    ${plan && html`<div role="status"><p>${removedMessages(plan)}</p>
      ${plan.oldest.length > 0 && html`<details><summary>The first ${plan.oldest.length}</summary><ul class="facts">${plan.oldest.map(one => html`<li key=${one.id}><span>${one.content.slice(0, 200)} <small><${Time} at=${one.at} /></small></span></li>`)}</ul></details>`}
      <p>${plan.expired === 0 ? 'No note is retired.' : `${format.count(plan.expired)} unused ${plan.expired === 1 ? 'note is' : 'notes are'} retired.`}
        ${new Date(plan.notes_from) > Date.now() && html` <span class="muted">Notes are retired at most once an hour, next after ${format.clock(plan.notes_from)}.</span>`}</p>
      ${plan.notes.length > 0 && html`<ul class="facts">${plan.notes.map(one => html`<li key=${one.id}><span>${one.content}</span></li>`)}</ul>`}
      ${plan.excess + plan.expired > 0 && html`<p class="muted hint">Nothing is changed yet. “Maintain” does it now; the server does it from time to time.</p>`}</div>`}
  </section>`
}

/** Backups that jobs have written, and their restoration. */
const Backups = ({ agent, written }) => {
  const backups = useData(signal => get(agentPath(agent, 'backups'), { signal }), [agent, written])
  const [chosen, setChosen] = useState(null)
  const [text, setText] = useState('')
  const close = () => { setChosen(null); setText('') }
  const restore = async () => {
    await api('POST', agentPath(agent, 'restore'), { backup: chosen.name, confirm: text })
    close()
  }
  return html`<section class="card" aria-labelledby="backups-title"><header><h2 id="backups-title">Backups</h2></header>
    <${Loaded} of=${backups} empty=${html`<p class="muted">There is no backup of ${agent} in the data directory.</p>`}>${data => html`<ul class="rows" aria-label="Backups">${data.items.map(one => html`<li key=${one.name}>
      <span class="grow"><${Time} at=${one.at} /> <small class="block"><code>${one.name}</code> · ${format.bytes(one.bytes)}</small></span>
      <button class="small danger" onClick=${() => setChosen(one)} aria-label=${'Restore the backup ' + one.name}>Restore</button></li>`)}</ul>`}<//>
    ${chosen && html`<${Dialog} title=${`Restore ${agent}?`} onClose=${close}>
      <p>The whole memory of ${agent} is replaced by the backup of <${Time} at=${chosen.at} />. What was written or erased since then is lost or comes back. This cannot be undone, but you can back up the present memory first.</p>
      <${Field} label=${`Enter ${agent} to confirm`}><input value=${text} onInput=${event => setText(event.target.value)} autocomplete="off" autofocus /><//>
      <div class="form-actions"><button onClick=${close}>Cancel</button><${Action} kind="danger" run=${restore} disabled=${text !== agent} done=${`${agent} is restored.`}>Restore<//></div><//>`}
  </section>`
}

const Operation = ({ agent, operation }) => {
  const notes = useData(signal => Promise.all(operation.notes.map(id => get(agentPath(agent, 'notes', id), { signal }).then(note => note.content, () => id))), [operation])
  return html`<li class="diff"><p><${Badge} tone=${operation.action === 'retire' ? 'warn' : 'accent'}>${{ merge: 'merge', rewrite: 'rewrite', retire: 'retire' }[operation.action]}<//> ${operation.reason}</p>
    ${(notes.data ?? operation.notes).map((text, i) => html`<del key=${i}><span class="visually-hidden">Removed: </span>${text}</del>`)}
    ${operation.content && html`<ins><span class="visually-hidden">Added: </span>${operation.content}</ins>`}</li>`
}

const Consolidation = ({ agent }) => {
  const [user, setUser] = useState('')
  const [plan, setPlan] = useState(null)
  const users = useData(signal => agent ? get(agentPath(agent, 'users') + query({ limit: 200 }), { signal }) : { items: [] }, [agent])
  const records = useData(signal => agent ? get(agentPath(agent, 'consolidations') + query({ limit: 8 }), { signal }) : { items: [] }, [agent])
  useChanges(['notes.', 'consolidation.'], records.reload)
  useEffect(() => setPlan(null), [agent, user])
  const path = id => agentPath(agent, 'users', id, 'consolidation')
  const preview = async event => {
    event.preventDefault()
    const id = event.target.elements.user.value.trim()
    setUser(id)
    await attempt(async () => setPlan(await get(path(id))))
  }
  const undo = id => async () => {
    const { left_alone } = await api('POST', agentPath(agent, 'consolidations', id, 'undo'))
    toast(left_alone.length === 0 ? 'The consolidation was undone.' : `The consolidation was undone, except for ${left_alone.length} notes that changed since.`)
    records.reload()
  }
  const apply = async () => {
    const made = await api('POST', path(user) + '/apply', plan)
    setPlan(null)
    records.reload()
    toast(made ? `${made.before} notes became ${made.after}.` : 'There was nothing to do.', made ? { label: 'Undo', action: () => attempt(undo(made.id)) } : {})
  }
  return html`<section class="card" aria-labelledby="consolidation-title"><header><h2 id="consolidation-title">Consolidation of notes</h2></header>
    <form class="search-line" onSubmit=${preview}><label class="grow"><span class="visually-hidden">User</span><input name="user" required placeholder="User" list="consolidation-users" /></label>
      <datalist id="consolidation-users">${(users.data?.items ?? []).map(id => html`<option value=${id} key=${id} />`)}</datalist><button><${Icon} name="eye" />Preview</button></form>
    ${plan && html`<div role="status">${plan.operations.length === 0 ? html`<p class="muted">The notes about ${user} need no consolidation.</p>`
      : html`<p>${plan.operations.length} ${plan.operations.length === 1 ? 'change' : 'changes'} by the ${plan.engine} engine. Nothing is changed yet.</p>
        <ul class="diffs">${plan.operations.map((one, i) => html`<${Operation} key=${i} agent=${agent} operation=${one} />`)}</ul>
        ${may('write') && html`<div class="form-actions"><button onClick=${() => setPlan(null)}>Discard</button><${Action} kind="primary" run=${apply}>Apply<//></div>`}`}
      ${plan.refused.map((text, i) => html`<p class="notice" key=${i}>${text}</p>`)}</div>`}
    <${Loaded} of=${records} empty=${html`<p class="muted">No consolidation has taken place.</p>`}>${data => html`<ul class="rows">${data.items.map(one => html`<li key=${one.id}>
      <span class="grow">${one.user ?? 'All users'}: ${one.before} notes became ${one.after} <small class="block"><${Time} at=${one.at} />, ${one.trigger}</small></span>
      ${one.undone_at ? html`<${Badge}>undone<//>` : may('write') && html`<${Action} kind="small" icon="undo-2" run=${undo(one.id)}>Undo<//>`}</li>`)}</ul>`}<//>
  </section>`
}

const TYPES = { json: 'application/json', jsonl: 'application/x-ndjson', ndjson: 'application/x-ndjson', zip: 'application/zip', csv: 'text/csv', md: 'text/markdown' }

const counted = ({ lines, bytes, zipped }) => (zipped ? '' : `${format.count(lines)} ${lines === 1 ? 'line' : 'lines'}, `) + format.bytes(bytes)

const Progress = ({ label, value, max, text, cancel }) => html`<progress aria-label=${label} value=${value} max=${max}></progress>
  <p class="actions"><span class="grow muted">${text}</span><button type="button" class="small" onClick=${cancel}>Cancel</button></p>`

const Transfer = ({ agent }) => {
  const [report, setReport] = useState(null)
  const [sent, setSent] = useState(null)
  const [received, setReceived] = useState(null)
  const [formatName, setFormat] = useState('')
  const stop = useRef(null)
  useEffect(() => () => stop.current?.abort(), [])
  const busy = sent !== null || received !== null
  const save = async () => {
    stop.current = new AbortController()
    setReceived({ bytes: 0, lines: 0 })
    await attempt(async () => {
      try {
        const answer = await request('GET', agentPath(agent, 'export') + query({ format: formatName }), undefined, { signal: stop.current.signal })
        const zipped = answer.headers.get('Content-Type').startsWith('application/zip')
        let total = { bytes: 0, lines: 0, zipped }
        const file = await receive(answer, counts => setReceived(total = { ...counts, zipped }))
        download(agent + (zipped ? '.zip' : '.jsonl'), file.type, file)
        toast(`${agent} is exported: ${counted(total)}.`)
      } catch (error) {
        throw error.name === 'AbortError' ? new Error('The export was canceled.')
          : error instanceof TypeError ? new Error('The connection ended before the export was complete; nothing was saved.') : error
      }
    })
    setReceived(null)
  }
  const load = async event => {
    event.preventDefault()
    const form = event.target
    const file = form.elements.file.files[0]
    if (!file) return
    stop.current = new AbortController()
    setSent({ bytes: 0, total: file.size })
    setReport(null)
    await attempt(async () => {
      setReport(await upload(agentPath(agent, 'import') + query({ user: form.elements.user.value.trim() }), file, {
        type: TYPES[file.name.split('.').pop().toLowerCase()] ?? 'application/octet-stream',
        signal: stop.current.signal, onProgress: bytes => setSent({ bytes, total: file.size })
      }))
      form.reset()
    })
    setSent(null)
  }
  const counts = report ? Object.entries(report).filter(([, value]) => typeof value === 'number' && value > 0) : []
  return html`<section class="card" aria-labelledby="transfer-title"><header><h2 id="transfer-title">Import and export</h2></header>
    <div class="search-line"><${Select} label="Format of the export" value=${formatName} onChange=${setFormat} options=${[['', 'Everything, with history'], ['markdown', 'Markdown'], ['pam', 'Portable AI Memory'], ['mcp-memory', 'MCP memory file']]} />
      <button onClick=${save} disabled=${busy} aria-busy=${received !== null}><${Icon} name="download" />Export ${agent}</button></div>
    ${received && html`<${Progress} label="Export" text=${counted(received)} cancel=${() => stop.current.abort()} />`}
    ${may('write') && html`<form class="import" onSubmit=${load}><div class="fields"><${Field} label="File to import"><input type="file" name="file" required /><//><${Field} label="User, if the file names none"><input name="user" /><//></div>
      <button aria-busy=${sent !== null} disabled=${busy}><${Icon} name="upload" />${sent ? 'Importing…' : 'Import'}</button></form>`}
    ${sent && html`<${Progress} label="Import" value=${sent.bytes} max=${sent.total} cancel=${() => stop.current.abort()}
      text=${sent.bytes < sent.total ? `${format.bytes(sent.bytes)} of ${format.bytes(sent.total)} are sent` : `${format.bytes(sent.total)} are sent; the server stores the rest`} />`}
    ${report && html`<div role="status"><p>The file is of the format ${report.format}.</p><ul class="rows">${counts.map(([name, count]) => html`<li key=${name}><span class="grow">${name}</span><strong>${format.count(count)}</strong></li>`)}</ul>
      ${report.problems.length > 0 && html`<details><summary>${report.problems.length} lines were skipped</summary><ul class="facts">${report.problems.slice(0, 50).map((one, i) => html`<li key=${i}>${one.file ?? ''} line ${one.line}: ${one.reason}</li>`)}</ul></details>`}</div>`}
  </section>`
}

const Changes = ({ agent }) => {
  const recent = useData(async signal => {
    const { changes } = await get(agentPath(agent, 'stats'), { signal })
    return (await get(agentPath(agent, 'changes') + query({ after: Math.max(0, changes - 15), limit: 15 }), { signal })).items.reverse()
  }, [agent])
  const current = epoch.use()
  useEffect(() => follow(agent), [agent, current])
  useChanges([''], () => recent.reload())
  return html`<section class="card" aria-labelledby="changes-title"><header><h2 id="changes-title">Changes of ${agent}</h2><p>as they happen</p></header>
    <${Loaded} of=${recent} isEmpty=${data => data.length === 0} empty=${html`<p class="muted">Nothing has changed yet.</p>`}>${data => html`<ol class="rows" aria-label="Changes">${data.map(one => html`<li key=${one.number}>
      <span class="number muted">${one.number}</span><span class="grow"><strong>${one.kind.replace('.', ' ')}</strong> <small class="block">${one.ref ?? (/^(agent|item)\./.test(one.kind) ? '' : 'erased since')}</small></span><small><${Time} at=${one.at} ago /></small></li>`)}</ol>`}<//>
  </section>`
}

const Keys = () => {
  const keys = useData(signal => get('/v1/keys', { signal }), [])
  const [creating, setCreating] = useState(false)
  const [created, setCreated] = useState(null)
  const [revoking, setRevoking] = useState(null)
  const state = login.use()
  useEffect(() => { if (!state?.scope) setCreated(null) }, [state]) // the next person must not see the key
  const create = async event => {
    event.preventDefault()
    const of = Object.fromEntries(new FormData(event.target))
    const agents = of.agents.split(',').map(one => one.trim()).filter(Boolean)
    await attempt(async () => {
      setCreated(await api('POST', '/v1/keys', { label: of.label, scope: of.scope, agents }))
      setCreating(false)
      keys.reload()
    })
  }
  const revoke = async () => {
    await api('DELETE', '/v1/keys/' + encodeURIComponent(revoking.id))
    setRevoking(null)
    keys.reload()
  }
  return html`<section class="card" aria-labelledby="keys-title"><header><h2 id="keys-title">API keys</h2><button class="small" onClick=${() => setCreating(true)}><${Icon} name="plus" />Create a key</button></header>
    <${Loaded} of=${keys} empty=${html`<p class="muted">There is no key. A server that other machines can reach needs one.</p>`}>${data => html`<ul class="rows">${data.items.map(key => html`<li key=${key.id}>
      <span class="grow"><strong>${key.label}</strong> <code>${key.id}</code><small class="block">${(key.agents ?? []).length > 0 ? 'reaches ' + key.agents.join(', ') : 'reaches all agents'} · created <${Time} at=${key.created_at} ago /></small></span>
      <${Badge} tone=${key.scope === 'admin' ? 'warn' : ''}>${key.scope}<//><button class="small danger" onClick=${() => setRevoking(key)} aria-label=${'Revoke the key ' + key.label}>Revoke</button></li>`)}</ul>`}<//>
    ${creating && html`<${Dialog} title="Create an API key" onClose=${() => setCreating(false)}><form onSubmit=${create}>
      <${Field} label="Label" hint="what the key is for"><input name="label" required maxlength="100" autofocus /><//>
      <div class="fields"><${Field} label="Scope"><${Select} name="scope" initial="read" options=${[['read', 'Read'], ['write', 'Read and write'], ['admin', 'Administer']]} /><//>
        <${Field} label="Agents" hint="separated by commas; all if empty"><input name="agents" /><//></div>
      <div class="form-actions"><button type="button" onClick=${() => setCreating(false)}>Cancel</button><button class="primary">Create</button></div></form><//>`}
    ${created && html`<${Dialog} title="The key was created" onClose=${() => setCreated(null)}><p>Copy it now. It is not shown again.</p>
      <${Field} label="API key"><input readonly value=${created.text} onFocus=${event => event.target.select()} autofocus /><//>
      <div class="form-actions"><button class="primary" onClick=${() => setCreated(null)}>Done</button></div><//>`}
    ${revoking && html`<${Dialog} title=${`Revoke ${revoking.label}?`} onClose=${() => setRevoking(null)}><p>Requests with the key are refused at once, and logins with it end. This cannot be undone.</p>
      <div class="form-actions"><button onClick=${() => setRevoking(null)}>Cancel</button><${Action} kind="danger" run=${revoke} done="The key was revoked.">Revoke<//></div><//>`}
  </section>`
}

const Settings = () => {
  const [filter, setFilter] = useState('')
  const settings = useData(signal => get('/v1/settings', { signal }), [])
  return html`<section class="card" aria-labelledby="settings-title"><header><h2 id="settings-title">Settings in force</h2></header>
    <${Loaded} of=${settings} empty=${html`<p class="muted">This server was started by a program that names no settings.</p>`}>${data => {
      const shown = data.items.filter(one => (one.key + one.value + one.source).toLowerCase().includes(filter.toLowerCase()))
      return html`<${Field} label="Filter"><input type="search" value=${filter} onInput=${event => setFilter(event.target.value)} placeholder="memory, server, config.yaml" /><//>
        <div class="scroll settings-scroll" tabindex="0" role="region" aria-labelledby="settings-title"><table class="data"><thead><tr><th scope="col">Setting</th><th scope="col">Value</th><th scope="col">From</th></tr></thead>
          <tbody>${shown.map(one => html`<tr key=${one.key}><th scope="row"><code>${one.key}</code></th><td>${one.value === '' ? html`<span class="muted">empty</span>` : one.value}</td><td>${one.source === 'the default' ? html`<span class="muted">default</span>` : html`<${Badge} tone="accent">${one.source}<//>`}</td></tr>`)}</tbody></table></div>`
    }}<//></section>`
}

export default function Operations({ at }) {
  const agents = useData(signal => get('/v1/agents' + query({ limit: 200 }), { signal }), [])
  const [written, setWritten] = useState(0)
  const names = agents.data?.items ?? []
  const agent = at.query.get('agent') ?? names[0]
  return html`<${Page} title="Operations" lead="Keep the memory healthy, and see what happens to it."
    actions=${names.length > 0 && html`<label class="inline-label"><span>Agent</span><${Select} value=${agent} options=${names} onChange=${name => setQuery({ agent: name })} /></label>`}>
    ${agents.error && html`<${Problem} error=${agents.error} retry=${agents.reload} />`}
    ${!agents.data && !agents.error ? html`<${Loading} />` : html`<div class="grid two operations">
      <div class="stack"><${Jobs} agent=${agent} onBackups=${setWritten} />
        ${agent && may('admin') && html`<${Backups} key=${'b' + agent} agent=${agent} written=${written} />`}
        ${agent && html`<${Retention} key=${'r' + agent} agent=${agent} /><${Consolidation} key=${'k' + agent} agent=${agent} />`}</div>
      ${agent && html`<div class="stack"><${Transfer} key=${'t' + agent} agent=${agent} /><${Changes} key=${'c' + agent} agent=${agent} /></div>`}</div>
      ${may('admin') && reachesAll() && html`<div class="section-gap"><${Keys} /></div><div class="section-gap"><${Settings} /></div>`}`}
  <//>`
}
