/**
 * The race that a litmus test becomes: its module is loaded by each CPU's thread, and by the host, under an address that has the test
 * behind it. Made by hammer.ts.
 */

import { isFree } from '../../machine/lockWord.js';
import type { Cpu } from '../../machine/cpu.js';
import { fail } from '../../machine/outcome.js';
import { defineRace } from '../../race/defineRace.js';
import { actorsWithCheck, returnedAt, wordsWithCheck } from '../../race/lastCheck.js';
import { LINE_WORDS } from '../../sharedarraybuffer-utils/index.js';
import { isTrueIn } from '../explore.js';
import { parseLitmus } from '../parse.js';
import type { LitmusProgram, Observed } from '../program.js';
import { threadActor } from './actor.js';
import { instanceLayout, observedKey, observedIn } from './instance.js';
import { TEST, UNEXPLORED, type HammeredTest } from './testAddress.js';

const { text, finals } = JSON.parse(new URL(import.meta.url).searchParams.get(TEST)!) as HammeredTest;
const program: LitmusProgram = parseLitmus(text);
const layout = instanceLayout(program, finals.length);
const observed = observedIn(program);
const indexes = new Map(observed.map((one, i) => [observedKey(one), i]));
const values = new Int32Array(observed.length);
const valueOf = (one: Observed): number => values[indexes.get(observedKey(one))!];
const names = program.threads.map((_, thread) => `P${thread}`);

/** Counts the final state of a trial, by the last CPU of it. */
function count(cpu: Cpu, at: number): void {
  const { mem } = cpu;
  for (const [i, one] of observed.entries())
    values[i] = 'location' in one ? locationIn(mem, at, one.location) : mem[at + layout.observed + i];
  if (program.filter !== undefined && !isTrueIn(program.filter, valueOf)) return;
  const final = finals.findIndex((known) => known.every((value, i) => value === values[i]));
  if (final >= 0) {
    mem[at + layout.counts + final]++;
    return;
  }
  if (mem[at + layout.others]++ === 0) mem.set(values, at + layout.firstOther);
  fail(cpu, UNEXPLORED, 'a final state that was not explored');
}

function locationIn(mem: Int32Array, at: number, location: number): number {
  const word = mem[at + layout.locations + location * LINE_WORDS];
  return program.locations[location].isLock ? Number(!isFree(word)) : word;
}

const actors = Object.fromEntries(names.map((name, thread) => [name, threadActor(program, thread, layout)]));

export default defineRace({
  name: 'litmus-file',
  variants: { test: {} },
  signatures: { [UNEXPLORED]: 'a final state that was not explored' },
  cpus: { min: names.length, default: names.length, max: names.length },
  windows: ['W_BETWEEN'],
  delays: { W_BETWEEN: { min: 0, max: 500 } },
  phases: Object.fromEntries(names.map((name) => [name, { min: 0, max: 500 }])),
  actors: actorsWithCheck(actors, returnedAt(layout.words), count),
  role: (cpu) => ({ actor: names[cpu], comm: names[cpu] }),
  instanceWords: () => wordsWithCheck(layout.words),
  // What is counted stays.
  reset(mem, at) {
    mem.fill(0, at, at + layout.perTrial);
    for (const [location, { initial }] of program.locations.entries())
      mem[at + layout.locations + location * LINE_WORDS] = initial;
    mem[at + returnedAt(layout.words)] = 0;
  },
  symbol: (offset) => program.locations[Math.floor(offset / LINE_WORDS)]?.name ?? `word ${offset}`,
});
