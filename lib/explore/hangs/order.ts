/** Brings the states of a search into an order in which each comes behind all that lead to it. Called by search.ts. */

import type { Edges } from './edges.js';

/** Returns the states in such an order. Those that are on a cycle, or behind one, are left out. */
export function inOrder(edges: Edges): Int32Array {
  const { states } = edges;
  const waiting = new Int32Array(states);
  for (let s = 0; s < states; s++) for (let e = edges.from(s); e < edges.to(s); e++) waiting[edges.target(e)]++;
  const order = new Int32Array(states);
  let found = 0;
  for (let s = 0; s < states; s++) if (waiting[s] === 0) order[found++] = s;
  for (let i = 0; i < found; i++)
    for (let e = edges.from(order[i]); e < edges.to(order[i]); e++)
      if (--waiting[edges.target(e)] === 0) order[found++] = edges.target(e);
  return order.subarray(0, found);
}
