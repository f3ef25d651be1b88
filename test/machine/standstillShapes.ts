/**
 * The shapes in which CPUs stand still for ever, and what is proved of each. For standstill.test.ts, and for the test of lib/explore that
 * compares a search with it.
 */
import { WRITE_ONCE } from '../../lib/machine/access.js';
import { CONDITION_IS, writeCondition } from '../../lib/machine/condition.js';
import { findCycle } from '../../lib/machine/cycle.js';
import { IN_HARDIRQ, IRQS_DISABLED } from '../../lib/machine/irq.js';
import { CONDITION, CPU, CSD, MACHINE, PROGRESS } from '../../lib/machine/layout.js';
import { acquire } from '../../lib/machine/lock.js';
import { noteHeld } from '../../lib/machine/heldLocks.js';
import { ACTIVITY, hasFailed } from '../../lib/machine/outcome.js';
import { OP, record } from '../../lib/machine/recorder.js';
import { DEADLOCK, LOST_WAKE_UP, ORPHANED_LOCK } from '../../lib/machine/signatures.js';
import { captureRings } from '../../lib/machine/snapshot.js';
import { WAIT, publishWait } from '../../lib/machine/wait.js';
import { boot, snapshotOf, type Machine } from './boot.js';

const idle = (): void => {};
export const machineOf = (cpus = 2): Machine => boot({ cpus, words: 64, interrupts: [idle] });

/** The CPU waits until the word is 1. By default any other CPU may store it. */
export function waits(
  { mem, at, cpus }: Machine,
  c: number,
  word: number,
  how: { by?: number[]; off?: boolean; inside?: boolean; held?: boolean; tasks?: boolean; beside?: number } = {},
): void {
  const cpu = cpus[c];
  mem[cpu.irqOff] = (how.off === true ? IRQS_DISABLED : 0) | (how.inside === true ? IN_HARDIRQ : 0);
  const by = how.by ?? cpus.map(({ id }) => id).filter((id) => id !== c);
  const mask = by.reduce((bits, id) => bits | (1 << id), 0);
  const flags =
    (how.by === undefined ? 0 : CONDITION_IS.NAMED) |
    (how.inside === true ? CONDITION_IS.INSIDE : 0) |
    (how.held === true ? CONDITION_IS.HELD : 0) |
    (how.tasks === true ? CONDITION_IS.TASKS : 0);
  publishWait(cpu, WAIT.RUN, 0);
  writeCondition(cpu, flags, -1, 1, mask, 0);
  // In a loop that reads another word as well.
  if (how.beside !== undefined) {
    mem[cpu.block + CPU.condition + CONDITION.others] = 1;
    mem[cpu.block + CPU.condition + CONDITION.addresses] = at + how.beside;
    mem[cpu.block + CPU.condition + CONDITION.values] = mem[at + how.beside];
  }
  publishWait(cpu, WAIT.WORD, at + word);
}

export function waitsForLock({ mem, at, cpus }: Machine, c: number, lock: number, off = false): void {
  mem[cpus[c].irqOff] = off ? IRQS_DISABLED : 0;
  publishWait(cpus[c], WAIT.LOCK, at + lock);
}

/** The CPU waits for another one to answer a call, which was offline when it was called. */
export function waitsForLost({ mem, cpus }: Machine, c: number, target: number): void {
  const cpu = cpus[c];
  cpu.mailboxes.expect(c, 0, 1 << target);
  mem[cpu.block + CPU.csd + CSD.lost] = 1 << target;
  publishWait(cpu, WAIT.ACK, 0);
}

/** The CPU's thread has arrived at the meeting behind the trial. */
export function ends({ mem, cpus }: Machine, ...ids: readonly number[]): void {
  for (const c of ids) mem[cpus[c].progress + PROGRESS.meeting] = 1;
}

/** The task on the CPU has exited with these locks, which sleep. Its CPU idles, and takes interrupts. */
export function exits({ mem, at, cpus }: Machine, c: number, ...locks: readonly number[]): void {
  for (const lock of locks) noteHeld(cpus[c], at + lock, 0);
  mem[cpus[c].block + CPU.exitedWith] = locks.length;
  mem[cpus[c].block + CPU.activity] = ACTIVITY.EXITED;
}

/** The CPU waits for a lock that sleeps, and which the task that began on another CPU has. */
export const sleepsFor = (m: Machine, c: number, word: number, holder: number): void =>
  waits(m, c, word, { by: [holder], held: true, tasks: true });

export function called({ cpus }: Machine, c: number, from: number): void {
  cpus[from].mailboxes.post(from, c);
}

/** What the CPU proves: the signature and its details; nothing if it goes on waiting. */
export function proved(machine: Machine, c: number): string {
  const cpu = machine.cpus[c];
  if (!findCycle(cpu)) return hasFailed(cpu) ? 'a failure, and no proof' : '';
  captureRings(cpu, 0);
  for (const signature of [DEADLOCK, LOST_WAKE_UP, ORPHANED_LOCK]) {
    const { detail, message } = snapshotOf(machine, signature);
    if (message === '') continue;
    if (signature === DEADLOCK) return `deadlock of ${detail.slice(1, 1 + detail[0]).join(' ')}`;
    if (detail[2] !== 0) return `CPU ${detail[1]} waits for CPU ${detail[2] - 1} to take a lost call`;
    const at = detail[0] - machine.at;
    return signature === ORPHANED_LOCK ? `CPU ${detail[1]} had word ${at}` : `CPU ${detail[1]} waits for word ${at}`;
  }
  return 'another failure';
}

export type Scene = (machine: Machine) => void;

/** The CPU waits for what another one holds. */
export const waitsFor = (m: Machine, c: number, word: number, holder: number): void =>
  waits(m, c, word, { by: [holder], held: true });

/** The threads of two CPUs run each other's. */
export function exchanged({ mem, cpus }: Machine, a: number, b: number): void {
  mem[cpus[a].block + CPU.runner] = b + 1;
  mem[cpus[b].block + CPU.runner] = a + 1;
}

export const STANDS: readonly [what: string, cpus: number, scene: Scene, from: number, found: string][] = [
  [
    'two hold what the other one waits for, and a third runs',
    3,
    (m) => (waitsFor(m, 0, 0, 1), waitsFor(m, 1, 1, 0)),
    0,
    'deadlock of 0 1',
  ],
  ['it holds what it waits for, and the other one runs', 2, (m) => waitsFor(m, 0, 0, 0), 0, 'deadlock of 0'],
  [
    'who holds it waits for a lock of a CPU that waits',
    3,
    (m) => (acquire(m.cpus[0], m.at + 2), waitsFor(m, 0, 0, 1), waitsForLock(m, 1, 2)),
    0,
    'deadlock of 0 1',
  ],
  [
    'the task that holds it waits on another CPU than the one it began on',
    3,
    (m) => (exchanged(m, 1, 2), waits(m, 0, 0, { by: [1], held: true, tasks: true }), waitsFor(m, 2, 1, 0)),
    0,
    'deadlock of 0 2',
  ],
  ['who holds it has ended', 2, (m) => (waitsFor(m, 0, 0, 1), ends(m, 1)), 0, 'CPU 1 had word 0'],
  [
    'the task that has a mutex has exited, while timers are armed and a third runs',
    3,
    (m) => {
      sleepsFor(m, 0, 0, 1);
      exits(m, 1, 0);
      for (const { block } of m.cpus) m.mem[block + CPU.armed] = 1;
    },
    0,
    'CPU 1 had word 0',
  ],
  [
    'a task that has exited with a mutex had gone to another CPU',
    3,
    (m) => (exchanged(m, 1, 2), sleepsFor(m, 0, 0, 1), exits(m, 2, 0)),
    0,
    'CPU 2 had word 0',
  ],
  ['all others have ended', 3, (m) => (waits(m, 0, 0), ends(m, 1, 2)), 0, 'CPU 0 waits for word 0'],
  ['with interrupts off as well', 2, (m) => (waits(m, 0, 0, { off: true }), ends(m, 1)), 0, 'CPU 0 waits for word 0'],
  [
    'the only CPU that may store it has ended, and nobody else runs',
    3,
    (m) => (waits(m, 0, 0, { by: [1] }), ends(m, 1, 2)),
    0,
    'CPU 0 waits for word 0',
  ],
  ['two wait for each other', 2, (m) => (waits(m, 0, 0), waits(m, 1, 1)), 1, 'deadlock of 1 0'],
  [
    'two with interrupts off wait for each other while a third runs',
    3,
    (m) => (waits(m, 0, 0, { by: [1], off: true }), waits(m, 1, 1, { by: [0], off: true })),
    0,
    'deadlock of 0 1',
  ],
  [
    'three in a circle',
    3,
    (m) => (waits(m, 0, 0, { by: [1] }), waits(m, 1, 1, { by: [2] }), waits(m, 2, 2, { by: [0] })),
    0,
    'deadlock of 0 1 2',
  ],
  [
    'a holder of a lock waits for a word that who wants the lock would store',
    2,
    (m) => (acquire(m.cpus[0], m.at), waits(m, 0, 1), waitsForLock(m, 1, 0)),
    1,
    'deadlock of 1 0',
  ],
  [
    'it is found from the lock and from the word',
    2,
    (m) => (acquire(m.cpus[0], m.at), waits(m, 0, 1), waitsForLock(m, 1, 0)),
    0,
    'deadlock of 0 1',
  ],
  [
    'an answer is owed by one that waits for a word of the caller',
    2,
    (m) => {
      m.cpus[0].mailboxes.expect(0, 0, 2);
      called(m, 1, 0);
      publishWait(m.cpus[0], WAIT.ACK, 0);
      waits(m, 1, 0, { off: true });
    },
    1,
    'deadlock of 1 0',
  ],
  [
    'a word may be stored by one that wants a lock of the waiter, and by one that has ended',
    3,
    (m) => (acquire(m.cpus[1], m.at), waits(m, 1, 1), waitsForLock(m, 0, 0), ends(m, 2)),
    1,
    'deadlock of 1 0',
  ],
  [
    'the holder of a lock waits for one that has ended',
    3,
    (m) => (acquire(m.cpus[1], m.at), waits(m, 1, 1, { by: [2] }), waitsForLock(m, 0, 0), ends(m, 2)),
    0,
    'CPU 1 waits for word 1',
  ],
  [
    'a handler waits for its own CPU',
    2,
    (m) => (waits(m, 0, 0, { by: [0], inside: true }), ends(m, 1)),
    0,
    'deadlock of 0',
  ],
  [
    'a handler waits for its own CPU, and the other runs',
    2,
    (m) => waits(m, 0, 0, { by: [0], inside: true }),
    0,
    'deadlock of 0',
  ],
  [
    'a handler waits for anybody, and its own CPU alone is left',
    2,
    (m) => (waits(m, 0, 0, { inside: true }), ends(m, 1)),
    0,
    'deadlock of 0',
  ],
  [
    'a handler waits for what its own CPU has stored, beside another that waits',
    2,
    (m) => {
      WRITE_ONCE(m.cpus[0], m.at, 3);
      record(m.cpus[0], OP.IRQ_ENTER, 0, 0, 0);
      waits(m, 0, 0, { inside: true });
      waits(m, 1, 0);
    },
    1,
    'deadlock of 0',
  ],
  [
    'a CPU with interrupts off has a call that it does not take',
    2,
    (m) => (waits(m, 0, 0, { off: true }), ends(m, 1), called(m, 0, 1)),
    0,
    'CPU 0 waits for word 0',
  ],
  [
    'a handler of an idle CPU waits for one that waits for it',
    2,
    (m) => {
      ends(m, 1);
      m.mem[m.map.machine + MACHINE.idlers] = 1;
      waits(m, 1, 1, { off: true });
      waits(m, 0, 0);
    },
    0,
    'deadlock of 0 1',
  ],
  [
    'two wait for one word, and who could have stored it has ended: neither waits for the other',
    3,
    (m) => (waits(m, 0, 0), waits(m, 1, 0), ends(m, 2)),
    0,
    'CPU 0 waits for word 0',
  ],
  ['all wait for one word', 3, (m) => (waits(m, 0, 0), waits(m, 1, 0), waits(m, 2, 0)), 2, 'CPU 2 waits for word 0'],
  [
    'two wait for one word, and the race says that each of them stores it',
    2,
    (m) => (waits(m, 0, 0, { by: [1] }), waits(m, 1, 0, { by: [0] })),
    0,
    'deadlock of 0 1',
  ],
  [
    'two wait for one word, and a third for another one',
    3,
    (m) => (waits(m, 0, 0), waits(m, 1, 0), waits(m, 2, 1)),
    0,
    'deadlock of 0 2',
  ],
  [
    'one that waits for the answer to a call that was lost, while others run',
    3,
    (m) => waitsForLost(m, 0, 1),
    0,
    'CPU 0 waits for CPU 1 to take a lost call',
  ],
  [
    'a lock of one that waits for such an answer',
    3,
    (m) => (acquire(m.cpus[0], m.at), waitsForLost(m, 0, 2), waitsForLock(m, 1, 0)),
    1,
    'CPU 0 waits for CPU 2 to take a lost call',
  ],
  [
    'a hand-over is lost: one waits for it, and another behind that one',
    3,
    (m) => (waits(m, 1, 0), waits(m, 2, 1), ends(m, 0)),
    2,
    'CPU 2 waits for word 1',
  ],
  [
    'a hand-over is lost, and two wait behind who should have got it',
    4,
    (m) => (waits(m, 1, 0), waits(m, 2, 1), waits(m, 3, 2), ends(m, 0)),
    1,
    'CPU 1 waits for word 0',
  ],
  [
    'a hand-over is lost, and each names who is to hand on',
    3,
    (m) => (waits(m, 1, 0, { by: [0] }), waits(m, 2, 1, { by: [1] }), ends(m, 0)),
    2,
    'CPU 1 waits for word 0',
  ],
  [
    'a hand-over is lost, and one of those behind waits for a lock of another',
    4,
    (m) => (acquire(m.cpus[2], m.at + 4), waits(m, 1, 0), waits(m, 2, 1), waitsForLock(m, 3, 4), ends(m, 0)),
    1,
    'deadlock of 3 2',
  ],
  [
    'two wait for words of anybody, two for each other by name, and one has ended',
    5,
    (m) => (waits(m, 0, 0), waits(m, 1, 1), waitsFor(m, 2, 2, 3), waitsFor(m, 3, 3, 2), ends(m, 4)),
    0,
    'deadlock of 2 3',
  ],
  [
    'two wait for words of anybody, one names the other, and one has ended',
    3,
    (m) => (waits(m, 0, 0), waits(m, 1, 1, { by: [0] }), ends(m, 2)),
    0,
    'deadlock of 0 1',
  ],
  [
    'words in a circle, and nobody has ended',
    3,
    (m) => (waits(m, 0, 0), waits(m, 1, 1), waits(m, 2, 2)),
    1,
    'deadlock of 1 0',
  ],
  [
    'a loop tries to take a lock, which one that has ended holds',
    3,
    (m) => (acquire(m.cpus[1], m.at + 4), waits(m, 0, 4), ends(m, 1, 2)),
    0,
    'CPU 1 had word 4',
  ],
  [
    'a loop tries to take such a lock, and reads another word as well',
    3,
    (m) => (acquire(m.cpus[1], m.at + 4), waits(m, 0, 0, { beside: 4 }), ends(m, 1, 2)),
    0,
    'CPU 1 had word 4',
  ],
  [
    'one waits for a word, and who has ended holds a lock beside it',
    2,
    (m) => (acquire(m.cpus[1], m.at + 4), waits(m, 0, 0), ends(m, 1)),
    0,
    'CPU 0 waits for word 0',
  ],
  [
    'with interrupts off it does not take the interrupt that is pending',
    2,
    (m) => (waits(m, 0, 0, { off: true }), ends(m, 1), (m.mem[m.cpus[0].block + CPU.fired] = 1)),
    0,
    'CPU 0 waits for word 0',
  ],
];
