// Agents, figures of the server as they happen, memory outside the heap, models and background jobs.
import { html, useEffect, useRef, useState } from './preact.js'
import { agentPath, format, get, href, query, reachesAll, samples, useData } from './core.js'
import { Badge, Empty, Icon, JobName, JobState, Loaded, Meter, Page, Stat, Time } from './ui.js'
import { Chart } from './charts.js'

const PAGE = 25

/** Differences between samples that follow each other, in units a second. */
function rates(all, of) {
  return all.slice(1).map((sample, i) => {
    const seconds = (new Date(sample.at) - new Date(all[i].at)) / 1000
    return seconds <= 0 ? 0 : Math.max(0, of(sample) - of(all[i])) / seconds
  })
}

/** Upper bound in milliseconds of a share of the requests of each interval of 10 samples. */
function percentiles(all, kind, share) {
  return all.slice(1).map((sample, i) => {
    const before = all[Math.max(0, i - 9)].requests[kind]
    const now = sample.requests[kind]
    const count = now.count - before.count
    if (count <= 0) return null
    const bounds = sample.requests.bounds
    let lower = 0
    let below = 0
    for (let b = 0; b < bounds.length; b++) {
      const within = now.buckets[b] - before.buckets[b]
      if (within >= share * count) {
        const inside = within - below
        return 1000 * (lower + (bounds[b] - lower) * (inside > 0 ? (share * count - below) / inside : 1))
      }
      lower = bounds[b]
      below = within
    }
    return 1000 * bounds.at(-1)
  })
}

const Charts = () => {
  const all = samples.use()
  if (all.length < 2) return html`<div class="grid charts" aria-busy="true">${[1, 2, 3].map(i => html`<div class="card chart skeleton" key=${i}></div>`)}</div>`
  const times = all.slice(1).map(sample => new Date(sample.at) / 1000)
  const count = kind => rates(all, sample => sample.requests[kind].count)
  return html`<div class="grid charts">
    <${Chart} title="Requests a second" times=${times} series=${[
      { label: 'Recalls', values: count('recall'), tone: '--accent' },
      { label: 'Writes', values: count('write'), tone: '--text', dash: [6, 3] },
      { label: 'Reads', values: count('read'), tone: '--muted', dash: [2, 3] }]} />
    <${Chart} title="Time of a recall" unit=" ms" times=${times} series=${[
      { label: 'Half within', values: percentiles(all, 'recall', 0.5), tone: '--accent' },
      { label: '95 % within', values: percentiles(all, 'recall', 0.95), tone: '--text', dash: [6, 3] }]} />
    <${Chart} title="Requests in progress" digits=${0} times=${times} series=${[
      { label: 'Running', values: all.slice(1).map(sample => sample.running), tone: '--accent' },
      { label: 'Waiting', values: all.slice(1).map(sample => sample.queued), tone: '--text', dash: [6, 3] }]} />
  </div>`
}

async function readAgents(signal, after) {
  const page = await get('/v1/agents' + query({ limit: PAGE, after }), { signal })
  const items = await Promise.all(page.items.map(name => readAgent(name, signal)))
  return { ...page, items }
}
async function readAgent(name, signal) {
  const stats = await get(agentPath(name, 'stats'), { signal })
  const last = stats.changes > 0
    ? (await get(agentPath(name, 'changes') + query({ after: stats.changes - 1, limit: 1 }), { signal })).items[0] : null
  return { ...stats, last_at: last?.at }
}

const Agents = () => {
  const [after, setAfter] = useState(undefined)
  const agents = useData(signal => readAgents(signal, after), [after])
  const [fresh, setFresh] = useState({})
  const all = samples.use()
  const seen = useRef({})
  // Only an agent whose latest change differs is read again.
  useEffect(() => {
    const changes = all.at(-1)?.changes ?? {}
    const shown = (agents.data?.items ?? []).map(stats => stats.agent)
    shown.filter(name => name in changes && seen.current[name] !== undefined && seen.current[name] !== changes[name])
      .forEach(name => readAgent(name).then(stats => setFresh(old => ({ ...old, [name]: stats })), () => {}))
    shown.forEach(name => { if (name in changes) seen.current[name] = changes[name] })
    const known = agents.data?.items.length ?? 0
    if (agents.data && !after && known < PAGE && Object.keys(changes).some(name => !shown.includes(name))) agents.reload()
  }, [all])
  const growth = name => {
    const first = all.find(sample => name in sample.changes)?.changes[name]
    const last = all.at(-1)?.changes[name]
    return first === undefined ? null : last - first
  }
  return html`<section aria-labelledby="agents-title">
    <header class="section-head"><h2 id="agents-title">Agents</h2></header>
    <${Loaded} of=${agents} empty=${html`<${Empty} icon="brain" title="No agent remembers anything yet.">
      <p>An agent appears with its first message, note or entity. Try <code>stele remember</code>, or send a message over REST.</p><//>`}>
      ${data => html`<div class="scroll" tabindex="0" role="region" aria-labelledby="agents-title"><table class="data">
        <thead><tr><th scope="col">Agent</th><th scope="col" class="number">Messages</th><th scope="col" class="number">Notes</th>
          <th scope="col" class="number">Entities</th><th scope="col" class="number">Sessions</th><th scope="col" class="number">Users</th>
          <th scope="col" class="number">To learn</th><th scope="col" class="number">Size</th><th scope="col">Last change</th></tr></thead>
        <tbody>${data.items.map(stats => ({ ...stats, ...fresh[stats.agent] })).map(stats => html`<tr key=${stats.agent}>
          <th scope="row"><a href=${href(['agents', stats.agent, 'sessions'])}>${stats.agent}</a></th>
          <td class="number">${format.count(stats.messages)}${stats.archived > 0 && html`<small> +${format.count(stats.archived)} archived</small>`}</td>
          <td class="number">${format.count(stats.notes)}</td><td class="number">${format.count(stats.entities)}</td>
          <td class="number">${format.count(stats.sessions)}</td><td class="number">${format.count(stats.users)}</td>
          <td class="number">${stats.waiting > 0 ? html`<${Badge} tone="warn">${format.count(stats.waiting)}<//>` : '0'}</td>
          <td class="number">${format.bytes(stats.database_bytes)}</td>
          <td><${Time} at=${stats.last_at} ago />${growth(stats.agent) > 0 && html` <${Badge} tone="accent">+${format.count(growth(stats.agent))}<//>`}</td>
        </tr>`)}</tbody></table></div>
        ${(after || data.next) && html`<nav class="pager" aria-label="Pages of agents">
          <button class="small" disabled=${!after} onClick=${() => setAfter(undefined)}>First page</button>
          <button class="small" disabled=${!data.next} onClick=${() => setAfter(data.next)}>Next page</button></nav>`}`}
    <//>
  </section>`
}

const ARENAS = { request: 'Requests', response: 'Answers', cache: 'Caches and vectors', static: 'Dashboard files', task: 'Background jobs', general: 'Other' }

const Memory = ({ sample }) => html`<section class="card" aria-labelledby="memory-title">
  <header><h2 id="memory-title">Memory outside the heap</h2><p>Heap ${format.bytes(sample.heap_used)} of ${format.bytes(sample.heap_max)}</p></header>
  <table class="data plain"><thead><tr><th scope="col">Kind</th><th scope="col">Use</th><th scope="col" class="number">Now</th><th scope="col" class="number">Peak</th><th scope="col" class="number">Limit</th><th scope="col" class="number">Refused</th></tr></thead>
    <tbody>${Object.entries(sample.arenas).map(([kind, of]) => html`<tr key=${kind}><th scope="row">${ARENAS[kind] ?? kind}</th>
      <td class="wide"><${Meter} limit=${of.budget != null} value=${of.active} max=${of.budget ?? Math.max(of.peak, 1)} label=${'Use of ' + (ARENAS[kind] ?? kind)} text=${format.bytes(of.active)} /></td>
      <td class="number">${format.bytes(of.active)}</td><td class="number">${format.bytes(of.peak)}</td>
      <td class="number">${of.budget == null ? 'none' : format.bytes(of.budget)}</td><td class="number">${format.count(of.refusals)}</td></tr>`)}</tbody></table>
</section>`

const Writers = ({ all }) => {
  const { writers } = all.at(-1)
  const times = all.slice(1).map(sample => new Date(sample.at) / 1000)
  const waits = rates(all, sample => sample.write_lock_wait_seconds).map(seconds => 1000 * seconds)
  return html`<section class="card" aria-labelledby="writers-title">
    <header><h2 id="writers-title">Writes that wait</h2></header>
    ${times.length > 0 && html`<${Chart} title="Wait for write locks" unit=" ms a second" times=${times} series=${[{ label: 'All agents', values: waits, tone: '--accent' }]} />`}
    ${writers.length === 0 ? html`<p class="muted">No write waits now.</p>`
      : html`<table class="data plain"><thead><tr><th scope="col">Agent</th><th scope="col" class="number">Queued</th><th scope="col" class="number">Waiting</th><th scope="col">For</th></tr></thead>
      <tbody>${writers.map(of => html`<tr key=${of.agent}><th scope="row">${of.agent}</th><td class="number">${format.count(of.queued)}</td>
        <td class="number">${of.waiting_seconds == null ? '–' : of.waiting_seconds.toFixed(2) + ' s'}</td><td class="break">${of.holder ?? 'its own group of writes'}</td></tr>`)}</tbody></table>`}
  </section>`
}

const Jobs = () => {
  const tasks = useData(signal => get('/v1/tasks' + query({ limit: 5 }), { signal }), [])
  const all = samples.use()
  const seen = useRef(0)
  const active = tasks.data?.items.some(task => task.state === 'queued' || task.state === 'running')
  useEffect(() => {
    seen.current++
    if (!tasks.loading && (active || seen.current % 10 === 0)) tasks.reload()
  }, [all])
  return html`<section class="card" aria-labelledby="jobs-title">
    <header><h2 id="jobs-title">Background jobs</h2><p><a href=${href(['operations'])}>All jobs</a></p></header>
    <${Loaded} of=${tasks} empty=${html`<p class="muted">No job has run yet.</p>`}>${data => html`<ul class="rows">${data.items.map(task => html`<li key=${task.id}>
      <span class="grow"><${JobName} task=${task} /></span>
      <${JobState} task=${task} /></li>`)}</ul>`}<//>
  </section>`
}

const Models = ({ models }) => html`<section class="card" aria-labelledby="models-title">
  <header><h2 id="models-title">Language models</h2></header>
  ${models.length === 0 ? html`<${Empty} icon="cpu" title="No language model is set."><p>Replies and reflection use the built-in engine. Set <code>models.chain</code> to add one.</p><//>`
    : html`<table class="data plain"><thead><tr><th scope="col">Model</th><th scope="col" class="number">Answered</th><th scope="col" class="number">Failed</th><th scope="col" class="number">Seconds</th><th scope="col" class="number">Tokens</th></tr></thead>
    <tbody>${models.map(of => html`<tr key=${of.model}><th scope="row">${of.model}${of.left_alone && html` <${Badge} tone="warn">paused<//>`}</th>
      <td class="number">${format.count(of.answered)}</td><td class="number">${format.count(of.failed)}</td><td class="number">${of.seconds.toFixed(2)}</td>
      <td class="number">${format.count(of.input_tokens)} in, ${format.count(of.output_tokens)} out</td></tr>`)}</tbody></table>`}
</section>`

export default function Overview() {
  const all = samples.use()
  const sample = all.at(-1)
  const total = kind => sample ? format.count(sample.requests[kind].count) : '–'
  return html`<${Page} title="Overview" lead="What this server remembers, and how it is doing.">
    <dl class="stats">
      <${Stat} label="Recalls" value=${total('recall')} hint="since the start" />
      <${Stat} label="Writes" value=${total('write')} hint="since the start" />
      <${Stat} label="In progress" value=${sample ? sample.running : '–'} hint=${sample ? `${sample.queued} waiting` : ''} />
      ${sample?.arenas && html`
        <${Stat} label="Open agents" value=${sample.open_agents} hint=${`opened ${format.count(sample.agent_opens)} times`} />
        <${Stat} label="Streams" value=${sample.streams} hint=${`${sample.sockets} chat sockets`} />`}
    </dl>
    <${Charts} />
    <${Agents} />
    ${reachesAll() && sample?.arenas && html`<div class="grid two"><${Memory} sample=${sample} /><${Models} models=${sample.models} /></div>
      <div class="grid two"><${Writers} all=${all} /><${Jobs} /></div>`}
  <//>`
}
