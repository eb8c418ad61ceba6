// Search with every mode and filter, the signals of each hit, and two searches side by side.
import { html, useEffect, useRef, useState } from './preact.js'
import { agentPath, api, format, get, href, useData } from './core.js'
import { Badge, Empty, Field, Icon, Loaded, Marked, Page, Select, Time } from './ui.js'

const MODES = [['hybrid', 'Words and meaning'], ['semantic', 'Meaning only'], ['keyword', 'Words only'], ['graph', 'Graph only']]
const KINDS = ['message', 'note', 'observation', 'passage']
const ROLES = [['', 'Any role'], 'user', 'assistant', 'system', 'tool']
const SIGNALS = {
  covered: 'Words of the question in the turn', turn: 'Neighboring turns', session: 'Conversation', speaker: 'Who is named', meaning: 'Meaning',
  after: 'Meaning of what follows', before: 'Meaning of what precedes', topic: 'Topic of the conversation', length: 'Length', excess: 'Words beyond the question',
  role: 'Role', question: 'Is a question', asks: 'Asks the same', answers: 'Answers what is near', time: 'Tells a time', phrase: 'Exact phrase', when: 'Time asked for',
  recency: 'Recent', uses: 'Often recalled', importance: 'Importance', graph: 'Graph'
}

/** The body of a recall, from the fields of the form. */
function body(fields, text) {
  const filter = {}
  const kinds = fields.getAll('kind')
  if (kinds.length > 0) filter.kind = kinds
  for (const name of ['user', 'session', 'role', 'category', 'audience']) if (fields.get(name)) filter[name] = fields.get(name)
  if (fields.get('tags')) filter.tags = fields.get('tags').split(',').map(tag => tag.trim()).filter(Boolean)
  if (fields.get('min_importance')) filter.min_importance = Number(fields.get('min_importance'))
  for (const name of ['from', 'to']) if (fields.get(name)) filter[name] = fields.get(name)
  for (const name of ['archived', 'superseded']) if (fields.get(name)) filter[name] = true
  const result = { query: text, limit: Number(fields.get('limit') || 10), mode: fields.get('mode') || 'hybrid', explain: true, filter }
  if (fields.get('as_of')) result.as_of = fields.get('as_of')
  if (fields.get('diversity')) result.diversity = Number(fields.get('diversity'))
  if (fields.get('unfolded')) result.fold = false
  return result
}

/** Weights such as "recency 0, meaning 2". */
function weights(text) {
  const result = {}
  for (const one of (text ?? '').split(',').map(piece => piece.trim()).filter(Boolean)) {
    const [name, value] = one.split(/[\s:=]+/)
    if (value === undefined || Number.isNaN(Number(value))) throw new Error(`The weight "${one}" has no number; write for example: recency 0, meaning 2.`)
    result[name] = Number(value)
  }
  return result
}

const Signals = ({ signals }) => {
  const all = Object.entries(signals ?? {}).filter(([, value]) => Math.abs(value) > 1e-4).sort((a, b) => Math.abs(b[1]) - Math.abs(a[1]))
  const largest = Math.max(1e-9, ...all.map(([, value]) => Math.abs(value)))
  if (all.length === 0) return html`<p class="muted">No signal contributes to this hit.</p>`
  return html`<table class="signals"><caption class="visually-hidden">Contribution of each signal to the rank</caption><tbody>${all.map(([name, value]) => html`
    <tr key=${name}><th scope="row" title=${name}>${SIGNALS[name] ?? name}</th>
      <td class="bar"><span class=${value < 0 ? 'negative' : ''} style=${{ width: Math.abs(value) / largest * 100 + '%' }}></span></td>
      <td class="number">${value > 0 ? '+' : '−'}${Math.abs(value).toFixed(2)}</td></tr>`)}</tbody></table>`
}

const Folded = ({ agent, items }) => {
  const [open, setOpen] = useState(false)
  const texts = useData(signal => open ? Promise.all(items.map(one => one.kind === 'message' || one.kind === 'note'
    ? get(agentPath(agent, one.kind + 's', one.id), { signal }).then(item => item.content, () => null) : null)) : [], [open])
  return html`<details class="folded" onToggle=${event => setOpen(event.target.open)}>
    <summary><${Icon} name="copy" />${items.length === 1 ? 'One item says' : `${items.length} items say`} the same</summary>
    <ul>${items.map((one, i) => html`<li key=${one.id}><${Badge}>${one.kind}<//> ${texts.data?.[i] ?? one.id} <small><${Time} at=${one.at} /></small></li>`)}</ul></details>`
}

const Hit = ({ agent, hit, rank }) => html`<li class="card hit">
  <header><span class="rank" aria-label=${'Rank ' + rank}>${rank}</span><${Badge} tone=${hit.kind === 'message' ? '' : 'accent'}>${hit.kind}<//>
    <span class="hit-meta">${hit.speaker ?? hit.role ?? hit.category ?? ''}${hit.user && hit.user !== hit.speaker ? ` · ${hit.user}` : ''} ${hit.at && html`· <${Time} at=${hit.at} />`}
      ${hit.archived && html` · archived`}</span>
    <span class="score" title="How likely the hit answers the query">${format.share(hit.confidence)} sure</span></header>
  <p class="hit-text"><${Marked} text=${hit.content} words=${hit.words} /></p>
  <footer>
    <details><summary><${Icon} name="chart-no-axes-column" />Why it ranks here <small>score ${hit.score.toFixed(2)}</small></summary><${Signals} signals=${hit.signals} /></details>
    ${hit.duplicates?.length > 0 && html`<${Folded} agent=${agent} items=${hit.duplicates} />`}
    ${hit.session && html`<a href=${href(['agents', agent, 'sessions', hit.session])}><${Icon} name="messages-square" />Conversation</a>`}
    ${hit.entity && html`<a href=${href(['agents', agent, 'graph'], { entity: hit.entity })}><${Icon} name="waypoints" />${hit.entity}</a>`}
  </footer></li>`

const Results = ({ agent, search, label }) => {
  const result = useData(signal => search ? api('POST', agentPath(agent, 'recall'), search, { signal }) : null, [JSON.stringify(search)])
  return html`<section class="results" aria-label=${label} aria-busy=${result.loading}>
    <${Loaded} of=${result} isEmpty=${data => data === null || data.hits.length === 0}
      empty=${html`<div role="status"><${Empty} icon="search-x" title="Nothing was found."><p>Try other words, another mode, or fewer filters.</p><//></div>`}>
      ${data => html`<p class="result-line" role="status">${data.hits.length} ${data.hits.length === 1 ? 'hit' : 'hits'} in ${data.took_ms.toFixed(1)} ms · ${format.share(data.confidence)} sure that they answer · ${(MODES.find(([key]) => key === data.mode) ?? [0, data.mode])[1]}</p>
        ${data.notice && html`<p class="notice"><${Icon} name="info" />${data.notice}</p>`}
        <ol class="hits">${data.hits.map((hit, i) => html`<${Hit} key=${hit.kind + hit.id} agent=${agent} hit=${hit} rank=${i + 1} />`)}</ol>`}
    <//></section>`
}

export default function Search({ agent, at }) {
  const form = useRef()
  const fields = at.query
  const text = fields.get('q') ?? ''
  const [comparing, setComparing] = useState(fields.has('q2') || fields.has('weights'))
  const [error, setError] = useState(null)
  const used = ['user', 'session', 'role', 'category', 'audience', 'tags', 'min_importance', 'from', 'to', 'archived', 'superseded', 'as_of', 'diversity', 'unfolded']
    .filter(name => fields.get(name)).length + (fields.has('kind') ? 1 : 0)
  useEffect(() => {
    const slash = event => {
      if (event.key === '/' && !['INPUT', 'TEXTAREA', 'SELECT'].includes(document.activeElement.tagName)) {
        event.preventDefault()
        form.current.elements.q.focus()
      }
    }
    addEventListener('keydown', slash)
    return () => removeEventListener('keydown', slash)
  }, [])
  // A link, or the buttons of the browser, may lead to another search while the form keeps what was typed.
  useEffect(() => {
    for (const one of form.current.elements) {
      if (one.type === 'checkbox') one.checked = fields.getAll(one.name).includes(one.value)
      else if (one.name && document.activeElement !== one) one.value = fields.get(one.name) ?? (one.name === 'mode' ? 'hybrid' : '')
    }
  }, [fields.toString()])
  const submit = event => {
    event?.preventDefault()
    const data = new FormData(form.current)
    try {
      weights(data.get('weights'))
      setError(null)
    } catch (problem) {
      setError(problem.message)
      return
    }
    const kept = new URLSearchParams([...data].filter(([, value]) => value !== ''))
    location.hash = '/agents/' + encodeURIComponent(agent) + '/search?' + kept
  }
  let second = null
  if (comparing && text && (fields.get('q2') || fields.get('weights') || fields.get('mode2'))) {
    second = { ...body(fields, fields.get('q2') || text), mode: fields.get('mode2') || fields.get('mode') || 'hybrid' }
    try { second.weights = weights(fields.get('weights')) } catch { second = null }
  }
  const input = (name, type, label, rest = {}) => html`<${Field} label=${label}><input name=${name} type=${type} defaultValue=${fields.get(name) ?? ''} ...${rest} /><//>`
  return html`<${Page} title="Search" lead=${`Ask the memory of ${agent}, and see why each hit ranks where it does.`}>
    <form class="search card" ref=${form} onSubmit=${submit} role="search" aria-label="Search the memory" key=${agent}>
      <div class="search-line"><label class="grow"><span class="visually-hidden">Question or words</span>
          <input name="q" type="search" required placeholder="Where does Ana live?" defaultValue=${text} autofocus /></label>
        <${Select} name="mode" label="Mode" initial=${fields.get('mode') ?? 'hybrid'} options=${MODES} onChange=${() => text && submit()} />
        <button class="primary"><${Icon} name="search" />Search</button></div>
      <details class="filters" open=${used > 0}><summary><${Icon} name="sliders-horizontal" />Filters${used > 0 && html` <${Badge} tone="accent">${used}<//>`}</summary>
        <fieldset class="checks"><legend>Kinds</legend>${KINDS.map(kind => html`<label class="check" key=${kind}>
          <input type="checkbox" name="kind" value=${kind} defaultChecked=${fields.getAll('kind').includes(kind)} />${kind}s</label>`)}</fieldset>
        <div class="fields">
          ${input('user', 'text', 'User')}${input('audience', 'text', 'Seen by')}${input('session', 'text', 'Conversation')}
          <${Field} label="Role"><${Select} name="role" initial=${fields.get('role') ?? ''} options=${ROLES} /><//>
          ${input('category', 'text', 'Category')}${input('tags', 'text', 'Tags', { placeholder: 'travel, food' })}
          ${input('from', 'date', 'From')}${input('to', 'date', 'Before')}${input('as_of', 'date', 'As of')}
          ${input('min_importance', 'number', 'Least importance', { min: 0, max: 1, step: 0.1 })}
          ${input('diversity', 'number', 'Diversity', { min: 0, max: 1, step: 0.1 })}${input('limit', 'number', 'Hits', { min: 1, max: 100, placeholder: '10' })}
        </div>
        <fieldset class="checks"><legend>Also</legend>
          ${[['archived', 'archived messages'], ['superseded', 'superseded notes'], ['unfolded', 'each item that says the same']].map(([name, label]) => html`
            <label class="check" key=${name}><input type="checkbox" name=${name} value="true" defaultChecked=${fields.has(name)} />${label}</label>`)}</fieldset>
      </details>
      <details class="filters" open=${comparing} onToggle=${event => setComparing(event.target.open)}><summary><${Icon} name="columns-2" />Compare with another search</summary>
        <div class="fields">${input('q2', 'search', 'Other question', { placeholder: 'the same question' })}
          <${Field} label="Other mode"><${Select} name="mode2" initial=${fields.get('mode2') ?? ''} options=${[['', 'The same mode'], ...MODES]} /><//>
          ${input('weights', 'text', 'Weights of signals', { placeholder: 'recency 0, meaning 2' })}</div>
        ${error && html`<p class="field-error" role="alert">${error}</p>`}
      </details>
    </form>
    ${text ? html`<div class=${second ? 'grid two compare' : ''}>
        <${Results} agent=${agent} search=${body(fields, text)} label=${second ? 'First search' : 'Hits'} />
        ${second && html`<${Results} agent=${agent} search=${second} label="Second search" />`}</div>`
      : html`<${Empty} icon="search" title="Ask a question, or type some words."><p>Text in double quotes is a phrase. Press <kbd>/</kbd> to reach the search field.</p><//>`}
  <//>`
}
