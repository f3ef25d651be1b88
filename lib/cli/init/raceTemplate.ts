/** The race that `init` writes: small enough to be read at once, with what most races of one's own need. Called by init.ts. */

import { commandLine } from '../../report/format/commandLine.js';

/** Returns the text of the race. `file`: its name, `.mjs` or `.mts`; the latter has types where TypeScript does not find them itself. */
export function raceTemplate(name: string, file: string): string {
  const [cpu, returns] = file.endsWith('.mts') ? ['cpu: Cpu, at: number', ': void'] : ['cpu, at', ''];
  const imports = file.endsWith('.mts') ? ['  type Cpu,\n'] : [];
  return `/**
 * Can two CPUs that count in one word lose a count?
 *
 * Each CPU loads the word, adds one and stores it. If both load before one stores, one of the two additions is gone.
 *
 *     ${commandLine('run', `./${file}`)}                  buggy, then a fix
 *     ${commandLine('run', `./${file}:lock`, '--duration', '10s')}
 *     ${commandLine('verify', `./${file}`)}               every variant
 */
import {
  LINE,
  READ_ONCE,
  WRITE_ONCE,
  atomic_fetch_add,
  defineRace,
  endWindow,
  fail,
  indexes,
  outOfReach,
  raceWindow,
  spin_lock,
  spin_unlock,
  step,
  steps,
  struct,
  withinReach,
${imports.join('')}} from 'racehammer';

/** The shared words, all 0 before a trial. LINE begins a cache line of its own; WORD, lines(n) and words(n) are the other shapes. */
const STATE = struct({ lock: LINE, count: LINE });

/** MetricLabels of the places on the path, for reports and timelines. */
const STEPS = ['C1', 'C2'] as const;
const S = steps(STEPS);

/** A window is a place where another CPU does harm. Every trial draws how long it stays open: --window W_LOADED=0..200 */
const WINDOWS = ['W_LOADED'] as const;
const W = indexes(WINDOWS);

function addOne(${cpu})${returns} {
  withinReach(cpu);
  step(cpu, S.C1);
  const count = READ_ONCE(cpu, at + STATE.count);
  raceWindow(cpu, W.W_LOADED);
  step(cpu, S.C2);
  WRITE_ONCE(cpu, at + STATE.count, count + 1);
  endWindow(cpu, W.W_LOADED);
  outOfReach(cpu);
}

export default defineRace({
  name: '${name}',
  question: 'Can two CPUs that count in one word lose a count?',
  state: STATE,
  steps: STEPS,
  windows: WINDOWS,
  /** The first variant is the buggy form. What fails names how; what holds is {}. */
  variants: {
    buggy: { about: 'a load, then a store', fails: 'lost-update' },
    lock: { about: 'both under a spinlock' },
    atomic: { about: 'one atomic addition' },
  },
  /**
   * Every actor is called once in each trial, each on a CPU of its own; with fewer actors than CPUs they are given out again.
   * \`at\` is where the shared words of the trial begin. They are touched by the operations of the SDK alone.
   */
  actors: {
    counter(cpu, at, { variant }) {
      if (variant === 'lock') spin_lock(cpu, at + STATE.lock);
      if (variant === 'atomic') atomic_fetch_add(cpu, at + STATE.count, 1);
      else addOne(cpu, at);
      if (variant === 'lock') spin_unlock(cpu, at + STATE.lock);
    },
  },
  /** Called when all actors have returned, on one of their CPUs. */
  check(cpu, at) {
    const count = READ_ONCE(cpu, at + STATE.count);
    if (count !== cpu.cpus) fail(cpu, 'lost-update', \`\${cpu.cpus} CPUs counted, and the count is \${count}\`, count);
  },
});
`.replaceAll(' as const', file.endsWith('.mts') ? ' as const' : '');
}
