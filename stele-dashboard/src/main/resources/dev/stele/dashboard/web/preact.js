// Preact with templates that make new nodes each time. By default htm keeps nodes without values and uses them again; a
// kept node holds on to the list that it was shown in, so that items that left the list would never be freed.
import htm from './lib-htm.js'
import { h } from './lib-preact.js'

export * from './lib-preact.js'
export const html = htm.bind(function (...node) {
  this[0] = 3 // tells htm that the node is not to be kept
  return h(...node)
})
