/** Runs a random program as the actor of a race, and lays out what such a race keeps. Used by bruteForce.slow.test.ts, and by the fixture that hammers such programs. */
import {
  READ_ONCE,
  WRITE_ONCE,
  atomic_fetch_add,
  atomic_fetch_and,
  atomic_fetch_or,
  chanceBelow,
  cmpxchg,
  lines,
  smp_cond_load_acquire,
  smp_mb,
  spin_lock,
  spin_trylock,
  spin_unlock,
  struct,
  xchg,
  type Cpu,
} from '../../lib/sdk/index.js';
import { wordsWithCheck } from '../../lib/race/lastCheck.js';
import { LOCKS, WORDS, type Program } from './bruteForce.js';

export const CPUS_MAX = 3;
export const ENDS_MAX = 512;
/** What a trial ends with: the words, and a number for all that each CPU got. */
export const STATE = struct({ words: lines(WORDS), locks: lines(LOCKS), got: lines(CPUS_MAX) });
/** Behind it and the count of the check, a word for each end that is known: 1 if a trial has ended so. */
export const MET_AT = wordsWithCheck(STATE.WORDS);

/** What a program is run on: where its words and its locks are, and what sees each value that it gets. */
export interface ProgramOn {
  readonly words: number;
  readonly locks: number;
  readonly got?: (value: number) => void;
}

/** Does all instructions of a program. */
export function runProgram(cpu: Cpu, program: Program, { words, locks, got }: ProgramOn): void {
  let last = 0;
  for (let pc = 0; pc < program.length; pc++) {
    const i = program[pc];
    const word = words + ('word' in i ? i.word : 0);
    const lock = locks + ('word' in i ? i.word : 0);
    if (i.op === 'if') pc += last === 0 ? i.skip : 0;
    else if (i.op === 'write') WRITE_ONCE(cpu, word, i.value);
    else if (i.op === 'lock') spin_lock(cpu, lock);
    else if (i.op === 'unlock') spin_unlock(cpu, lock);
    else if (i.op === 'fence') smp_mb(cpu);
    else if (i.op === 'try') {
      const taken = spin_trylock(cpu, lock);
      got?.(taken ? 1 : 0);
      pc += taken ? 0 : i.skip;
    } else {
      if (i.op === 'read') last = READ_ONCE(cpu, word);
      else if (i.op === 'xchg') last = xchg(cpu, word, i.value);
      else if (i.op === 'add') last = atomic_fetch_add(cpu, word, i.value);
      else if (i.op === 'or') last = atomic_fetch_or(cpu, word, i.value);
      else if (i.op === 'and') last = atomic_fetch_and(cpu, word, i.value);
      else if (i.op === 'cmpxchg') last = cmpxchg(cpu, word, i.expected, i.value);
      else if (i.op === 'await') last = smp_cond_load_acquire(cpu, word, -1, i.value);
      else if (i.op === 'draw') last = chanceBelow(cpu, i.below);
      got?.(last);
    }
  }
}
