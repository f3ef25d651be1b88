// Goal: the explorer finds every final state under both models, and none that there is not. Method: programs that are drawn, against a search
// of its own that remembers nothing; the tests of the literature, whose results are known; RCU by its guarantee.

import test from 'ava';
import { exploreLitmus, stateText, TooManyLitmusStates } from '../../lib/litmus/explore.js';
import { parseLitmus } from '../../lib/litmus/parse.js';
import { LitmusFault } from '../../lib/litmus/reader.js';
import type { LitmusMemory } from '../../lib/litmus/transitions.js';
import { oftenIn } from '../../lib/report/litmus/herd.js';
import { allEnds, drawProgram, drawRcuProgram, litmusText, numbersFrom } from './bruteForce.js';

const STATES_MAX = 200_000;

function often(text: string, memory: LitmusMemory): string {
  return oftenIn(exploreLitmus(parseLitmus(text), memory, STATES_MAX).finals);
}

/** Makes a test of C; each thread gets all pointers. */
function c(initial: string, pointers: string, threads: readonly string[], condition: string): string {
  return `C made\n{${initial}}\n${threads.map((body, p) => `P${p}(${pointers})\n{\n${body}\n}\n`).join('')}${condition}\n`;
}

for (const [threads, steps, count] of [
  [2, 3, 25],
  [3, 2, 12],
  [2, 4, 8],
]) {
  test(`${count} drawn programs of ${threads} threads with ${steps} steps have the ends that every order gives`, (t) => {
    const draw = numbersFrom(threads * 100 + steps);
    let different = 0;
    for (let i = 0; i < count; i++) {
      const drawn = drawProgram(draw, threads, steps);
      const program = parseLitmus(litmusText(drawn));
      const found = (['sc', 'tso'] as const).map((memory) => {
        const { finals } = exploreLitmus(program, memory, STATES_MAX);
        const lines = finals.map(({ values }) => stateText(program, values));
        t.deepEqual(
          lines.toSorted(),
          [...allEnds(drawn, memory === 'tso')].toSorted(),
          `${memory}\n${litmusText(drawn)}`,
        );
        return lines.length;
      });
      if (found[0] !== found[1]) different++;
    }
    // It takes a store and a read in two threads: a drawn program of three short ones hardly has them.
    if (steps > 2) t.true(different > 0, 'no program tells the two models apart');
  });
}

test('8 drawn programs with sections and grace periods have the ends that the guarantee of RCU leaves', (t) => {
  const draw = numbersFrom(3);
  for (let i = 0; i < 8; i++) {
    const drawn = drawRcuProgram(draw);
    const program = parseLitmus(litmusText(drawn));
    for (const memory of ['sc', 'tso'] as const) {
      const lines = exploreLitmus(program, memory, STATES_MAX).finals.map(({ values }) => stateText(program, values));
      t.deepEqual(
        lines.toSorted(),
        [...allEnds(drawn, memory === 'tso')].toSorted(),
        `${memory}\n${litmusText(drawn)}`,
      );
    }
  }
});

const XY = 'int *x, int *y';
const STORE_X = 'WRITE_ONCE(*x, 1);';
const STORE_Y = 'WRITE_ONCE(*y, 1);';
const READ_X = 'int r0; r0 = READ_ONCE(*x);';
const READ_Y = 'int r0; r0 = READ_ONCE(*y);';
const BOTH_READ_0 = 'exists (0:r0=0 /\\ 1:r0=0)';

const LITERATURE: readonly (readonly [name: string, text: string, sc: string, tso: string])[] = [
  ['SB', c('', XY, [STORE_X + READ_Y, STORE_Y + READ_X], BOTH_READ_0), 'Never', 'Sometimes'],
  ['SB+mbs', c('', XY, [`${STORE_X}smp_mb();${READ_Y}`, `${STORE_Y}smp_mb();${READ_X}`], BOTH_READ_0), 'Never', 'Never'],
  ['SB+mb+po', c('', XY, [`${STORE_X}smp_mb();${READ_Y}`, STORE_Y + READ_X], BOTH_READ_0), 'Never', 'Sometimes'],
  ['SB+wmbs', c('', XY, [`${STORE_X}smp_wmb();${READ_Y}`, `${STORE_Y}smp_rmb();${READ_X}`], BOTH_READ_0), 'Never', 'Sometimes'],
  ['SB+store_mbs', c('', XY, [`smp_store_mb(*x, 1);${READ_Y}`, `smp_store_mb(*y, 1);${READ_X}`], BOTH_READ_0), 'Never', 'Never'],
  ['SB+releases', c('', XY, [`smp_store_release(x, 1);${READ_Y}`, `smp_store_release(y, 1);${READ_X}`], BOTH_READ_0), 'Never', 'Sometimes'],
  ['SB+relaxed atomics', c('', XY, [`xchg_relaxed(x, 1);${READ_Y}`, `xchg_relaxed(y, 1);${READ_X}`], BOTH_READ_0), 'Never', 'Never'],
  [
    'SB+failed add_unless is no barrier',
    c('a=5;b=5;', `${XY}, atomic_t *a`, [`${STORE_X}atomic_add_unless(a, 1, 5);${READ_Y}`, `${STORE_Y}smp_mb();${READ_X}`], BOTH_READ_0).replace('b=5;', ''),
    'Never',
    'Sometimes',
  ],
  [
    'SB+failed cmpxchg is a barrier',
    c('a=5;', `${XY}, atomic_t *a`, [`${STORE_X}atomic_cmpxchg(a, 1, 5);${READ_Y}`, `${STORE_Y}smp_mb();${READ_X}`], BOTH_READ_0),
    'Never',
    'Never',
  ],
  ['MP', c('', XY, [STORE_X + STORE_Y, 'int r0; int r1; r0 = READ_ONCE(*y); r1 = READ_ONCE(*x);'], 'exists (1:r0=1 /\\ 1:r1=0)'), 'Never', 'Never'],
  ['LB', c('', XY, [READ_X + STORE_Y, READ_Y + STORE_X], 'exists (0:r0=1 /\\ 1:r0=1)'), 'Never', 'Never'],
  ['R', c('', XY, [STORE_X + STORE_Y, `WRITE_ONCE(*y, 2);${READ_X}`], 'exists (y=2 /\\ 1:r0=0)'), 'Never', 'Sometimes'],
  ['S', c('', XY, [`WRITE_ONCE(*x, 2);${STORE_Y}`, READ_Y + STORE_X], 'exists (x=2 /\\ 1:r0=1)'), 'Never', 'Never'],
  ['2+2W', c('', XY, [`WRITE_ONCE(*x, 1);WRITE_ONCE(*y, 2);`, `WRITE_ONCE(*y, 1);WRITE_ONCE(*x, 2);`], 'exists (x=1 /\\ y=1)'), 'Never', 'Never'],
  ['IRIW', c('', XY, [STORE_X, STORE_Y, 'int r0 = READ_ONCE(*x); int r1 = READ_ONCE(*y);', 'int r0 = READ_ONCE(*y); int r1 = READ_ONCE(*x);'], 'exists (2:r0=1 /\\ 2:r1=0 /\\ 3:r0=1 /\\ 3:r1=0)'), 'Never', 'Never'],
  ['a store read from the buffer', c('', XY, [`${STORE_X}int r0 = *x; int r1 = *y;`, `${STORE_Y}int r0 = *y; int r1 = *x;`], 'exists (0:r0=1 /\\ 0:r1=0 /\\ 1:r0=1 /\\ 1:r1=0)'), 'Never', 'Sometimes'],
]; // oxfmt-ignore

for (const [name, text, sc, tso] of LITERATURE) {
  test(`${name}: sc ${sc}, tso ${tso}`, (t) => {
    t.deepEqual([often(text, 'sc'), often(text, 'tso')], [sc, tso]);
  });
}

const READER = 'int r0; int r1; rcu_read_lock(); r0 = READ_ONCE(*x); r1 = READ_ONCE(*y); rcu_read_unlock();';
const RCU: readonly (readonly [name: string, text: string, sc: string, tso: string])[] = [
  ['a grace period lies in no section', c('', XY, [READER, 'WRITE_ONCE(*x, 1); synchronize_rcu(); WRITE_ONCE(*y, 1);'], 'exists (0:r0=0 /\\ 0:r1=1)'), 'Never', 'Never'],
  ['without one it does', c('', XY, [READER, 'WRITE_ONCE(*x, 1); WRITE_ONCE(*y, 1);'], 'exists (0:r0=0 /\\ 0:r1=1)'), 'Sometimes', 'Sometimes'],
  ['two sections are not one', c('', XY, ['int r0; int r1; rcu_read_lock(); r0 = READ_ONCE(*x); rcu_read_unlock(); rcu_read_lock(); r1 = READ_ONCE(*y); rcu_read_unlock();', 'WRITE_ONCE(*x, 1); synchronize_rcu(); WRITE_ONCE(*y, 1);'], 'exists (0:r0=0 /\\ 0:r1=1)'), 'Sometimes', 'Sometimes'],
  ['an inner unlock ends nothing', c('', XY, ['int r0; int r1; rcu_read_lock(); r0 = READ_ONCE(*x); rcu_read_lock(); rcu_read_unlock(); r1 = READ_ONCE(*y); rcu_read_unlock();', 'WRITE_ONCE(*x, 1); synchronize_rcu(); WRITE_ONCE(*y, 1);'], 'exists (0:r0=0 /\\ 0:r1=1)'), 'Never', 'Never'],
  ["a section's stores are visible behind the grace period", c('', XY, ['int r0; rcu_read_lock(); r0 = READ_ONCE(*x); WRITE_ONCE(*y, 1); rcu_read_unlock();', 'int r0; WRITE_ONCE(*x, 1); synchronize_rcu(); r0 = READ_ONCE(*y);'], 'exists (0:r0=0 /\\ 1:r0=0)'), 'Never', 'Never'],
  ['so are those in front of it', c('', XY, ['int r0; WRITE_ONCE(*y, 1); rcu_read_lock(); r0 = READ_ONCE(*x); rcu_read_unlock();', 'int r0; WRITE_ONCE(*x, 1); synchronize_rcu(); r0 = READ_ONCE(*y);'], 'exists (0:r0=0 /\\ 1:r0=0)'), 'Never', 'Never'],
  ['a thread without a section is not waited for', c('', XY, ['int r0; WRITE_ONCE(*y, 1); r0 = READ_ONCE(*x);', 'int r0; WRITE_ONCE(*x, 1); synchronize_rcu(); r0 = READ_ONCE(*y);'], 'exists (0:r0=0 /\\ 1:r0=0)'), 'Never', 'Sometimes'],
]; // oxfmt-ignore

for (const [name, text, sc, tso] of RCU) {
  test(`RCU: ${name}`, (t) => {
    t.deepEqual([often(text, 'sc'), often(text, 'tso')], [sc, tso]);
  });
}

test('a lock keeps two threads apart, and who waits for his own is a deadlock', (t) => {
  const add = 'int r0; spin_lock(l); r0 = READ_ONCE(*x); WRITE_ONCE(*x, r0 + 1); spin_unlock(l);';
  const both = c('', 'int *x, spinlock_t *l', [add, add], 'forall (x=2)');
  for (const memory of ['sc', 'tso'] as const) {
    t.is(often(both, memory), 'Always');
    const stuck = exploreLitmus(
      parseLitmus(c('', 'spinlock_t *l', ['spin_lock(l); spin_lock(l);'], '')),
      memory,
      STATES_MAX,
    );
    t.deepEqual([stuck.finals.length, stuck.deadlocks], [0, 1]);
  }
});

test('pointers are followed, loops run to their end, and the filter keeps ends out', (t) => {
  const wait = 'int r0; int *r1; do { r0 = READ_ONCE(*x); } while (r0 == 0); r1 = READ_ONCE(*p); r0 = *r1;';
  const text = c(
    'p=x;',
    'int *x, int *y, int **p',
    ['*y = 3; rcu_assign_pointer(*p, y); WRITE_ONCE(*x, 1);', wait],
    'forall (1:r1=y /\\ 1:r0=3)',
  );
  t.is(often(text, 'sc'), 'Always');
  t.is(often(text, 'tso'), 'Always');
  const counted = c('', 'int *x', ['int r0 = READ_ONCE(*x);', 'WRITE_ONCE(*x, 1);'], 'filter (0:r0=1) exists (0:r0=0)');
  t.is(often(counted, 'sc'), 'Never');
});

test('what no test may do is refused where it stands', (t) => {
  const refused = (body: string, pointers = 'int *x, spinlock_t *l'): string => {
    const error = t.throws(() => exploreLitmus(parseLitmus(c('', pointers, [body], '')), 'tso', 1000), { any: true });
    if (error instanceof LitmusFault) return error.message;
    return error instanceof TooManyLitmusStates ? 'too many states' : String(error);
  };
  t.is(refused('spin_unlock(l);'), '5:1: P0 does not hold l here');
  t.is(refused('rcu_read_unlock();'), '5:1: P0 is in no read-side section here');
  t.is(refused('int *r0; r0 = READ_ONCE(*x); *r0 = 1;'), '5:30: 0 is dereferenced here, which is no address');
  t.is(refused('while (1) { }'), '5:1: this loop does not end');
  t.is(
    refused('while (1) { WRITE_ONCE(*x, 1); }'),
    '5:13: a loop stores more often than 16 times without a barrier, which is not supported',
  );
  t.is(refused('while (1) { atomic_inc(x); }'), 'too many states');
});
