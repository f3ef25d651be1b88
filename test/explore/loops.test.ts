/**
 * Goal: a loop that tries again is a cycle of states, and not a tree without an end; a cycle in which everybody who can move moves is
 * called what the machine calls it, and no other cycle is; a loop that says too little of itself is refused.
 * Method: races of two CPUs whose loops end, or do not, under both memory models.
 */
import test from 'ava';
import {
  LINE,
  READ_ONCE,
  WRITE_ONCE,
  atomic_fetch_add,
  beginRetries,
  chanceBelow,
  cmpxchg,
  defineRace,
  fail,
  nextTry,
  smp_mb,
  spin_lock,
  spin_trylock,
  spin_unlock,
  struct,
  xchg,
  type Cpu,
} from '../../lib/sdk/index.js';
import { ExploreRefusal } from '../../lib/explore/trees/refusal.js';
import type { FoundStates } from '../../lib/explore/search.js';
import type { MemoryModel } from '../../lib/machine/memoryModel.js';
import { layered, searched } from './searched.js';

const STATE = struct({ a: LINE, b: LINE, x: LINE });

const raceOf = (run: (cpu: Cpu, at: number) => void) =>
  defineRace({
    name: 'loops',
    state: STATE,
    variants: { any: {} },
    signatures: { deadlock: 'they wait for each other' },
    actors: { run },
  });

const found = (run: (cpu: Cpu, at: number) => void, memory: MemoryModel = 'sc'): FoundStates =>
  searched(raceOf(run), { memory }).found;

const failures = ({ failures: all }: FoundStates): string[] => [...all.keys()].toSorted();

/** Takes both locks; gives the first one back and begins again where the second is taken. */
function takeBoth(cpu: Cpu, first: number, second: number): void {
  const tries = beginRetries(cpu);
  for (;;) {
    nextTry(cpu, tries);
    spin_lock(cpu, first);
    if (spin_trylock(cpu, second)) break;
    spin_unlock(cpu, first);
  }
  spin_unlock(cpu, second);
  spin_unlock(cpu, first);
}

for (const memory of ['sc', 'tso'] as const) {
  test(`${memory}: two CPUs that make way for each other for ever`, (t) => {
    const crossed = (inOrder: boolean) => (cpu: Cpu, at: number) => {
      const isFirst = cpu.id === 0 || inOrder;
      takeBoth(cpu, at + (isFirst ? STATE.a : STATE.b), at + (isFirst ? STATE.b : STATE.a));
    };
    const all = found(crossed(false), memory);
    t.deepEqual([failures(all), all.cuts, all.orders], [['livelock'], 0, Infinity]);
    t.deepEqual(failures(found(crossed(true), memory)), []);
  });

  test(`${memory}: a loop that reads until another CPU has stored`, (t) => {
    const reads = (stores: boolean) => (cpu: Cpu, at: number) => {
      if (cpu.id === 1) {
        if (stores) WRITE_ONCE(cpu, at + STATE.x, 1);
        return;
      }
      const tries = beginRetries(cpu);
      do nextTry(cpu, tries);
      while (READ_ONCE(cpu, at + STATE.x) === 0);
    };
    const ends = found(reads(true), memory);
    t.deepEqual([failures(ends), ends.cuts], [[], 0]);
    t.deepEqual(failures(found(reads(false), memory)), ['lost-wake-up']);
  });
}

test('a trylock while the lock is held', (t) => {
  const spins = (unlocks: boolean) =>
    found((cpu, at) => {
      if (cpu.id === 1) {
        spin_lock(cpu, at + STATE.a);
        if (!unlocks) while (READ_ONCE(cpu, at + STATE.x) === 0) spin_lock(cpu, at + STATE.b);
      } else {
        const tries = beginRetries(cpu);
        do nextTry(cpu, tries);
        while (!spin_trylock(cpu, at + STATE.a));
      }
      spin_unlock(cpu, at + STATE.a);
    });
  t.deepEqual(failures(spins(true)), []);
  // The loop waits for the owner, which waits for a lock of its own.
  t.deepEqual(failures(spins(false)), ['deadlock']);
});

test('a loop that says nothing of itself', (t) => {
  const reads = (stores: boolean) =>
    found((cpu, at) => {
      if (cpu.id === 0) while (READ_ONCE(cpu, at + STATE.x) === 0 || READ_ONCE(cpu, at + STATE.b) === 0);
      else if (stores) WRITE_ONCE(cpu, at + STATE.b, 1);
      if (cpu.id === 1) WRITE_ONCE(cpu, at + STATE.x, 1);
    });
  const ends = reads(true);
  t.deepEqual([failures(ends), ends.cuts], [[], 0]);
  t.deepEqual(failures(reads(false)), ['lost-wake-up']);
});

test('a loop that gives up some time is none', (t) => {
  const gives = (tries: number) =>
    searched(
      raceOf((cpu, at) => {
        if (cpu.id === 1) return;
        for (let n = 0; n < tries && READ_ONCE(cpu, at + STATE.x) === 0; n++);
        WRITE_ONCE(cpu, at + STATE.x, 1);
      }),
      { accesses: 200 },
    ).found;
  t.deepEqual([failures(gives(150)), gives(150).cuts, gives(150).orders], [[], 0, 1]);
  t.deepEqual([failures(gives(3000)), gives(3000).cuts], [[], 1]);
});

/** A reader that does something else after more than so many tries, and how often it was seen to. */
const countsTo = (tries: number, accesses: number): FoundStates =>
  searched(
    raceOf((cpu, at) => {
      if (cpu.id === 1) {
        WRITE_ONCE(cpu, at + STATE.x, 1);
        return;
      }
      let n = 0;
      while (READ_ONCE(cpu, at + STATE.x) === 0) n++;
      if (n > tries) fail(cpu, 'deadlock', 'it has tried too often');
    }),
    { accesses },
  ).found;

for (const tries of [0, 1, 2, 3, 20, 32, 33, 100])
  test(`a loop that counts its iterations, and does something else after ${tries}`, (t) => {
    t.deepEqual(failures(countsTo(tries, 150)), ['deadlock']);
  });

test('a loop that counts more iterations than are looked at is cut, and nothing is proved of it', (t) => {
  const { failures: none, cuts } = countsTo(600, 150);
  t.deepEqual([none.size, cuts > 0], [0, true]);
});

test('who waits by a loop of reads makes few states', (t) => {
  // With 32 iterations of each loop there were two million.
  const STATES_MAX = 2000;
  const { found: all } = searched(
    raceOf((cpu, at) => {
      const mine = atomic_fetch_add(cpu, at + STATE.a, 1);
      while (READ_ONCE(cpu, at + STATE.b) !== mine);
      WRITE_ONCE(cpu, at + STATE.b, mine + 1);
    }),
    { cpus: 3 },
  );
  t.deepEqual([failures(all), all.cuts], [[], 0]);
  t.true(all.states < STATES_MAX, `${all.states} states`);
});

test('a loop that never began has no iterations', (t) => {
  const error = t.throws(() =>
    found((cpu) => {
      beginRetries(cpu);
      for (let n = 0; n < 3; n++) nextTry(cpu, n);
    }),
  );
  t.regex(
    error instanceof Error ? error.message : '',
    /nextTry\(\) got 1, at .*loops\.test\.[jt]s:\d+:\d+\)?, which is no loop that has begun: it must get/,
  );
});

test('loops that wait for each other are a deadlock', (t) => {
  const waits = found((cpu, at) => {
    const [mine, other] = cpu.id === 0 ? [STATE.a, STATE.b] : [STATE.b, STATE.a];
    const tries = beginRetries(cpu);
    do nextTry(cpu, tries);
    while (READ_ONCE(cpu, at + other) === 0);
    WRITE_ONCE(cpu, at + mine, 1);
  });
  t.deepEqual(failures(waits), ['deadlock']);
});

test('a draw that leads out of a loop is drawn some time', (t) => {
  const draws = (below: number, adds: number) =>
    found((cpu, at) => {
      if (cpu.id === 1) return;
      const tries = beginRetries(cpu);
      do {
        nextTry(cpu, tries);
        xchg(cpu, at + STATE.x, 1);
        atomic_fetch_add(cpu, at + STATE.x, adds);
      } while (chanceBelow(cpu, below) !== 1);
    });
  t.deepEqual(failures(draws(2, 0)), []);
  t.deepEqual(failures(draws(2, 1)), []);
  t.deepEqual(failures(draws(1, 1)), ['livelock']);
  // What leaves its words as they are has only read them.
  t.deepEqual(failures(draws(1, 0)), ['lost-wake-up']);
});

test('what the variables hold makes another iteration', (t) => {
  const counts = (said: boolean) => (cpu: Cpu, at: number) => {
    if (cpu.id === 1) {
      smp_mb(cpu);
      WRITE_ONCE(cpu, at + STATE.x, 1);
      return;
    }
    const tries = beginRetries(cpu);
    for (let n = 0; n < 7; n++) {
      nextTry(cpu, tries, said ? n : 0);
      if (READ_ONCE(cpu, at + STATE.x) === 1) return;
    }
    cmpxchg(cpu, at + STATE.x, 5, 6);
  };
  const all = found(counts(true));
  t.deepEqual([failures(all), all.cuts], [[], 0]);
  t.true(Number.isFinite(all.orders));
  t.throws(() => found(counts(false)), {
    instanceOf: ExploreRefusal,
    message: /the actor of CPU 0 does not try again as it did before, at .*nextTry\(\) must get what/,
  });
});

for (const tries of [1, 4, 100])
  test(`a loop that does not say that it counts ${tries} iterations`, (t) => {
    t.throws(
      () =>
        found((cpu, at) => {
          if (cpu.id === 1) {
            WRITE_ONCE(cpu, at + STATE.x, 1);
            return;
          }
          const loop = beginRetries(cpu);
          let n = 0;
          do nextTry(cpu, loop);
          while (READ_ONCE(cpu, at + STATE.x) === 0 && ++n > 0);
          if (n > tries) WRITE_ONCE(cpu, at + STATE.b, 1);
        }),
      { instanceOf: ExploreRefusal, message: /the actor of CPU 0 does not try again as it did before/ },
    );
  });

test('what a CPU keeps to itself makes another iteration', (t) => {
  const all = found((cpu, at) => {
    if (cpu.id === 1) return;
    const tries = beginRetries(cpu);
    do {
      nextTry(cpu, tries);
      READ_ONCE(cpu, at + STATE.x);
      cpu.mem[at + STATE.b]++;
    } while (cpu.mem[at + STATE.b] < 5);
  });
  t.deepEqual([failures(all), all.cuts, all.orders], [[], 0, 1]);
});

test('the shortest order leads to the cycle', (t) => {
  const layers = layered(
    raceOf((cpu, at) =>
      takeBoth(cpu, at + (cpu.id === 0 ? STATE.a : STATE.b), at + (cpu.id === 0 ? STATE.b : STATE.a)),
    ),
    {},
    ['livelock'],
  );
  const witness = layers.witnesses.get('livelock');
  const again = witness?.steps.slice(-witness.cycle) ?? [];
  t.deepEqual(new Set(again.map(({ actor }) => actor)), new Set([0, 1]));
  t.is(witness?.steps.length, witness?.cycle, 'both are where they begin, and come back there');
});
