/** What the CPUs of a crowd can do. Called by crowdThread.ts. */

import { READ_ONCE, WRITE_ONCE } from '../machine/access.js';
import type { Cpu } from '../machine/cpu.js';
import { meet } from '../machine/meeting.js';
import { spin_lock, spin_unlock } from '../kernel/spinlock.js';
import { flush_tlb_page } from '../mm/tlbFlush.js';
import { ANSWER, CPU_VM_MASK, LAST_OWNER, LOCK, LOOKED_AT, QUESTION } from './crowdMachine.js';

/** What one CPU has done so far. */
export interface Tally {
  done: number;
  /** Locks taken that another CPU had held last. */
  handovers: number;
  /** Number of the last meeting; the same on all CPUs. */
  meeting: number;
}

/** Does a burst of what is measured and counts it. */
type Burst = (tally: Tally) => void;

const MEETINGS = 16;
const SHOOTDOWNS = 256;
const LOCKS = 256;
const ECHOES = 256;
const LOOKS = 32;

/** What the CPUs of a crowd can do, by name. */
export const WORKS = {
  /** All CPUs meet. */
  meet: (cpu: Cpu): Burst => meeting(cpu),
  /** CPU 0 flushes a page from the TLBs of all; the others execute memory instructions until it has finished. */
  'shoot-running': (cpu: Cpu): Burst => (cpu.id === 0 ? shooting(cpu) : looking(cpu)),
  /** As above; the others idle in the meeting that follows. */
  'shoot-idle': (cpu: Cpu): Burst => (cpu.id === 0 ? shooting(cpu) : () => {}),
  /** Every CPU flushes a page from the TLBs of all. */
  'shoot-each-other': (cpu: Cpu): Burst => shooting(cpu),
  /** All CPUs take the same lock. */
  lock: (cpu: Cpu): Burst => locking(cpu),
  /** CPU 0 writes a word and waits until CPU 1 has written another: the round trip of the host itself. */
  echo: (cpu: Cpu): Burst => (cpu.id === 0 ? asking(cpu) : answering(cpu)),
} as const;

export type WorkName = keyof typeof WORKS;

function meeting(cpu: Cpu): Burst {
  return (tally) => {
    for (let i = 0; i < MEETINGS; i++) meet(cpu, ++tally.meeting);
    tally.done += MEETINGS;
  };
}

function shooting(cpu: Cpu): Burst {
  const mask = cpu.instance + CPU_VM_MASK;
  cpu.mem[mask] = (1 << cpu.cpus) - 1;
  return (tally) => {
    for (let i = 0; i < SHOOTDOWNS; i++) flush_tlb_page(cpu, cpu.instance, mask, 'ipi');
    tally.done += SHOOTDOWNS;
  };
}

/**
 * Executes memory instructions until CPU 0 has arrived at the next meeting. Reads alone would be a loop that waits (readAgain.ts):
 * the CPU would sleep, and be proved to hang if CPU 0 is off its core for long.
 */
function looking(cpu: Cpu): Burst {
  const at = cpu.instance + LOOKED_AT;
  return (tally) => {
    const next = (tally.meeting + 1) | 0;
    do for (let i = 0; i < LOOKS; i += 2) WRITE_ONCE(cpu, at, READ_ONCE(cpu, at) + 1);
    while (Atomics.load(cpu.mem, cpu.map.progress) !== next);
  };
}

function locking(cpu: Cpu): Burst {
  const { mem } = cpu;
  const lock = cpu.instance + LOCK;
  const lastOwner = cpu.instance + LAST_OWNER;
  return (tally) => {
    for (let i = 0; i < LOCKS; i++) {
      spin_lock(cpu, lock);
      if (mem[lastOwner] !== cpu.id) {
        mem[lastOwner] = cpu.id;
        tally.handovers++;
      }
      spin_unlock(cpu, lock);
    }
    tally.done += LOCKS;
  };
}

/** Asks and answers. Both ends count questions in the words themselves, so each one differs from the one before. */
function asking({ mem, instance }: Cpu): Burst {
  return (tally) => {
    for (let i = 0; i < ECHOES; i++) {
      const question = Atomics.add(mem, instance + QUESTION, 1) + 1;
      while (Atomics.load(mem, instance + ANSWER) !== question);
    }
    tally.done += ECHOES;
  };
}

function answering({ mem, instance }: Cpu): Burst {
  return () => {
    for (let i = 0; i < ECHOES; i++) {
      const answer = mem[instance + ANSWER] + 1;
      while (Atomics.load(mem, instance + QUESTION) !== answer);
      Atomics.store(mem, instance + ANSWER, answer);
    }
  };
}
