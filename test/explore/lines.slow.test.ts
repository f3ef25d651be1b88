/**
 * Goal: a search meets exactly what all orders of CPUs meet that raise interrupt lines and set timers: their number, and the states at their
 * ends. What it looks at of timers and storms is bounded, and it says so.
 * Method: random programs of two CPUs; an interpreter of its own (linePrograms.ts) goes through their orders, and they are searched as
 * actors of a race. The races of public reports, each beside its fixed form. Races of a few instructions for each rule.
 */
import test from 'ava';
import {
  LINE,
  READ_ONCE,
  WRITE_ONCE,
  defineRace,
  do_exit,
  fail,
  lines,
  local_irq_restore,
  local_irq_save,
  maskInterrupt,
  raiseInterrupt,
  raise_softirq,
  startTimer,
  stopTimer,
  spin_lock,
  spin_unlock,
  struct,
  tasklet_schedule,
  unmaskInterrupt,
  wait_on,
  xchg,
  type Cpu,
} from '../../lib/sdk/index.js';
import nmiOwner from '../fixtures/interrupts/nmiOwner.js';
import shootdown from '../fixtures/interrupts/shootdown.js';
import slotPop from '../fixtures/interrupts/slotPop.js';
import softirqLock from '../fixtures/interrupts/softirqLock.js';
import tickSequence from '../fixtures/interrupts/tickSequence.js';
import { linesAt, runLines } from './lineActor.js';
import { WORDS, countLines, randomLines, type Program } from './linePrograms.js';
import { searched } from './searched.js';

const STATE = struct({ words: lines(WORDS), x: LINE, y: LINE });

const raceOf = (programs: readonly Program[]) =>
  defineRace({
    name: 'random-lines',
    state: STATE,
    variants: { any: {} },
    signatures: { wrong: 'something' },
    lines: linesAt(STATE.words),
    actors: { run: (cpu, at) => runLines(cpu, programs[cpu.id], at + STATE.words) },
  });

/** Programs with few orders, in which most of what there is comes up. */
const SEEDS = [2, 3, 4, 9, 10, 16, 17, 19, 22, 26, 27, 28, 29, 31, 32, 33, 37];
const STEPS = 3;

test(`${SEEDS.length} programs of 2 CPUs with interrupt lines: as by enumeration`, (t) => {
  for (const seed of SEEDS) {
    const programs = [0, 1].map((cpu) => randomLines(seed, cpu, STEPS));
    const { orders, ends, leftOut } = searched(raceOf(programs)).found;
    t.deepEqual({ orders, ends, leftOut }, { ...countLines(programs), leftOut: 0 }, JSON.stringify(programs));
  }
});

interface Rules {
  readonly handle?: (cpu: Cpu, at: number) => void;
  readonly kind?: 'hardirq' | 'softirq' | 'tasklet' | 'nmi';
  readonly storm?: number;
  readonly interrupts?: number;
}

function storeX(cpu: Cpu, at: number): void {
  WRITE_ONCE(cpu, at + STATE.x, 1);
}

/** Searches a race whose line `tick` stores 1 to x unless it has another handler. */
function ruled(
  run: (cpu: Cpu, at: number) => void,
  { handle = storeX, kind = 'hardirq', storm = 0, interrupts }: Rules = {},
) {
  const race = defineRace({
    name: 'ruled',
    state: STATE,
    variants: { any: {} },
    signatures: { wrong: 'something', 'lost-wake-up': 'it waits for ever' },
    lines: {
      tick: {
        kind,
        storm,
        handler: handle,
      },
    },
    actors: { run },
  });
  const { found } = searched(race, interrupts === undefined ? {} : { interrupts });
  return { failures: [...found.failures.keys()], leftOut: found.leftOut, orders: found.orders };
}

const expectX = (cpu: Cpu, at: number, x: number): void => {
  if (READ_ONCE(cpu, at + STATE.x) !== x) fail(cpu, 'wrong', `x is not ${x}`);
};

test('what a CPU raises on itself comes before its next instruction, and behind what masks it', (t) => {
  const prompt = ruled((cpu, at) => {
    if (cpu.id !== 0) return;
    raiseInterrupt(cpu, 'tick');
    expectX(cpu, at, 1);
  });
  t.deepEqual(prompt, { failures: [], leftOut: 0, orders: 1 });
  const masked = ruled((cpu, at) => {
    if (cpu.id !== 0) return;
    maskInterrupt(cpu, 'tick');
    raiseInterrupt(cpu, 'tick');
    expectX(cpu, at, 0);
    unmaskInterrupt(cpu, 'tick');
    expectX(cpu, at, 1);
  });
  t.deepEqual(masked, { failures: [], leftOut: 0, orders: 1 });
  const soft = ruled(
    (cpu, at) => {
      if (cpu.id !== 0) return;
      const flags = local_irq_save(cpu);
      raise_softirq(cpu, 'tick');
      expectX(cpu, at, 0);
      local_irq_restore(cpu, flags);
      expectX(cpu, at, 1);
    },
    { kind: 'softirq' },
  );
  t.deepEqual(soft, { failures: [], leftOut: 0, orders: 1 });
});

test('what another CPU raises may come late, or not at all; an NMI is masked by nothing', (t) => {
  const late = (kind: 'hardirq' | 'nmi', off: boolean) =>
    ruled(
      (cpu, at) => {
        if (cpu.id === 1) {
          raiseInterrupt(cpu, 'tick', { on: 0 });
          WRITE_ONCE(cpu, at + STATE.y, 1);
          return;
        }
        const flags = off ? local_irq_save(cpu) : 0;
        wait_on(cpu, at + STATE.y, 1, 1);
        if (READ_ONCE(cpu, at + STATE.x) === (off ? 1 : 0)) fail(cpu, 'wrong', 'late, or with interrupts off');
        if (off) local_irq_restore(cpu, flags);
      },
      { kind },
    ).failures;
  t.deepEqual(late('hardirq', false), ['wrong']);
  t.deepEqual(late('hardirq', true), []);
  t.deepEqual(late('nmi', true), ['wrong']);
});

test('a timer may expire at any instruction behind its start, once, and not behind its stop', (t) => {
  const counted = (stops: boolean, masks: boolean) =>
    ruled(
      (cpu, at) => {
        if (cpu.id !== 0) return;
        startTimer(cpu, 'tick', { after: 1000 });
        const flags = masks ? local_irq_save(cpu) : 0;
        READ_ONCE(cpu, at + STATE.y);
        if (stops) stopTimer(cpu, 'tick');
        if (masks) local_irq_restore(cpu, flags);
        const x = READ_ONCE(cpu, at + STATE.x);
        if (READ_ONCE(cpu, at + STATE.x) !== x) fail(cpu, 'wrong', 'it came in between');
      },
      { handle: (cpu, at) => WRITE_ONCE(cpu, at + STATE.x, READ_ONCE(cpu, at + STATE.x) + 1) },
    );
  t.deepEqual(counted(false, false), { failures: ['wrong'], leftOut: 0, orders: 4 });
  t.deepEqual(counted(true, false), { failures: [], leftOut: 0, orders: 2 });
  // It has expired before it was stopped, or not; if it has, it comes as soon as interrupts are on.
  t.deepEqual(counted(true, true), { failures: [], leftOut: 0, orders: 2 });
});

test('a wait that only a timer ends: it does, unless it was stopped', (t) => {
  const waits = (stops: boolean) =>
    ruled((cpu, at) => {
      if (cpu.id !== 0) return;
      startTimer(cpu, 'tick', { after: 5 });
      if (stops) stopTimer(cpu, 'tick');
      wait_on(cpu, at + STATE.x, 1, 1, { by: [0] });
    }).failures;
  t.deepEqual(waits(false), []);
  t.deepEqual(waits(true), ['lost-wake-up']);
});

test('storms and periods are looked at so often, and what is left out is counted', (t) => {
  const leftOut = (interrupts: number): number => {
    const reads = (cpu: Cpu, at: number): void => {
      for (let i = 0; i < 2; i++) READ_ONCE(cpu, at + STATE.y);
    };
    return ruled(reads, { storm: 0.1, interrupts }).leftOut;
  };
  // Each CPU has two boundaries of its own, and the line comes once at each.
  t.deepEqual([leftOut(0) > 0, leftOut(1) > 0, leftOut(2)], [true, true, 0]);
  const waits = ruled(
    (cpu, at) => {
      if (cpu.id !== 0) return;
      startTimer(cpu, 'tick', { every: 3 });
      wait_on(cpu, at + STATE.x, -1, 3, { by: [0] });
    },
    { handle: (cpu, at) => WRITE_ONCE(cpu, at + STATE.x, READ_ONCE(cpu, at + STATE.x) + 1), interrupts: 2 },
  );
  t.deepEqual(waits.failures, [], 'nobody knows what the third interrupt would do');
  t.true(waits.leftOut > 0);
});

test('a tasklet runs on one CPU at a time, a softirq on both', (t) => {
  const found = (kind: 'tasklet' | 'softirq') =>
    ruled(
      (cpu) => {
        if (kind === 'tasklet') tasklet_schedule(cpu, 'tick');
        else raise_softirq(cpu, 'tick');
      },
      {
        kind,
        handle: (cpu, at) => {
          if (xchg(cpu, at + STATE.x, 1) !== 0) fail(cpu, 'wrong', 'it runs on both');
          WRITE_ONCE(cpu, at + STATE.x, 0);
        },
      },
    ).failures;
  t.deepEqual(found('tasklet'), []);
  t.deepEqual(found('softirq'), ['wrong']);
});

test('what hangs whatever interrupts come is told beside a storm', (t) => {
  const { failures, leftOut } = ruled(
    (cpu, at) => {
      spin_lock(cpu, at + STATE.y);
      if (cpu.id === 0) do_exit(cpu);
      spin_unlock(cpu, at + STATE.y);
    },
    { storm: 0.1, interrupts: 1 },
  );
  t.deepEqual(failures, ['orphaned-lock']);
  t.true(leftOut > 0);
});

for (const [race, knobs, signature] of [
  [slotPop, { from: 'other' }, 'slot-dirty'],
  [slotPop, { from: 'timer' }, 'slot-dirty'],
  [slotPop, { from: 'storm' }, 'slot-dirty'],
  [slotPop, { from: 'nmi' }, 'slot-dirty'],
  [softirqLock, { by: 'softirq' }, 'deadlock'],
  [nmiOwner, {}, 'orphaned-lock'],
  [shootdown, { by: 'lines' }, 'deadlock'],
  [tickSequence, {}, 'deadlock'],
] as const)
  test(`${race.name} ${Object.values(knobs).join()}: ${signature}, and not the fixed form`, (t) => {
    // Races have configurations of their own.
    const all = race as Parameters<typeof searched>[0];
    t.deepEqual([...searched(all, { variant: 'buggy', knobs }).found.failures.keys()], [signature]);
    t.deepEqual([...searched(all, { variant: 'fixed', knobs }).found.failures.keys()], []);
  });
