import { flush_tlb_func } from '../mm/tlbFlush.js';
import { defineRace } from '../race/defineRace.js';

/** A race of nothing: five lines of memory, for measuring the machine itself. */
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
