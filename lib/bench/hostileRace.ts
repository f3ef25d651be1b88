/**
 * A race that does what no race may. What it does, and where, is in the environment of the process, so that one file has every case:
 * hostile.ts runs each of them.
 */

import { spawn } from 'node:child_process';
import { readSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import { smp_call_function_single } from '../kernel/smp.js';
import { READ_ONCE, WRITE_ONCE } from '../machine/access.js';
import type { Cpu } from '../machine/cpu.js';
import { fail } from '../machine/outcome.js';
import { defineRace } from '../race/defineRace.js';
import { WORD, struct } from '../sharedarraybuffer-utils/index.js';
import { HOSTILE_ENV, type HostilePlace, type HostileWhat } from './hostileCases.js';

const [where, what] = (process.env[HOSTILE_ENV] ?? 'nowhere nothing').split(' ') as [HostilePlace, HostileWhat];
const STATE = struct({ word: WORD });
/** Good trials before the first bad one. */
const GOOD_TRIALS = 100;
const WORKS_FAIL: readonly HostilePlace[] = ['symbol', 'report', 'recover'];

const ACTS: Readonly<Record<HostileWhat, (mem?: Int32Array, at?: number) => unknown>> = {
  nothing: () => {},
  loop() {
    for (;;);
  },
  sleep: () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0),
  // The standard input from hostile.ts is never written.
  block: () => readSync(0, new Uint8Array(1)),
  throw() {
    throw new Error('hostile');
  },
  exit() {
    const own: Pick<NodeJS.Process, 'exit'> = process;
    own.exit(0);
  },
  allocate() {
    const all: number[][] = [];
    for (;;) all.push(Array.from({ length: 1000 }, (_, i) => i + 0.5));
  },
  promise: async () => {
    await new Promise(() => {});
  },
  word(mem = new Int32Array(1), at = 0) {
    while (mem[at] === 0);
  },
  spawn: () => spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)'], { stdio: 'ignore' }).unref(),
  await: async () => {
    await new Promise((done) => {
      setInterval(() => {}, 1000);
      return done;
    });
  },
};

function act(here: HostilePlace, cpu?: Cpu, at?: number): unknown {
  return here === where ? ACTS[what](cpu?.mem, at) : undefined;
}

function handler(cpu: Cpu): void {
  act('handler', cpu);
}

await act('module');
if (!isMainThread) act('thread-module');
if (isMainThread) act('main-module');

export default defineRace({
  name: 'hostile',
  question: 'Does everything that a race can do end, and never count as a pass?',
  mail: 'none',
  commits: [],
  explain: 'Does what the environment says.',
  steps: ['A1'],
  windows: [],
  signatures: { lost: 'so that a report is made' },
  knobs: {},
  variants: { hostile: { about: 'does what the environment says', source: 'the bench', expects: [{}] } },
  merged: 'hostile',
  failsAtLeast: 0.1,
  rows: [],
  interrupts: [handler],
  cpus: { min: 2, default: 2 },
  phases: {},
  delays: {},
  actors: {
    first(cpu, at, config) {
      if (++config.trials < GOOD_TRIALS) return undefined;
      READ_ONCE(cpu, at + STATE.word);
      if (where === 'handler') smp_call_function_single(cpu, 1, handler, 0, true);
      if (WORKS_FAIL.includes(where)) fail(cpu, 'lost', 'as it should');
      return act('actor', cpu, at + STATE.word) as void;
    },
    second(cpu, at) {
      WRITE_ONCE(cpu, at + STATE.word, 0);
    },
  },
  configure() {
    act('configure');
    return { trials: 0 };
  },
  instanceWords: () => STATE.WORDS,
  reset(mem, at) {
    mem[at + STATE.word] = 0;
    act('reset');
  },
  recover: () => void act('recover'),
  role(cpu) {
    act('role');
    return cpu === 0 ? { actor: 'first', comm: 'first' } : { actor: 'second', comm: 'second' };
  },
  symbol() {
    act('symbol');
    return 'word';
  },
  report() {
    act('report');
    return ['hostile'];
  },
});
