/** Runs a thread of a litmus test by the instructions of the machine. Called on each CPU's thread, as an actor of hammeredRace.ts. */

import { rcu_read_lock, rcu_read_unlock, synchronize_rcu } from '../../kernel/rcu.js';
import { spin_lock, spin_trylock, spin_unlock } from '../../kernel/spinlock.js';
import { READ_ONCE, WRITE_ONCE, cmpxchg, smp_mb } from '../../machine/access.js';
import { nextChance } from '../../machine/chance.js';
import type { Cpu } from '../../machine/cpu.js';
import { isFree } from '../../machine/lockWord.js';
import { endWindow, raceWindow } from '../../machine/windows.js';
import { LINE_WORDS } from '../../sharedarraybuffer-utils/index.js';
import { evaluator, type Evaluator } from '../evaluate.js';
import { ADDRESS, type LitmusProgram, type Operation } from '../program.js';
import { observedKey, observedIn, type InstanceLayout } from './instance.js';

/** The window in front of an operation: in half of them the other CPUs have some time there. */
export const W_BETWEEN = 0;

type Ready = Operation & { readonly run: readonly Evaluator[] };

/** Makes the actor of a thread. It leaves what is observed of the thread's registers in the instance. */
export function threadActor(program: LitmusProgram, thread: number, layout: InstanceLayout) {
  const { operations, registerCount, initial } = program.threads[thread];
  const registers = new Int32Array(registerCount);
  const ready = operations.map((operation): Ready => ({ ...operation, run: evaluatorsFor(operation) }));
  const run = new ThreadRun(registers, layout);
  const observed = observedIn(program).map(observedKey);
  const kept = Array.from({ length: registerCount }, (_, register) =>
    observed.indexOf(observedKey({ thread, register })),
  );
  return (cpu: Cpu, at: number): void => {
    for (let r = 0; r < registerCount; r++) registers[r] = initial[r] ?? 0;
    for (let position = 0; position < ready.length;) position = run.do(cpu, at, ready[position], position);
    for (let r = 0; r < registerCount; r++) if (kept[r] >= 0) cpu.mem[at + layout.observed + kept[r]] = registers[r];
  };
}

class ThreadRun {
  readonly #registers: Int32Array;
  readonly #layout: InstanceLayout;

  constructor(registers: Int32Array, layout: InstanceLayout) {
    this.#registers = registers;
    this.#layout = layout;
  }

  /** Does an operation. Returns the position of the next one. */
  do(cpu: Cpu, at: number, operation: Ready, position: number): number {
    const { run } = operation;
    const registers = this.#registers;
    if (operation.kind === 'jump')
      return operation.unless === undefined || run[0](registers, 0) === 0 ? operation.target : position + 1;
    if (operation.kind === 'let') registers[operation.to] = run[0](registers, 0);
    else if (operation.kind === 'forget') registers.fill(0, operation.from);
    else {
      const waits = (nextChance(cpu) & 1) !== 0;
      if (waits) raceWindow(cpu, W_BETWEEN);
      this.#access(cpu, at, operation);
      if (waits) endWindow(cpu, W_BETWEEN);
    }
    return position + 1;
  }

  #access(cpu: Cpu, at: number, operation: Ready): void {
    const { run } = operation;
    const registers = this.#registers;
    const word = (): number => at + this.#layout.locations + (run[0](registers, 0) - ADDRESS) * LINE_WORDS;
    switch (operation.kind) {
      case 'load':
        registers[operation.to] = READ_ONCE(cpu, word());
        return;
      case 'store':
        WRITE_ONCE(cpu, word(), run[1](registers, 0));
        return;
      case 'atomic':
        this.#set(operation.to, this.#atomic(cpu, word(), operation));
        return;
      case 'fence':
        smp_mb(cpu);
        return;
      case 'lock':
        spin_lock(cpu, word());
        return;
      case 'unlock':
        spin_unlock(cpu, word());
        return;
      case 'trylock':
        this.#set(operation.to, Number(spin_trylock(cpu, word())));
        return;
      case 'isLocked':
        this.#set(operation.to, Number(!isFree(READ_ONCE(cpu, word()))));
        return;
      default:
        this.#rcu(cpu, at, operation.kind);
    }
  }

  #rcu(cpu: Cpu, at: number, kind: Operation['kind']): void {
    const rcu = at + this.#layout.rcu!;
    if (kind === 'rcuLock') rcu_read_lock(cpu, rcu);
    else if (kind === 'rcuUnlock') rcu_read_unlock(cpu, rcu);
    else if (kind === 'graceStart') synchronize_rcu(cpu, rcu);
  }

  /** Does an atomic operation as a loop around cmpxchg. Returns what it returns. */
  #atomic(cpu: Cpu, word: number, { run: [, writes, value, result] }: Ready): number {
    for (;;) {
      const old = READ_ONCE(cpu, word);
      const next = writes(this.#registers, old) !== 0 ? value(this.#registers, old) : old;
      if (cmpxchg(cpu, word, old, next) === old) return result(this.#registers, old);
    }
  }

  #set(register: number | undefined, value: number): void {
    if (register !== undefined) this.#registers[register] = value;
  }
}

function evaluatorsFor(operation: Operation): Evaluator[] {
  const { place } = operation;
  switch (operation.kind) {
    case 'let':
      return [evaluator(operation.value, place)];
    case 'jump':
      return operation.unless === undefined ? [] : [evaluator(operation.unless, place)];
    case 'store':
      return [evaluator(operation.address, place), evaluator(operation.value, place)];
    case 'atomic':
      return [operation.address, operation.writes, operation.value, operation.result].map((one) =>
        evaluator(one, place),
      );
    default:
      return 'address' in operation ? [evaluator(operation.address, place)] : [];
  }
}
