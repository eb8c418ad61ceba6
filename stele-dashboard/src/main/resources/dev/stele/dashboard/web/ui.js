// Components that all pages use. Text of the memory is always a text node, never markup.
import { html, useEffect, useRef, useState } from './preact.js'
import { format, toasts, dismiss, attempt } from './core.js'

export const Icon = ({ name, label }) => html`
  <svg class="icon" role=${label ? 'img' : undefined} aria-label=${label} aria-hidden=${label ? undefined : 'true'} focusable="false">
    <use href=${'/assets/icons.svg#' + name} />
  </svg>`

export const Time = ({ at, ago, day }) => at
  ? html`<time datetime=${at} title=${format.time(at)}>${ago ? format.ago(at) : day ? format.day(at) : format.time(at)}</time>` : null

export const Badge = ({ children, tone = '' }) => html`<span class=${'badge ' + tone}>${children}</span>`

export const Page = ({ title, lead, actions, children }) => {
  const heading = useRef()
  useEffect(() => {
    document.title = title + ' · Stele'
    // After a change of page the focus goes to its heading, but not while the reader types.
    if (!['INPUT', 'TEXTAREA', 'SELECT'].includes(document.activeElement?.tagName)) heading.current?.focus({ preventScroll: true })
  }, [title])
  return html`
    <header class="page-head">
      <div><h1 tabindex="-1" ref=${heading}>${title}</h1>${lead && html`<p class="lead">${lead}</p>`}</div>
      ${actions && html`<div class="actions">${actions}</div>`}
    </header>
    ${children}`
}

export const Empty = ({ icon = 'inbox', title, children }) => html`
  <div class="empty"><${Icon} name=${icon} /><p class="empty-title">${title}</p>${children && html`<div>${children}</div>`}</div>`

export const Loading = ({ lines = 3 }) => html`
  <div class="loading" role="status"><span class="visually-hidden">Loading…</span>
    ${Array.from({ length: lines }, (_, i) => html`<div class="bone" key=${i}></div>`)}
  </div>`

export const Problem = ({ error, retry }) => html`
  <div class="problem" role="alert"><${Icon} name="circle-alert" /><p>${error.message}</p>
    ${retry && html`<button class="small" onClick=${retry}>Try again</button>`}</div>`

/** Shows one of the states of data: loading, failed, empty or there. */
export const Loaded = ({ of, empty, isEmpty, children, lines }) => html`
  ${of.error && html`<${Problem} error=${of.error} retry=${of.reload} />`}
  ${of.data === undefined ? (of.error ? null : html`<${Loading} lines=${lines} />`)
    : (isEmpty ?? (data => data.items?.length === 0))(of.data) ? empty : children(of.data)}`

export const Meter = ({ value, max = 1, label, text, limit }) => {
  const share = max > 0 ? Math.max(0, Math.min(1, value / max)) : 0
  return html`<span class="meter" role="meter" aria-label=${label} aria-valuemin="0" aria-valuemax=${max} aria-valuenow=${value} aria-valuetext=${text}>
    <span class=${limit && share > 0.9 ? 'full' : ''} style=${{ width: share * 100 + '%' }}></span></span>`
}

export const Field = ({ label, hint, children, wide }) => html`
  <label class=${'field' + (wide ? ' wide' : '')}><span>${label}</span>${children}${hint && html`<small>${hint}</small>`}</label>`

/** With `initial` instead of `value`, the reader's choice stays until the form is sent. */
export const Select = ({ value, initial, options, onChange, label, ...rest }) => html`
  <select value=${value} aria-label=${label} onChange=${event => onChange?.(event.target.value)} ...${rest}>
    ${options.map(option => {
      const [key, text] = Array.isArray(option) ? option : [option, option]
      return html`<option value=${key} selected=${key === (value ?? initial)}>${text}</option>`
    })}
  </select>`

/** Background jobs in words, and the tone of each state. */
const JOBS = { backup: 'Backup', verify: 'Check of the files', maintenance: 'Maintenance', optimize: 'Release of memory' }
const JOB_TONES = { done: 'accent', failed: 'danger', running: 'warn', queued: 'warn' }
export const JobName = ({ task }) => html`<strong>${JOBS[task.kind] ?? task.kind}</strong>${task.agent && html` of ${task.agent}`} <small><${Time} at=${task.created_at} ago /></small>`
export const JobState = ({ task }) => html`<${Badge} tone=${JOB_TONES[task.state]}>${task.state}<//>`

export const Stat = ({ label, value, unit, hint }) => html`
  <div class="stat"><dt>${label}</dt><dd>${value}${unit && html`<span class="unit"> ${unit}</span>`}${hint && html`<small>${hint}</small>`}</dd></div>`

/** A modal dialog; the browser keeps the focus inside, and Escape closes it. */
export const Dialog = ({ title, onClose, children, wide }) => {
  const dialog = useRef()
  const typed = useRef(false)
  useEffect(() => {
    const [opener, node] = [document.activeElement, dialog.current]
    node.showModal()
    return () => {
      node.close() // while it is open nothing else takes the focus
      // The opener may be gone, such as the button of a note that was erased.
      const target = opener?.isConnected ? opener : document.querySelector('main h1')
      target?.focus()
    }
  }, [])
  // A click beside the dialog closes it, but not one that ends a selection, and not if text would be lost.
  const beside = event => event.target === dialog.current && !typed.current && dialog.current.close()
  return html`
    <dialog ref=${dialog} class=${wide ? 'wide' : ''} aria-labelledby="dialog-title"
      onClose=${onClose} onMouseDown=${beside} onInput=${() => { typed.current = true }}>
      <div class="dialog-body">
        <header><h2 id="dialog-title">${title}</h2>
          <button class="ghost icon-only" type="button" onClick=${() => dialog.current.close()}><${Icon} name="x" label="Close" /></button></header>
        ${children}
      </div>
    </dialog>`
}

/** A button that shows that its action runs, and does not run it twice. */
export const Action = ({ run, done, children, kind = '', icon, ...rest }) => {
  const [busy, setBusy] = useState(false)
  const act = async () => {
    setBusy(true)
    await attempt(run, done)
    setBusy(false)
  }
  return html`<button type="button" class=${kind} aria-busy=${busy} disabled=${busy} onClick=${act} ...${rest}>
    ${icon && html`<${Icon} name=${icon} />`}${children}</button>`
}

export const Toasts = () => html`
  <div class="toasts" role="status" aria-live="polite">
    ${toasts.use().map(one => html`
      <div class=${'toast' + (one.error ? ' error' : '')} key=${one.id}>
        <${Icon} name=${one.error ? 'circle-alert' : 'circle-check'} /><p>${one.text}</p>
        ${one.action && html`<button class="small" onClick=${() => { dismiss(one.id); one.action() }}>${one.label}</button>`}
        <button class="ghost icon-only" onClick=${() => dismiss(one.id)}><${Icon} name="x" label="Dismiss" /></button>
      </div>`)}
  </div>`

/** Text in which words are marked. */
export const Marked = ({ text, words = [] }) => {
  if (words.length === 0) return html`<span>${text}</span>`
  const escaped = words.filter(Boolean).map(word => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  const pieces = text.split(new RegExp(`(?<![\\p{L}\\p{N}])((?:${escaped.join('|')})[\\p{L}\\p{N}]*)`, 'giu'))
  return html`<span>${pieces.map((piece, i) => i % 2 ? html`<mark>${piece}</mark>` : piece)}</span>`
}

export function download(name, type, content) {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }))
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10000)
}
