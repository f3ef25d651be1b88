// Goal: real threads end in no state that was not explored, every construct runs on them, and a wrong exploration is found out.
// Method: programs that are drawn and written, for some hundred trials each; an exploration that lacks what the machine shows.

import test, { type ExecutionContext } from 'ava';
import { hammeredDocument } from '../../../lib/litmus/document.js';
import { exploreLitmus, stateText, type LitmusExploration } from '../../../lib/litmus/explore.js';
import { hammerLitmus } from '../../../lib/litmus/hammer/hammer.js';
import { parseLitmus } from '../../../lib/litmus/parse.js';
import type { LitmusMemory } from '../../../lib/litmus/transitions.js';
import type { HammeredDocument } from '../../../lib/report/litmus/document.js';
import { drawProgram, litmusText, numbersFrom } from '../bruteForce.js';

const SEED = 1;

async function hammered(text: string, exploration: LitmusExploration, trials: number): Promise<HammeredDocument> {
  const program = parseLitmus(text);
  const { signal } = new AbortController();
  return hammeredDocument(
    program,
    exploration,
    await hammerLitmus(text, program, exploration, { trials, seed: SEED, signal }),
    SEED,
  );
}

async function isExplored(
  t: ExecutionContext,
  text: string,
  memory: LitmusMemory,
  trials: number,
): Promise<HammeredDocument> {
  const document = await hammered(text, exploreLitmus(parseLitmus(text), memory, 100_000), trials);
  t.like(document, { verdict: 'HELD', unexplored: null, failures: [], harnessError: null, trials }, text);
  t.is(
    document.finals.reduce((sum, { count }) => sum + count, 0),
    trials,
  );
  return document;
}

test.serial('drawn programs end in no state that was not explored', async (t) => {
  const draw = numbersFrom(7);
  for (let i = 0; i < 2; i++) {
    const text = litmusText(drawProgram(draw, 2, 4));
    for (const memory of ['sc', 'tso'] as const) await isExplored(t, text, memory, 100);
  }
});

/** All that a test of C may have, in two threads. */
const CONSTRUCTS = `C all
{ atomic_t a = ATOMIC_INIT(5); p=y; }
P0(int *x, int *y, int **p, atomic_t *a, spinlock_t *l)
{
  int r0;
  int r1;

  *y = 7;
  rcu_assign_pointer(*p, y);
  WRITE_ONCE(*x, 1);
  synchronize_rcu();
  r0 = atomic_add_unless(a, 2, 9) && READ_ONCE(*x);
  spin_lock(l);
  r1 = spin_is_locked(l);
  spin_unlock(l);
  smp_store_mb(*x, 2);
}
P1(int *x, int *y, int **p, atomic_t *a, spinlock_t *l)
{
  int r0;
  int *r1;
  int r2;
  int r3 = 0;

  do { r0 = smp_load_acquire(x); } while (r0 == 0);
  rcu_read_lock();
  r1 = rcu_dereference(*p);
  r2 = *r1;
  rcu_read_unlock();
  atomic_inc(a);
  if (spin_trylock(l)) { r3 = cmpxchg(y, 7, 8); spin_unlock(l); } else r3 = 7;
}
forall (0:r0=1 /\\ 0:r1=1 /\\ 1:r1=y /\\ 1:r2=7 /\\ 1:r3=7 /\\ a=8 /\\ x=2)
`;

for (const memory of ['sc', 'tso'] as const) {
  test.serial(`every construct runs under ${memory} as it is explored`, async (t) => {
    const document = await isExplored(t, CONSTRUCTS, memory, 100);
    t.deepEqual([document.observation, document.validated], ['Always', true]);
  });
}

const BUFFERS = `X86 SB
{}
 P0 | P1 ;
 MOV [x],$1 | MOV [y],$1 ;
 MOV EAX,[y] | MOV EAX,[x] ;
exists (0:EAX=0 /\\ 1:EAX=0)
`;

test.serial('a state that was not explored is VIOLATED, and named', async (t) => {
  const program = parseLitmus(BUFFERS);
  const sc = exploreLitmus(program, 'sc', 1000);
  const document = await hammered(BUFFERS, { ...sc, memory: 'tso' }, 5000);
  t.is(document.verdict, 'VIOLATED');
  t.is(document.unexplored?.state, '0:EAX=0; 1:EAX=0;');
  t.true(document.unexplored!.count > 0);
  t.true(document.finals.some(({ state, holds }) => holds && state === '0:EAX=0; 1:EAX=0;'));
});

test.serial('a deadlock that was explored is told; one that was not is VIOLATED', async (t) => {
  const text = 'C stuck\n{}\nP0(spinlock_t *l) { spin_lock(l); spin_lock(l); }\nexists (true)';
  const program = parseLitmus(text);
  const explored = exploreLitmus(program, 'sc', 1000);
  const { signal } = new AbortController();
  const run = await hammerLitmus(text, program, explored, { trials: 5, seed: SEED, signal });
  t.like(hammeredDocument(program, explored, run, SEED), {
    verdict: 'HELD',
    finals: [],
    failures: [{ signature: 'deadlock', count: 5 }],
  });
  t.is(hammeredDocument(program, { ...explored, deadlocks: 0 }, run, SEED).verdict, 'VIOLATED');
});

test.serial('the filter keeps ends out of the counts', async (t) => {
  const text =
    'C f\n{}\nP0(int *x) { WRITE_ONCE(*x, 1); }\nP1(int *x) { int r0; r0 = READ_ONCE(*x); }\nfilter (1:r0=1)\nlocations [x]';
  const program = parseLitmus(text);
  const explored = exploreLitmus(program, 'sc', 1000);
  t.deepEqual(
    explored.finals.map(({ values }) => stateText(program, values)),
    ['[x]=1;'],
  );
  const { finals, unexplored, trials } = await hammered(text, explored, 200);
  t.is(unexplored, null);
  t.true((finals[0]?.count ?? 0) < trials);
});
