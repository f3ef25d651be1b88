/**
 * Goal: a search finds the outcomes that sequential consistency and x86-TSO allow, each of them and no other.
 * Method: the litmus tests of test/machine/tso, whose outcomes are known from the literature, as races; the last CPU to return fails the
 * trial with the outcome as its message.
 */
import test from 'ava';
import {
  LINE,
  READ_ONCE,
  WRITE_ONCE,
  atomic_fetch_or,
  defineRace,
  fail,
  lines,
  smp_mb,
  struct,
} from '../../lib/sdk/index.js';
import { STEP } from '../../lib/explore/trees/step.js';
import { LITMUS, outcomeOf, type Litmus } from '../machine/tso/litmus.js';
import { searched } from './searched.js';

const STATE = struct({ x: LINE, y: LINE, registers: lines(4) });
const WORDS = [STATE.x, STATE.y];

function raceOf(litmus: Litmus) {
  return defineRace({
    name: 'litmus-programs',
    state: STATE,
    cpus: { min: 2, default: litmus.cpus.length },
    signatures: { outcome: 'how it ended' },
    variants: { any: {} },
    actors: {
      run(cpu, at) {
        let read = 0;
        let count = 0;
        for (const [kind, word = 0, value = 0] of litmus.cpus[cpu.id]) {
          if (kind === 'W') WRITE_ONCE(cpu, at + WORDS[word], value);
          else if (kind === 'F') smp_mb(cpu);
          else read |= READ_ONCE(cpu, at + WORDS[word]) << count++;
        }
        atomic_fetch_or(cpu, at + STATE.registers + cpu.id, read);
      },
    },
    check(cpu, at) {
      const registers = litmus.cpus.map((program, c) => {
        const word = READ_ONCE(cpu, at + STATE.registers + c);
        return program.filter(([kind]) => kind === 'R').map((_, i) => (word >>> i) & 1);
      });
      const finals = litmus.finals.map((word) => READ_ONCE(cpu, at + WORDS[word]));
      fail(cpu, 'outcome', outcomeOf(registers, finals));
    },
  });
}

for (const [name, litmus] of Object.entries(LITMUS)) {
  for (const memory of ['sc', 'tso'] as const) {
    test(`${name}, ${memory}: each outcome that is allowed, and no other`, (t) => {
      const { model } = searched(raceOf(litmus), { memory });
      const outcomes = new Set(model.places.filter(({ step }) => step === STEP.FAIL).map(({ message }) => message));
      const allowed = memory === 'sc' ? litmus.sc : [...litmus.sc, ...litmus.relaxed];
      t.deepEqual([...outcomes].toSorted(), allowed.toSorted());
    });
  }
}
