// The knowledge graph: the most important part, a neighborhood or the surroundings of a question; edited in place.
import { html, useEffect, useMemo, useRef, useState } from './preact.js'
import { agentPath, api, attempt, format, get, may, query, request, route, setQuery, toast, useChanges, useData } from './core.js'
import { Action, Badge, Dialog, download, Empty, Field, Icon, Loaded, Page, Problem, Select, Time } from './ui.js'
import cytoscape from './lib-cytoscape.js'

/** Maximum number of relations that the details of an entity list. */
const MAX_RELATIONS = 200
const LIMITS = [50, 150, 500, 1000, 2000]
// Colors that differ in lightness too, for people who do not see all hues.
const PALETTE = ['#0f766e', '#b45309', '#6d28d9', '#0369a1', '#be123c', '#4d7c0f', '#a21caf', '#475569', '#92400e', '#155e75']
const style = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim()

/** Gives each value a color, the most frequent ones first. */
function colors(values) {
  const counts = new Map()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return new Map([...counts].sort((a, b) => b[1] - a[1]).map(([value], i) => [value, PALETTE[Math.min(i, PALETTE.length - 1)]]))
}

/** Puts the communities on a spiral, and the members of each in a disk around its center. */
function places(entities) {
  const groups = [...Map.groupBy(entities, one => one.community).values()].sort((a, b) => b.length - a.length)
  const positions = new Map()
  let angle = 0
  let distance = 0
  groups.forEach((group, g) => {
    const radius = 26 * Math.sqrt(group.length) + 30
    if (g > 0) distance += radius * 0.55
    const x = distance * Math.cos(angle)
    const y = distance * Math.sin(angle)
    group.forEach((one, i) => {
      const r = 26 * Math.sqrt(i)
      positions.set(one.id, { x: x + r * Math.cos(i * 2.39996), y: y + r * Math.sin(i * 2.39996) })
    })
    angle += 2.39996
  })
  return positions
}

function stylesheet(many) {
  return [
    { selector: 'node', style: {
      'background-color': 'data(color)', width: 'data(size)', height: 'data(size)', label: many ? '' : 'data(name)', color: style('--text'),
      'font-family': 'Inter, system-ui, sans-serif', 'font-size': 11, 'font-weight': 500, 'text-valign': 'bottom', 'text-margin-y': 4,
      'text-outline-color': style('--surface'), 'text-outline-width': 2.5, 'text-max-width': 110, 'text-wrap': 'ellipsis', 'min-zoomed-font-size': 4 } },
    { selector: 'node.important', style: { label: 'data(name)' } },
    { selector: 'node:selected', style: { 'border-width': 4, 'border-color': style('--text'), label: 'data(name)' } },
    { selector: 'edge', style: {
      width: 1.2, 'line-color': style('--strong-line'), opacity: many ? 0.35 : 0.7, 'curve-style': many ? 'haystack' : 'bezier', 'target-arrow-shape': many ? 'none' : 'triangle',
      'target-arrow-color': style('--strong-line'), 'arrow-scale': 0.8, label: many ? '' : 'data(type)', 'font-size': 9, color: style('--muted'), 'text-rotation': 'autorotate',
      'text-outline-color': style('--surface'), 'text-outline-width': 2, 'font-family': 'Inter, system-ui, sans-serif', 'min-zoomed-font-size': 8 } },
    { selector: '.path', style: { 'line-color': style('--accent'), 'target-arrow-color': style('--accent'), width: 4, opacity: 1, 'border-width': 4, 'border-color': style('--accent'), label: 'data(name)' } },
    { selector: 'edge.path', style: { label: 'data(type)', 'z-index': 9 } },
    { selector: '.dim', style: { opacity: 0.15 } }
  ]
}

const Canvas = ({ picture, colorBy, selected, onSelect, path, canvas }) => {
  const box = useRef()
  const cy = useRef()
  const select = useRef(onSelect)
  select.current = onSelect
  useEffect(() => {
    const graph = cytoscape({
      container: box.current, minZoom: 0.05, maxZoom: 4, hideEdgesOnViewport: picture.entities.length > 600,
      textureOnViewport: picture.entities.length > 600, pixelRatio: picture.entities.length > 600 ? 1 : 'auto'
    })
    cy.current = canvas.current = graph
    graph.on('tap', 'node', event => select.current(event.target.id()))
    graph.on('dbltap', 'node', event => select.current(event.target.id(), true))
    graph.on('tap', event => event.target === graph && select.current(null))
    const recolor = () => graph.style(stylesheet(graph.nodes().length > 250))
    const dark = matchMedia('(prefers-color-scheme: dark)')
    addEventListener('themechange', recolor)
    dark.addEventListener('change', recolor)
    return () => {
      removeEventListener('themechange', recolor)
      dark.removeEventListener('change', recolor)
      graph.destroy()
    }
  }, [])
  useEffect(() => {
    const graph = cy.current
    const palette = colors(picture.entities.map(one => colorBy === 'type' ? one.type ?? '' : one.community))
    const largest = Math.max(1e-9, ...picture.entities.map(one => one.importance))
    const known = new Map(graph.nodes().map(node => [node.id(), { ...node.position() }]))
    const computed = places(picture.entities)
    const many = picture.entities.length > 250
    const order = [...picture.entities].sort((a, b) => b.importance - a.importance).slice(0, 40)
    const important = new Set(order.map(one => one.id))
    const fresh = picture.entities.filter(one => !known.has(one.id)).length
    const keep = known.size > 0 && fresh <= picture.entities.length / 2
    const neighbor = new Map(picture.relations.flatMap(one => [[one.from, one.to], [one.to, one.from]].filter(([, b]) => known.has(b))))
    graph.batch(() => {
      graph.elements().remove()
      graph.add(picture.entities.map((one, i) => ({
        group: 'nodes', classes: many && important.has(one.id) ? 'important' : '',
        position: (keep && (known.get(one.id) ?? around(known.get(neighbor.get(one.id)), i))) || computed.get(one.id),
        data: { id: one.id, name: one.name, type: one.type ?? '', color: palette.get(colorBy === 'type' ? one.type ?? '' : one.community), size: 14 + 30 * Math.sqrt(one.importance / largest) }
      })))
      graph.add(picture.relations.map((one, i) => ({ group: 'edges', data: { id: 'relation ' + i, source: one.from, target: one.to, type: one.type, weight: one.weight } })))
    })
    graph.style(stylesheet(many))
    const n = picture.entities.length
    if (!keep || fresh > 0) {
      if (n <= 400) graph.layout({ name: 'cose', animate: false, randomize: false, fit: true, padding: 40, numIter: n > 150 ? 250 : 900, nodeRepulsion: () => 160000, nodeOverlap: 40, idealEdgeLength: () => 70, gravity: 0.9, componentSpacing: 60 }).run()
      else graph.fit(undefined, 30)
    }
    if (selected) graph.getElementById(selected).select()
  }, [picture, colorBy])
  useEffect(() => {
    const graph = cy.current
    graph.nodes().unselect()
    if (selected) graph.getElementById(selected).select()
  }, [selected])
  useEffect(() => {
    const graph = cy.current
    graph.elements().removeClass('path dim')
    if (path) {
      const names = new Set(path.flatMap(one => one.entities.map(entity => entity.id)))
      const steps = new Set(path.flatMap(one => one.entities.slice(1).flatMap((entity, i) => [one.entities[i].id + ' ' + entity.id, entity.id + ' ' + one.entities[i].id])))
      graph.elements().addClass('dim')
      graph.nodes().filter(node => names.has(node.id())).removeClass('dim').addClass('path')
      graph.edges().filter(edge => steps.has(edge.data('source') + ' ' + edge.data('target'))).removeClass('dim').addClass('path')
    }
  }, [path, picture])
  return html`<div class="graph-canvas" ref=${box} role="img" aria-label=${`Graph of ${picture.entities.length} entities and ${picture.relations.length} relations. The list of entities beside it shows the same.`}></div>`
}
const around = (position, i) => position && { x: position.x + 60 * Math.cos(i * 2.4), y: position.y + 60 * Math.sin(i * 2.4) }

const escape = text => String(text).replace(/[<>&"']/g, sign => `&#${sign.charCodeAt(0)};`)
function svg(graph) {
  const at = graph.elements().boundingBox()
  const lines = graph.edges().map(edge => {
    const [a, b] = [edge.source().position(), edge.target().position()]
    return `<line x1="${a.x}" y1="${a.y}" x2="${b.x}" y2="${b.y}" stroke="#8c857c"/><text x="${(a.x + b.x) / 2}" y="${(a.y + b.y) / 2}" font-size="8" fill="#5d5751" text-anchor="middle">${escape(edge.data('type'))}</text>`
  })
  const nodes = graph.nodes().map(node => {
    const { x, y } = node.position()
    const r = node.data('size') / 2
    return `<circle cx="${x}" cy="${y}" r="${r}" fill="${escape(node.data('color'))}"/><text x="${x}" y="${y + r + 12}" font-size="11" text-anchor="middle">${escape(node.data('name'))}</text>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${at.x1 - 60} ${at.y1 - 30} ${at.w + 120} ${at.h + 60}" font-family="sans-serif">${lines.join('')}${nodes.join('')}</svg>`
}
function graphml(picture) {
  const data = (key, value) => `<data key="${key}">${escape(value)}</data>`
  return '<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">' +
    '<key id="name" for="node" attr.name="name" attr.type="string"/><key id="type" for="all" attr.name="type" attr.type="string"/>' +
    '<key id="importance" for="node" attr.name="importance" attr.type="double"/><key id="weight" for="edge" attr.name="weight" attr.type="double"/>' +
    '<graph edgedefault="directed">' +
    picture.entities.map(one => `<node id="${escape(one.id)}">${data('name', one.name)}${data('type', one.type ?? '')}${data('importance', one.importance)}</node>`).join('') +
    picture.relations.map(one => `<edge source="${escape(one.from)}" target="${escape(one.to)}">${data('type', one.type)}${data('weight', one.weight)}</edge>`).join('') +
    '</graph></graphml>\n'
}

const Details = ({ agent, id, asOf, changed, onShow, onPath, onExpand, close }) => {
  const entity = useData(signal => get(agentPath(agent, 'entities', id) + query({ as_of: asOf, relations: MAX_RELATIONS + 1 }), { signal }), [agent, id, asOf])
  const [editing, setEditing] = useState(null)
  useChanges(['entity.', 'observation.', 'relation.'], entity.reload)
  const write = may('write') && !asOf
  const done = () => { setEditing(null); entity.reload(); changed() }
  const retire = (kind, what, item) => async () => {
    await api('DELETE', agentPath(agent, kind, item))
    done()
    undoable(`The ${what} was retired.`, () => api('POST', agentPath(agent, kind, item, 'restore')), done)
  }
  return html`<aside class="card details" aria-label="Selected entity">
    <${Loaded} of=${entity} isEmpty=${() => false}>${data => html`
      <header><div><h2>${data.name}</h2><${Badge} tone="accent">${data.type ?? 'mentioned only'}<//>
        ${data.aliases?.length > 0 && html` <small>also ${data.aliases.join(', ')}</small>`}</div>
        <button class="ghost icon-only" onClick=${close}><${Icon} name="x" label="Close details" /></button></header>
      <div class="actions"><button class="small" onClick=${() => onExpand(id)}><${Icon} name="plus" />Expand</button>
        <button class="small" onClick=${() => onShow(data.name)}><${Icon} name="waypoints" />Center</button>
        <button class="small" onClick=${() => onPath(data)}><${Icon} name="route" />Path to…</button></div>
      <h3>Facts</h3>
      ${(data.observations ?? []).length === 0 ? html`<p class="muted">Nothing is noted about ${data.name}.</p>` : html`<ul class="facts">${data.observations.map(one => html`<li key=${one.id}><span>${one.content}${one.at && html` <small><${Time} at=${one.at} /></small>`}</span>
        ${write && html`<${Action} kind="ghost small" run=${retire('observations', 'fact', one.id)} aria-label=${'Retire the fact: ' + one.content}>Retire<//>`}</li>`)}</ul>`}
      <h3>Relations</h3>
      ${(data.relations ?? []).length === 0 ? html`<p class="muted">No relation.</p>` : html`<ul class="facts">${data.relations.slice(0, MAX_RELATIONS).map(one => html`<li key=${one.id}><span>${one.from.name} <em>${one.type}</em> ${one.to.name}</span>
        ${write && html`<${Action} kind="ghost small" run=${retire('relations', 'relation', one.id)} aria-label=${`Retire the relation: ${one.from.name} ${one.type} ${one.to.name}`}>Retire<//>`}</li>`)}</ul>
        ${data.relations.length > MAX_RELATIONS && html`<p class="muted">The first ${MAX_RELATIONS} relations are shown.</p>`}`}
      ${write && html`<div class="actions">
        <button class="small" onClick=${() => setEditing('fact')}><${Icon} name="plus" />Fact</button><button class="small" onClick=${() => setEditing('relation')}><${Icon} name="plus" />Relation</button>
        <button class="small" onClick=${() => setEditing('edit')}><${Icon} name="pencil" />Edit</button><button class="small" onClick=${() => setEditing('merge')}><${Icon} name="copy" />Merge</button>
        <button class="small danger" onClick=${() => setEditing('retire')}><${Icon} name="trash-2" />Retire</button></div>`}
      ${editing && html`<${Edit} agent=${agent} entity=${data} what=${editing} close=${() => setEditing(null)} done=${done} changed=${changed} retired=${() => { close(); changed() }} />`}`}
    <//></aside>`
}

/** Tells of a change and offers to undo it. */
const undoable = (text, undo, changed) => toast(text, { label: 'Undo', action: () => attempt(async () => { await undo(); changed() }, 'The change was undone.') })

/** The dialogs that change an entity. */
const Edit = ({ agent, entity: latest, what, close, done, changed, retired }) => {
  const [entity] = useState(latest) // the form keeps what was there when it was opened
  const [error, setError] = useState(null)
  const [conflict, setConflict] = useState(null)
  const path = (...rest) => agentPath(agent, 'entities', entity.id, ...rest)
  const submit = async event => {
    event.preventDefault()
    const of = Object.fromEntries(new FormData(event.target))
    try {
      if (what === 'fact') {
        const { added } = await api('POST', path('observations'), { observations: [of.content] })
        if (added.length === 0) toast('The fact was known already.')
        else undoable('The fact was added.', () => api('DELETE', agentPath(agent, 'observations', added[0].id)), changed)
      }
      if (what === 'relation') {
        const answer = await request('POST', agentPath(agent, 'relations'), { from: entity.id, type: of.type, to: of.to, ...(of.fact ? { fact: of.fact } : {}) })
        const relation = await answer.json()
        // Only what is new is taken back: the relation may have been there before.
        const known = (entity.relations ?? []).some(one => one.id === relation.id)
        if (answer.status === 201 && !known) undoable(`${relation.from.name} ${relation.type} ${relation.to.name} was added.`, () => api('DELETE', agentPath(agent, 'relations', relation.id)), changed)
        else toast('The relation was known already.')
      }
      if (what === 'merge') {
        const other = await get(agentPath(agent, 'entities', of.with))
        await api('POST', path('merge'), { with: other.id })
        undoable(`${other.name} is now part of ${entity.name}.`, () => api('POST', agentPath(agent, 'entities', other.id, 'restore')), changed)
      }
      if (what === 'edit') {
        const saved = await api('PATCH', path(), { name: of.name, type: of.type, aliases: of.aliases.split('\n').map(one => one.trim()).filter(Boolean) },
          { headers: { 'If-Match': conflict ? '*' : `"${entity.version}"` } })
        undoable(`${saved.name} was changed.`, () => api('PATCH', path(), { name: entity.name, type: entity.type, aliases: entity.aliases ?? [] },
          { headers: { 'If-Match': `"${saved.version}"` } }), changed)
      }
      if (what === 'retire') { await api('DELETE', path()); retired(); undoable(`${entity.name} was retired. Its history is kept.`, () => api('POST', path('restore')), changed); return }
      done()
    } catch (problem) {
      if (problem.status === 412) setConflict(await get(path()))
      setError(problem)
    }
  }
  const title = { fact: `Add a fact about ${entity.name}`, relation: `Add a relation of ${entity.name}`, edit: `Edit ${entity.name}`, merge: `Merge into ${entity.name}`, retire: `Retire ${entity.name}?` }[what]
  return html`<${Dialog} title=${title} onClose=${close}><form onSubmit=${submit}>
    ${error && !conflict && html`<${Problem} error=${error} />`}
    ${conflict && html`<div class="notice" role="alert"><div><p>Somebody else has changed this entity meanwhile. It is now “${conflict.name}” of type “${conflict.type}”.</p><p>Save again to replace it with what you entered, or cancel.</p></div></div>`}
    ${what === 'fact' && html`<${Field} label="Fact"><textarea name="content" required autofocus /><//>`}
    ${what === 'relation' && html`<div class="fields"><${Field} label="Type"><input name="type" required autofocus placeholder="works_at" /><//>
      <${Field} label="To"><input name="to" required placeholder="name of an entity" /><//></div><${Field} label="As a sentence"><input name="fact" /><//>`}
    ${what === 'edit' && html`<${Field} label="Name"><input name="name" required defaultValue=${entity.name} /><//><div class="fields"><${Field} label="Type"><input name="type" required defaultValue=${entity.type ?? ''} /><//>
      <${Field} label="Other names" hint="one on each line"><textarea name="aliases" rows="2" defaultValue=${(entity.aliases ?? []).join('\n')} /><//></div>`}
    ${what === 'merge' && html`<p>The facts and relations of the other entity move to ${entity.name}.</p><${Field} label="Other entity"><input name="with" required autofocus /><//>`}
    ${what === 'retire' && html`<p>The entity and its relations are no longer found. Views as of an earlier date still show them, and it can be restored.</p>`}
    <div class="form-actions"><button type="button" onClick=${close}>Cancel</button><button class=${what === 'retire' ? 'danger' : 'primary'}>${what === 'retire' ? 'Retire' : what === 'merge' ? 'Merge' : 'Save'}</button></div>
  </form><//>`
}

const NewEntity = ({ agent, close, done, undone }) => {
  const submit = async event => {
    event.preventDefault()
    const of = Object.fromEntries(new FormData(event.target))
    const body = { name: of.name, type: of.type, ...(of.fact ? { observations: [of.fact] } : {}) }
    await attempt(async () => {
      const answer = await request('POST', agentPath(agent, 'entities'), body)
      const entity = await answer.json()
      done(entity.name)
      if (answer.status !== 201) toast(`${entity.name} was known already.${of.fact ? ' The fact is stored.' : ''}`)
      else undoable(`${entity.name} was added.`, () => api('DELETE', agentPath(agent, 'entities', entity.id)), () => undone(entity))
    })
  }
  return html`<${Dialog} title="Add an entity" onClose=${close}><form onSubmit=${submit}>
    <div class="fields"><${Field} label="Name"><input name="name" required autofocus /><//><${Field} label="Type"><input name="type" required placeholder="person" /><//></div>
    <${Field} label="A fact about it"><textarea name="fact" /><//>
    <div class="form-actions"><button type="button" onClick=${close}>Cancel</button><button class="primary">Add</button></div></form><//>`
}

export default function Graph({ agent, at }) {
  const fields = at.query
  const asOf = fields.get('as_of') ?? ''
  const limit = Number(fields.get('limit') ?? 150)
  const types = fields.get('type') ?? ''
  const [selected, setSelected] = useState(null)
  const [colorBy, setColorBy] = useState('type')
  const [expanded, setExpanded] = useState([])
  const [from, setFrom] = useState(null)
  const [path, setPath] = useState(null)
  const [creating, setCreating] = useState(false)
  const canvas = useRef()
  const keep = change => setQuery({ ...Object.fromEntries(fields), ...change })
  const around = (id, most, options) => get(agentPath(agent, 'graph', 'view') + query({ entity: id, depth: 1, limit: most, as_of: asOf }), options)
  const view = useData(async signal => {
    const data = await get(agentPath(agent, 'graph', 'view') + query({
      entity: fields.get('entity'), query: fields.get('q'), depth: fields.get('entity') || fields.get('q') ? fields.get('depth') ?? 2 : '', as_of: asOf, limit, type: types
    }), { signal })
    // Expanded neighborhoods change too, so they are read again; one whose read fails is left out.
    const added = await Promise.all(expanded.map(one => around(one.id, one.most, { signal }).catch(() => ({ entities: [], relations: [] }))))
    return { ...data, added }
  }, [agent, fields.get('entity'), fields.get('q'), fields.get('depth'), asOf, limit, types, expanded])
  const first = useData(signal => get(agentPath(agent, 'graph', 'changes') + query({ since: '1970-01-01', limit: 1 }), { signal }), [agent])
  useEffect(() => { setExpanded(old => old.length === 0 ? old : []); setPath(null) }, [agent, fields.get('entity'), fields.get('q'), asOf, types])
  useChanges(['entity.', 'relation.'], view.reload)
  const picture = useMemo(() => {
    if (!view.data) return null
    const added = view.data.added
    const entities = [...new Map([...view.data.entities, ...added.flatMap(one => one.entities)].map(one => [one.id, one])).values()].slice(0, 2000)
    const ids = new Set(entities.map(one => one.id))
    const relations = [...new Map([...view.data.relations, ...added.flatMap(one => one.relations)].map(one => [one.from + ' ' + one.type + ' ' + one.to, one])).values()]
      .filter(one => ids.has(one.from) && ids.has(one.to))
    return { entities, relations }
  }, [view.data])
  const choose = (id, expand) => { setSelected(id); if (id && expand) expandAt(id) }
  const expandAt = id => attempt(async () => {
    const more = await around(id, 60)
    if (more.entities.every(one => picture.entities.some(known => known.id === one.id))) toast('All neighbors are shown.')
    if (picture.entities.length >= 2000) throw new Error('2,000 entities are shown, which is the most. Center on an entity, or choose types.')
    setExpanded(old => [...old.filter(one => one.id !== id), { id, most: 60 }])
    const { name, degree } = more.entities.find(one => one.id === id) ?? {}
    if (degree >= more.entities.length) toast(`${name} has ${format.count(degree)} relations; ${format.count(more.entities.length - 1)} of its neighbors are shown. Choose types to see others.`)
  })
  const findPath = event => {
    event.preventDefault()
    const to = event.target.elements.to.value.trim()
    attempt(async () => {
      const found = (await get(agentPath(agent, 'graph', 'paths') + query({ from: from.id, to, as_of: asOf }))).paths
      if (found.length === 0) throw new Error(`No path leads from ${from.name} to ${to}.`)
      const missing = found.flatMap(one => one.entities).filter(one => !picture.entities.some(known => known.id === one.id))
      const ids = [...new Set(missing.map(one => one.id))].slice(0, 20)
      if (ids.length > 0) setExpanded(old => [...old, ...ids.filter(id => !old.some(one => one.id === id)).map(id => ({ id, most: 25 }))])
      setPath(found)
      setFrom(null)
      toast(`${found.length === 1 ? 'One path' : found.length + ' paths'} of ${found[0].length} ${found[0].length === 1 ? 'relation' : 'relations'}: ${found[0].entities.map(one => one.name).join(', ')}.`)
    })
  }
  const start = first.data?.items[0]?.at
  const days = start ? Math.max(1, Math.ceil((Date.now() - new Date(start)) / 86400000)) : 1
  const day = asOf ? Math.round((new Date(asOf) - new Date(start ?? Date.now())) / 86400000) : days
  const slide = event => {
    const value = Number(event.target.value)
    keep({ as_of: value >= days ? '' : new Date(new Date(start).getTime() + value * 86400000).toISOString() })
  }
  const shownTypes = picture ? [...Map.groupBy(picture.entities, one => one.type ?? '')].sort((a, b) => b[1].length - a[1].length) : []
  const palette = picture ? colors(picture.entities.map(one => one.type ?? '')) : new Map()
  const chosen = types ? types.split(',') : []
  const name = 'graph-' + agent
  return html`<${Page} title="Graph" lead=${view.data ? `${format.count(picture.entities.length)} of ${format.count(view.data.total)} entities, the most important first.` : 'Entities and their relations.'}
    actions=${html`${may('write') && html`<button onClick=${() => setCreating(true)}><${Icon} name="plus" />Entity</button>`}
      <details class="menu-button"><summary class="button"><${Icon} name="download" />Export</summary><div class="menu-list card">
        <button class="ghost" onClick=${async () => download(name + '.png', 'image/png', await canvas.current.png({ output: 'blob-promise', full: true, scale: 2, maxWidth: 8000, maxHeight: 8000, bg: style('--surface') }))}>PNG picture</button>
        <button class="ghost" onClick=${() => download(name + '.svg', 'image/svg+xml', svg(canvas.current))}>SVG picture</button>
        <button class="ghost" onClick=${() => download(name + '.graphml', 'application/xml', graphml(picture))}>GraphML</button></div></details>`}>
    <div class="card graph-tools">
      <form class="search-line" role="search" aria-label="Show a part of the graph" onSubmit=${event => {
        event.preventDefault()
        const of = event.target.elements
        keep(of.what.value === 'entity' ? { entity: of.text.value.trim(), q: '' } : { q: of.text.value.trim(), entity: '' })
      }}>
        <${Select} name="what" label="What to show" initial=${fields.get('q') ? 'q' : 'entity'} options=${[['entity', 'Around an entity'], ['q', 'Around a question']]} />
        <label class="grow"><span class="visually-hidden">Entity or question</span><input name="text" type="search" placeholder="Leave empty for the whole graph" defaultValue=${fields.get('entity') ?? fields.get('q') ?? ''} key=${fields.toString()} list="graph-names" /></label>
        <datalist id="graph-names">${(picture?.entities ?? []).slice(0, 100).map(one => html`<option value=${one.name} key=${one.id} />`)}</datalist>
        <button class="primary">Show</button></form>
      <div class="fields">
        <${Field} label=${asOf ? 'As of ' + format.day(asOf) : 'As of today'}><input type="range" min="0" max=${days} value=${Math.max(0, Math.min(days, day))} onChange=${slide} aria-valuetext=${asOf ? format.day(asOf) : 'today'} /><//>
        <${Field} label="At most"><${Select} value=${String(limit)} options=${LIMITS.map(one => [String(one), format.count(one) + ' entities'])} onChange=${value => keep({ limit: value })} /><//>
        <${Field} label="Colors show"><${Select} value=${colorBy} options=${[['type', 'Types'], ['community', 'Communities']]} onChange=${setColorBy} /><//>
      </div>
      <div class="chips" role="group" aria-label="Types">${shownTypes.slice(0, 14).map(([type, list]) => html`<button key=${type} class="chip" aria-pressed=${chosen.includes(type)} disabled=${type === ''}
        onClick=${() => keep({ type: (chosen.includes(type) ? chosen.filter(one => one !== type) : [...chosen, type]).join(',') })}>
        <span class="swatch-dot" style=${{ background: palette.get(type) }}></span>${type || 'mentioned only'} ${list.length}</button>`)}
        ${chosen.length > 0 && html`<button class="ghost small" onClick=${() => keep({ type: '' })}>All types</button>`}
        ${path && html`<button class="ghost small" onClick=${() => setPath(null)}><${Icon} name="x" />Hide path</button>`}</div>
    </div>
    ${view.error && html`<${Problem} error=${view.error} retry=${view.reload} />`}
    ${picture === null ? (view.error ? null : html`<div class="graph-canvas skeleton" role="status"><span class="visually-hidden">Loading…</span></div>`)
      : picture.entities.length === 0 ? html`<${Empty} icon="waypoints" title=${view.data.total === 0 ? 'No entity is known yet.' : 'Nothing matches.'}><p>Entities come from reflection, from tools, or by hand.</p><//>`
      : html`<div class=${'graph-area' + (selected ? ' with-details' : '')}>
        <div class="card graph-box" aria-busy=${view.loading}><${Canvas} picture=${picture} colorBy=${colorBy} selected=${selected} onSelect=${choose} path=${path} canvas=${canvas} />
          <div class="graph-zoom"><button class="icon-only" onClick=${() => canvas.current.zoom({ level: canvas.current.zoom() * 1.3, renderedPosition: { x: canvas.current.width() / 2, y: canvas.current.height() / 2 } })}><${Icon} name="plus" label="Zoom in" /></button>
            <button class="icon-only" onClick=${() => canvas.current.zoom({ level: canvas.current.zoom() / 1.3, renderedPosition: { x: canvas.current.width() / 2, y: canvas.current.height() / 2 } })}><${Icon} name="minus" label="Zoom out" /></button>
            <button class="icon-only" onClick=${() => canvas.current.fit(undefined, 40)}><${Icon} name="eye" label="Show all" /></button></div></div>
        ${selected && html`<${Details} key=${selected} agent=${agent} id=${selected} asOf=${asOf} changed=${view.reload} close=${() => setSelected(null)} onExpand=${expandAt}
          onShow=${text => keep({ entity: text, q: '' })} onPath=${setFrom} />`}</div>
      <details class="entity-list"><summary><${Icon} name="list-checks" />List of entities</summary><ul>${picture.entities.slice(0, 300).map(one => html`<li key=${one.id}>
        <button class="ghost small" aria-pressed=${selected === one.id} onClick=${() => choose(one.id)}>${one.name} <small>${one.type ?? ''} · ${format.count(one.degree)} ${one.degree === 1 ? 'relation' : 'relations'}</small></button></li>`)}</ul></details>`}
    ${from && html`<${Dialog} title=${`Path from ${from.name}`} onClose=${() => setFrom(null)}><form onSubmit=${findPath}>
      <${Field} label="To"><input name="to" required autofocus list="graph-names" placeholder="name of an entity" /><//><div class="form-actions"><button type="button" onClick=${() => setFrom(null)}>Cancel</button><button class="primary">Find</button></div></form><//>`}
    ${creating && html`<${NewEntity} agent=${agent} close=${() => setCreating(false)} done=${text => { setCreating(false); keep({ entity: text, q: '' }) }}
      undone=${({ id, name }) => { setSelected(old => old === id ? null : old); route.get().query.get('entity') === name && setQuery({}) }} />`}
  <//>`
}
