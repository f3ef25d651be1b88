/**
 * A race without a state of its own, for measuring the machine itself. Used by the parts that time instructions, locks
 * and meetings.
 */

import { flush_tlb_func } from '../mm/tlbFlush.js';
import { defineRace } from '../race/defineRace.js';

/** A race that does nothing, with room for a few words on lines of their own. */
export const benchRace = defineRace({
  name: 'bench',
  question: 'What does the machine itself cost?',
  mail: '-',
  commits: [],
  explain: '',
  steps: [],
  windows: [],
  signatures: {},
  knobs: {},
  variants: { buggy: { about: '', source: '', expects: [{}] } },
  merged: 'buggy',
  rows: [],
  interrupts: [flush_tlb_func],
  cpus: { min: 1, default: 1 },
  phases: {},
  delays: {},
  actors: { idle: () => {} },
  configure: () => null,
  instanceWords: () => 112,
  reset: () => {},
  role: () => ({ actor: 'idle', comm: 'idle' }),
  symbol: (offset) => `word ${offset}`,
  report: () => [],
});
