/** The race that `init` writes: small enough to be read at once, with all that a race of one's own needs. */
export function raceTemplate(name: string): string {
  return `/**
 * Can two CPUs that count in one word lose a count?   Result: buggy Always, lock and atomic Never
 *
 * Race:  both load the word, both add one, both store: one of the two additions is gone.
 * Run:   npx racehammer run ./${name}.js
 *        npx racehammer run ./${name}.js:atomic --duration 10s
 */
import {
  LINE,
  READ_ONCE,
  WRITE_ONCE,
  atomic_fetch_add,
  defineRace,
  endWindow,
  enter,
  fail,
  indexes,
  kernelFunction,
  leave,
  outOfReach,
  raceWindow,
  spin_lock,
  spin_unlock,
  step,
  steps,
  struct,
  withinReach,
} from 'racehammer';

/** The words of one instance. LINE begins a cache line of its own; WORD, lines(n) and words(n) are the other shapes. */
const STATE = struct({ lock: LINE, count: LINE, ended: LINE });

/** Every trial draws a delay for each window (--window W_LOADED=0..200): there the other CPU does harm. */
const WINDOWS = ['W_LOADED'];
const W = indexes(WINDOWS);

/** Labels of the places on the path, for reports and timelines. */
const STEPS = ['C1', 'C2', 'C3'];
const S = steps(STEPS);

const F_ADD_ONE = kernelFunction('add_one');

/**
 * The actor, on each CPU once in every trial. Shared memory is touched by the operations of the SDK alone, at word indexes;
 * \`config\` is what configure() made of variant and knobs.
 */
function counter(cpu, instance, config) {
  enter(cpu, F_ADD_ONE);
  if (config.form === 'lock') spin_lock(cpu, instance + STATE.lock);
  addOne(cpu, instance, config);
  if (config.form === 'lock') spin_unlock(cpu, instance + STATE.lock);
  leave(cpu);
  step(cpu, S.C3);
  // Whoever comes last judges: the trial has ended for all by then.
  const last = atomic_fetch_add(cpu, instance + STATE.ended, 1) === cpu.cpus - 1;
  if (!last) return;
  const count = READ_ONCE(cpu, instance + STATE.count);
  if (count !== cpu.cpus) fail(cpu, 'lost-update', 'the count is smaller than the number of CPUs', count, cpu.cpus);
}

function addOne(cpu, instance, config) {
  const word = instance + STATE.count;
  if (config.form === 'atomic') {
    atomic_fetch_add(cpu, word, 1);
    return;
  }
  withinReach(cpu);
  step(cpu, S.C1);
  const count = READ_ONCE(cpu, word);
  raceWindow(cpu, W.W_LOADED);
  step(cpu, S.C2);
  WRITE_ONCE(cpu, word, count + 1);
  endWindow(cpu, W.W_LOADED);
  outOfReach(cpu);
}

export default defineRace({
  name: '${name}',
  question: 'Can two CPUs that count in one word lose a count?',
  mail: 'none',
  commits: [],
  explain: 'C1 loads the word, C2 stores it with one added, C3 says that the CPU has ended; the last to end looks at the sum.',
  steps: STEPS,
  windows: WINDOWS,
  signatures: { 'lost-update': 'an addition was overwritten' },
  knobs: {},
  variants: {
    buggy: { about: 'a load, then a store', source: 'the textbook', expects: [{ fails: 'lost-update' }] },
    lock: { about: 'both under a spinlock', source: 'the textbook', expects: [{}] },
    atomic: { about: 'one atomic addition', source: 'the textbook', expects: [{}] },
  },
  /** What run shows beside the first variant. */
  merged: 'atomic',
  /** What verify runs: conditions whose outcome is known. */
  rows: [
    { name: 'a load, then a store', variant: 'buggy' },
    { name: 'under a lock', variant: 'lock' },
    { name: 'one atomic addition', variant: 'atomic' },
  ],
  interrupts: [],
  cpus: { min: 2, default: 2 },
  phases: {},
  delays: {},
  actors: { counter },
  configure: (variant) => ({ form: variant }),
  instanceWords: () => STATE.WORDS,
  reset: (mem, instance) => mem.fill(0, instance, instance + STATE.WORDS),
  role: (cpu) => ({ actor: 'counter', comm: \`counter/\${cpu}\` }),
  symbol: (offset) => Object.keys(STATE).find((field) => STATE[field] === offset) ?? \`word \${offset}\`,
  report: ({ message, detail }) => [\`\${message}: \${detail[0]} of \${detail[1]}\`],
});
`;
}
