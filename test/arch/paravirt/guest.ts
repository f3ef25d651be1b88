/** Boots CPUs of a paravirtualised guest: a race of a few entries, with the fixes and rules that a test wants. */
import type { LazyMode } from '../../../lib/arch/paravirt/lazyMode.js';
import { RULES, type Rule, type RuleChecks } from '../../../lib/arch/paravirt/rules.js';
import { paravirtContextSwitch, type VmallocSync } from '../../../lib/arch/paravirt/vmallocFault.js';
import { FAILURE, MACHINE, MESSAGE_WORDS } from '../../../lib/machine/layout.js';
import { allowPreemption, preemptHere } from '../../../lib/machine/preemption.js';
import { readText } from '../../../lib/machine/text.js';
import { ABOUT } from '../../../stress/lazy-mmu/about.js';
import { boot, isAbandoned, type Machine } from '../../machine/boot.js';

export type Guest = Machine;

export function bootGuest(cpus = 1): Guest {
  return boot({ cpus, words: 64, ringEntries: 1024, signatures: Object.keys(ABOUT.signatures) });
}

/** The task of the first CPU gives it up at `place`, or at the `nth` of its places; that of the second takes it. */
export function preempt({ cpus: [a, b] }: Guest, pv: LazyMode, place: number, nth = 1): void {
  const how = paravirtContextSwitch(pv, -1);
  allowPreemption(a, how, place, nth);
  allowPreemption(b, how, 0, 0);
  a.lockstep = { boundary: () => {}, finish: () => {}, standAside: () => preemptHere(b, 0) };
}

/** All rules are asserted, but those that are named. */
export function checksBut(...off: readonly Rule[]): RuleChecks {
  return Object.fromEntries(RULES.map((rule) => [rule, !off.includes(rule)])) as Record<Rule, boolean>;
}

/** No fix, direct paging, a queue of 4, every rule asserted. */
export function lazyMode(parts: Partial<VmallocSync> = {}): VmallocSync & LazyMode {
  return {
    queueLimit: 4,
    hardware: 0,
    flagsToPerCpuWord: false,
    flushPreemptOff: false,
    enterPreemptOff: false,
    taskFlag: false,
    taskCount: false,
    checks: checksBut(),
    compares: false,
    flushAfterSync: false,
    faultEnablesIrqs: false,
    steps: { trap: 1, sync: 2, compare: 3, iret: 1 },
    ...parts,
  };
}

/** What a part of an actor dies of; null if it comes to its end. */
export function diesOf({ mem, map }: Guest, part: () => void): string | null {
  return isAbandoned(part) ? readText(mem, map.machine + MACHINE.failure + FAILURE.message, MESSAGE_WORDS) : null;
}
