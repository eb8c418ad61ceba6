// Charts of the latest minutes, drawn by uPlot and redrawn when the colors change.
import { html, useEffect, useRef } from './preact.js'
import uPlot from './lib-uplot.js'

const style = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim()

/**
 * @param series list of { label, values, tone, dash }, tone being the name of a color variable
 * @param unit text after a value
 */
export const Chart = ({ title, times, series, unit = '', digits = 1, summary }) => {
  const box = useRef()
  const plot = useRef()
  const data = [times, ...series.map(one => one.values)]
  const latest = useRef(data)
  latest.current = data
  useEffect(() => {
    const draw = () => {
      plot.current?.destroy()
      const axis = {
        stroke: style('--muted'), font: '11px Inter, system-ui, sans-serif',
        grid: { stroke: style('--line'), width: 1 }, ticks: { show: false }
      }
      plot.current = new uPlot({
        width: Math.max(200, box.current.clientWidth), height: 150, legend: { show: false }, cursor: { show: false },
        padding: [8, 26, 0, 0],
        scales: { x: { time: true }, y: { range: (_, __, high) => [0, high > 0 ? high * 1.15 : 1] } },
        axes: [{ ...axis, size: 24, space: 70, values: (_, ticks) => ticks.map(tick => new Date(tick * 1000).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' })) },
          { ...axis, size: 46, space: 34, values: (_, ticks) => ticks.map(tick => tick >= 10000 ? (tick / 1000) + 'k' : tick + '') }],
        series: [{}, ...series.map(one => ({
          label: one.label, stroke: style(one.tone), width: 1.75, dash: one.dash, points: { show: false },
          fill: one.fill ? style('--accent-soft') : undefined
        }))]
      }, latest.current, box.current)
    }
    draw()
    const sized = new ResizeObserver(() => plot.current?.setSize({ width: Math.max(200, box.current.clientWidth), height: 150 }))
    sized.observe(box.current)
    const dark = matchMedia('(prefers-color-scheme: dark)')
    dark.addEventListener('change', draw)
    addEventListener('themechange', draw)
    return () => {
      sized.disconnect()
      dark.removeEventListener('change', draw)
      removeEventListener('themechange', draw)
      plot.current?.destroy()
      plot.current = null
    }
  }, [series.length])
  useEffect(() => plot.current?.setData(data), [times.at(-1), times.length])
  const value = one => {
    const last = one.values.findLast(number => number !== null && number !== undefined)
    return last === undefined ? '–' : last.toLocaleString(undefined, { maximumFractionDigits: digits }) + unit
  }
  return html`<section class="card chart" aria-label=${title}>
    <header><h3>${title}</h3>${summary && html`<p>${summary}</p>`}</header>
    <div class="plot" ref=${box} role="img" aria-label=${title + ': ' + series.map(one => one.label + ' ' + value(one)).join(', ')}></div>
    <ul class="legend">${series.map(one => html`<li key=${one.label}>
      <span class=${'swatch' + (one.dash ? ' dashed' : '')} style=${{ '--tone': `var(${one.tone})` }}></span>${one.label} <strong>${value(one)}</strong></li>`)}</ul>
  </section>`
}
