/** Calls operations of the SDK with arguments left out, or NaN. Used by leftOut.test.ts of this folder, of test/mm and of test/arch. */
import type { ExecutionContext } from 'ava';
import { READ_ONCE } from '../../lib/machine/access.js';
import type { Cpu } from '../../lib/machine/cpu.js';
import { boot, isAbandoned, type BootOptions } from '../machine/boot.js';

/** How an operation is called: what comes in front of it, and its arguments behind the CPU. */
export interface Call {
  readonly first?: (cpu: Cpu, at: number) => unknown;
  readonly args: (cpu: Cpu, at: number) => readonly unknown[];
  /** Indexes of arguments that anything may be: they are handed on, or only looked at by name. */
  readonly free?: readonly number[];
  /** Indexes of those that may be left out: they have a default. */
  readonly optional?: readonly number[];
  /** Indexes of those that describe what is worked on, and are computed by nobody: they are left out, and never NaN. */
  readonly described?: readonly number[];
}

export type Operation = (cpu: Cpu, ...args: readonly unknown[]) => unknown;

/** Returns the operations of a part of the SDK that take more than a CPU. */
export function operationsOf(part: object, but: ReadonlySet<string> = new Set()): (readonly [string, Operation])[] {
  return Object.entries(part).filter(
    ([name, value]) =>
      typeof value === 'function' && value.length > 1 && /^function\s*\w*\(cpu, /.test(String(value)) && !but.has(name),
  ) as (readonly [string, Operation])[];
}

/** Calls an operation as it should be called, and with each argument left out and NaN: that is never silent. */
export function checkLeftOut(t: ExecutionContext, operation: Operation, call: Call, options: BootOptions): void {
  const isSilent = (change: (args: readonly unknown[]) => readonly unknown[]): boolean => {
    const { cpus, at, atBoundaries } = boot(options);
    const [cpu, ...others] = cpus;
    // Who is interrupted takes that while the CPU waits.
    if ((options.interrupts ?? []).length > 0) atBoundaries(cpu, () => others.forEach((other) => READ_ONCE(other, at)));
    call.first?.(cpu, at);
    try {
      return !isAbandoned(() => operation(cpu, ...change(call.args(cpu, at))));
    } catch {
      return false;
    }
  };
  t.true(
    isSilent((args) => args),
    'as it should be called',
  );
  const { cpus, at } = boot(options);
  const { length } = call.args(cpus[0], at);
  for (let i = 0; i < length; i++) {
    if (call.free?.includes(i) === true) continue;
    for (const wrong of [undefined, Number.NaN]) {
      if (wrong === undefined && call.optional?.includes(i) === true) continue;
      if (wrong !== undefined && call.described?.includes(i) === true) continue;
      t.false(
        isSilent((args) => args.with(i, wrong)),
        `argument ${i + 1} is ${wrong}`,
      );
    }
  }
}
