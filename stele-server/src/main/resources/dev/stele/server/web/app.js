// The dashboard: asks the same interface as everybody else and keeps nothing but the key, for this tab.

const byId = id => document.getElementById(id)
let key = sessionStorage.getItem('key')
let agent = null
let user = ''

async function ask(method, path, body) {
  const headers = {}
  if (key) headers.Authorization = 'Bearer ' + key
  if (body !== undefined) headers['Content-Type'] = 'application/json'
  const answer = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) })
  if (answer.status === 401) {
    byId('key-form').hidden = false
  }
  const json = answer.status === 204 ? null : await answer.json()
  if (!answer.ok && path !== '/ready') {
    throw new Error(json?.detail ?? answer.statusText)
  }
  return json
}

/** Runs an action and shows what went wrong, if anything did. */
async function attempt(action) {
  const problem = byId('problem')
  try {
    const result = await action()
    problem.hidden = true
    return result
  } catch (error) {
    problem.textContent = error.message
    problem.hidden = false
  }
}

// Text is set as text, never as markup: memories are written by anybody.
function element(tag, text, className) {
  const made = document.createElement(tag)
  if (text !== undefined && text !== null) made.textContent = text
  if (className) made.className = className
  return made
}

function fill(table, rows) {
  const body = table.tBodies[0]
  body.replaceChildren(...rows.map(cells => {
    const row = element('tr')
    row.append(...cells.map(cell => cell instanceof Node ? cell : element('td', cell)))
    return row
  }))
  return body
}

function bytes(number) {
  if (number === null || number === undefined) return '∞'
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let unit = 0
  while (number >= 1024 && unit < units.length - 1) {
    number /= 1024
    unit++
  }
  return number.toFixed(unit === 0 ? 0 : 1) + ' ' + units[unit]
}

const agentPath = path => `/v1/agents/${encodeURIComponent(agent)}/${path}`
const time = text => new Date(text).toLocaleString()

async function showState() {
  const ready = await ask('GET', '/ready')
  byId('state').textContent = ready.stopping ? 'stopping' : `up, model ${ready.model}`
}

async function showAgents() {
  const names = (await ask('GET', '/v1/agents?limit=200')).items
  byId('no-agents').hidden = names.length > 0
  const all = await Promise.all(names.map(name => ask('GET', `/v1/agents/${encodeURIComponent(name)}/stats`)))
  const body = fill(byId('agents'), all.map(stats => {
    const choose = element('button', stats.agent)
    choose.onclick = () => {
      agent = stats.agent
      user = byId('user').value = ''
      byId('hits').replaceChildren()
      refresh()
    }
    const cell = element('td')
    cell.append(choose)
    return [cell, stats.messages, stats.archived, stats.notes, stats.sessions, stats.users, stats.waiting, stats.changes]
  }))
  names.forEach((name, i) => body.rows[i].classList.toggle('chosen', name === agent))
  byId('agent').hidden = agent === null
  if (agent !== null) {
    byId('agent-name').textContent = agent
    const last = all.find(stats => stats.agent === agent)?.changes ?? 0
    const changes = await ask('GET', agentPath(`changes?limit=10&after=${Math.max(0, last - 10)}`))
    byId('changes').replaceChildren(...changes.items.reverse().map(change => {
      const line = element('li', `${change.kind} ${change.ref ?? ''}`)
      line.append(element('small', `${change.number}, ${time(change.at)}`))
      return line
    }))
  }
}

async function showLearning() {
  if (agent === null) return
  const of = user === '' ? '' : `&user=${encodeURIComponent(user)}`
  const [notes, interactions, consolidations, insights] = await Promise.all([
    ask('GET', agentPath(`notes?limit=20${of}`)),
    ask('GET', agentPath(`interactions?limit=10${of}`)),
    ask('GET', agentPath(`consolidations?limit=5${of}`)),
    user === '' ? null : ask('GET', agentPath(`users/${encodeURIComponent(user)}/insights?days=30`))
  ])
  const text = words => element('td', words, 'text')
  fill(byId('notes'), notes.items.map(note => [
    note.content, text(note.category), text((note.evidence ?? []).join(' · ')), (note.confidence ?? 1).toFixed(2),
    text(note.user ?? ''), time(note.created_at)
  ]))
  fill(byId('interactions'), interactions.items.map(one => {
    const cell = element('td')
    if (one.state === 'failed') {
      const again = element('button', 'Try again')
      again.onclick = () => attempt(() => ask('POST', agentPath(`interactions/${encodeURIComponent(one.id)}/retry`))).then(refresh)
      cell.append(again)
    }
    return [one.type, text(one.user ?? ''), one.state, one.attempts, time(one.created_at), one.outcome?.added?.length ?? 0,
      text(one.error ?? one.outcome?.reasoning ?? ''), cell]
  }))
  fill(byId('consolidations'), consolidations.items.map(one => {
    const cell = element('td', one.undone_at ? 'undone' : undefined)
    if (!one.undone_at) {
      const undo = element('button', 'Undo')
      undo.onclick = () => attempt(() => ask('POST', agentPath(`consolidations/${encodeURIComponent(one.id)}/undo`))).then(refresh)
      cell.append(undo)
    }
    return [time(one.at), text(one.user ?? ''), text(one.trigger), one.before, one.after, cell]
  }))
  const counts = of => Object.entries(of).map(([name, count]) => `${name} ${count}`).join(', ') || 'none'
  byId('insights').textContent = insights === null ? ''
    : `In 30 days: interactions ${counts(insights.interactions)}; new notes ${counts(insights.notes)}; about ${counts(insights.topics)}.`
}

async function showModels() {
  const models = (await ask('GET', '/v1/models')).items
  byId('models-section').hidden = models.length === 0
  fill(byId('models'), models.map(of => [
    of.model, of.answered, of.failed, of.seconds, of.score, of.input_tokens, of.output_tokens, of.left_alone ? 'yes' : ''
  ]))
}

async function showTasks() {
  const tasks = (await ask('GET', '/v1/tasks?limit=10')).items
  fill(byId('tasks'), tasks.map(task => {
    const cell = element('td')
    if (task.state === 'queued' || task.state === 'running') {
      const cancel = element('button', 'Cancel')
      cancel.onclick = () => attempt(() => ask('POST', `/v1/tasks/${task.id}/cancel`)).then(refresh)
      cell.append(cancel)
    }
    const says = task.error ?? task.progress ?? (task.result ? JSON.stringify(task.result) : '')
    return [task.kind, element('td', task.agent ?? '', 'text'), task.state, task.attempts, time(task.created_at), element('td', says, 'text'), cell]
  }))
}

async function showArenas() {
  const { process } = await ask('GET', '/v1/arenas')
  fill(byId('arenas'), Object.entries(process).map(([kind, of]) => [
    kind, bytes(of.active), bytes(of.resident), bytes(of.peak), bytes(of.budget), of.outstanding, of.refusals, of.heap_fallbacks, of.leaks
  ]))
}

async function refresh() {
  await attempt(() => Promise.all([showState(), showAgents(), showTasks(), showArenas(), showModels(), showLearning()]))
}

byId('recall').onsubmit = event => {
  event.preventDefault()
  attempt(async () => {
    const answer = await ask('POST', agentPath('recall'), { query: byId('query').value, limit: 10 })
    byId('hits').replaceChildren(...answer.hits.map(hit => {
      const line = element('li', hit.content)
      line.append(element('small', `${hit.speaker ?? hit.kind ?? ''} ${hit.at ? time(hit.at) : ''} ${hit.score.toFixed(2)}`))
      return line
    }))
    if (answer.hits.length === 0) byId('hits').append(element('li', 'Nothing found.'))
  })
}
for (const button of document.querySelectorAll('[data-job]')) {
  button.onclick = () => attempt(() => ask('POST', '/v1/tasks', { kind: button.dataset.job, agent })).then(refresh)
}
byId('optimize').onclick = () => attempt(async () => {
  const { released } = await ask('POST', '/v1/arenas/optimize')
  byId('released').textContent = bytes(Object.values(released).reduce((sum, one) => sum + one, 0)) + ' given back'
}).then(refresh)
byId('whose').onsubmit = event => {
  event.preventDefault()
  user = byId('user').value.trim()
  refresh()
}
byId('reflect').onclick = () => attempt(() => ask('POST', agentPath('reflect'))).then(refresh)
byId('key-form').onsubmit = event => {
  event.preventDefault()
  key = byId('key').value
  sessionStorage.setItem('key', key)
  byId('key-form').hidden = true
  refresh()
}

refresh()
setInterval(() => document.hidden || refresh(), 5000)
