import { wake } from '../sharedarraybuffer-utils/index.js';
import { findCycle, proveSelfDeadlock } from './cycle.js';
import { partyOf, type Cpu } from './cpu.js';
import { CPU, HELD, HELD_MAX } from './layout.js';
import { LOCK_PARKED, isFree, lockOwner, released, takenBy, visible } from './lockWord.js';
import { OP, SPIN, record } from './recorder.js';
import { WAIT, publishWait } from './wait.js';
import { abandon, die, hasVerdict } from './verdict.js';

/** Turns of a wait before it looks for a cycle the first time; doubled for each later look of the same wait. */
export const FIRST_LOOK = 16;
const LOOK_MAX = 1024;

/**
 * Takes a test-and-set lock: spins, then parks. Unfair on purpose: a fair lock collapses when CPUs outnumber cores.
 * The uncontended path publishes nothing. While it waits, the CPU takes interrupts if it has them on, and looks for a
 * wait-for cycle through itself.
 */
export function acquire(cpu: Cpu, lock: number): void {
  const mem = cpu.mem;
  if (mem[cpu.irr] !== 0) cpu.trap(cpu);
  const word = Atomics.load(mem, lock);
  if (isFree(word) && Atomics.compareExchange(mem, lock, word, takenBy(word, cpu.id)) === word) hold(cpu, lock, word, 0);
  else acquireSlow(cpu, lock, word);
}

/** Takes the lock if it is free; returns whether it did. */
export function tryAcquire(cpu: Cpu, lock: number): boolean {
  const mem = cpu.mem;
  if (mem[cpu.irr] !== 0) cpu.trap(cpu);
  const word = Atomics.load(mem, lock);
  if (isFree(word) && Atomics.compareExchange(mem, lock, word, takenBy(word, cpu.id)) === word) {
    hold(cpu, lock, word, 0);
    return true;
  }
  record(cpu, OP.READ, lock, visible(word), visible(word));
  return false;
}

/** Releases a lock that this CPU holds. Anybody else's is a bug of the race: the CPU dies. */
export function release(cpu: Cpu, lock: number): void {
  const mem = cpu.mem;
  if (mem[cpu.irr] !== 0) cpu.trap(cpu);
  const word = forget(cpu, lock);
  const next = released(word);
  const before = Atomics.exchange(mem, lock, next);
  record(cpu, OP.RELEASE, lock, visible(before), next);
  if ((before & LOCK_PARKED) !== 0) for (let c = 0; c < cpu.cpus; c++) wake(mem, partyOf(cpu.map, c));
}

/** Whether this CPU owns the lock, from one load. */
export function holds(cpu: Cpu, lock: number): boolean {
  return lockOwner(Atomics.load(cpu.mem, lock)) === cpu.id;
}

function acquireSlow(cpu: Cpu, lock: number, seen: number): void {
  const { mem, waiter } = cpu;
  record(cpu, OP.READ | SPIN, lock, visible(seen), visible(seen));
  if (lockOwner(seen) === cpu.id) proveSelfDeadlock(cpu, lock);
  publishWait(cpu, WAIT.LOCK, lock);
  waiter.begin();
  for (let turn = 1, look = FIRST_LOOK; ; turn++) {
    if (mem[cpu.irr] !== 0) cpu.trap(cpu);
    const word = Atomics.load(mem, lock);
    if (isFree(word)) {
      if (Atomics.compareExchange(mem, lock, word, takenBy(word, cpu.id)) === word) {
        waiter.end();
        publishWait(cpu, WAIT.RUN, 0);
        hold(cpu, lock, word, SPIN);
        return;
      }
      continue;
    }
    if (hasVerdict(cpu) || (turn >= look && findCycle(cpu))) {
      waiter.end();
      abandon(cpu, lock);
    }
    if (turn >= look) look += Math.min(look, LOOK_MAX);
    if (cpu.lockstep === null && !(waiter.armed && !markParked(mem, lock, word))) waiter.pause();
  }
}

/** Marks the lock so that its release rings the sleepers; false if the word has changed, so there is no need to sleep. */
function markParked(mem: Int32Array, lock: number, word: number): boolean {
  return (word & LOCK_PARKED) !== 0 || Atomics.compareExchange(mem, lock, word, word | LOCK_PARKED) === word;
}

/** Notes what the CPU holds, where it took it and with which IRQ state. */
function hold(cpu: Cpu, lock: number, word: number, flags: number): void {
  const mem = cpu.mem;
  record(cpu, OP.ACQUIRE | flags, lock, visible(word), takenBy(visible(word), cpu.id));
  const n = mem[cpu.block + CPU.held];
  if (n === HELD_MAX) die(cpu, 'held-locks', `more than ${HELD_MAX} locks held at once`);
  const at = cpu.block + CPU.locks + n * HELD.WORDS;
  mem[at + HELD.lock] = lock;
  mem[at + HELD.word] = word;
  mem[at + HELD.step] = mem[cpu.step];
  mem[at + HELD.irqOff] = mem[cpu.irqOff];
  mem[cpu.block + CPU.held] = n + 1;
}

/** Takes the lock off the list of held ones, newest first; returns the word it was taken at. */
function forget(cpu: Cpu, lock: number): number {
  const mem = cpu.mem;
  const base = cpu.block + CPU.locks;
  const n = mem[cpu.block + CPU.held] - 1;
  for (let i = n; i >= 0; i--) {
    const at = base + i * HELD.WORDS;
    if (mem[at + HELD.lock] !== lock) continue;
    const word = mem[at + HELD.word];
    if (i !== n) mem.copyWithin(at, at + HELD.WORDS, base + (n + 1) * HELD.WORDS);
    mem[cpu.block + CPU.held] = n;
    return word;
  }
  return die(cpu, 'unlock-not-owner', 'I19: unlock of a lock that this CPU does not hold', lock, lockOwner(Atomics.load(mem, lock)));
}
