/**
 * The rules of the mail on lazy MMU mode, as assertions. Called on a CPU's thread by lazyMode.ts, mapping.ts,
 * vmallocFault.ts and the race lazy-mmu.
 */

import type { Cpu } from '../../machine/cpu.js';
import { BUG } from '../../kernel/bug.js';

/**
 * The rules from which the mail proves that nothing can come between an update and its flush. Each is asserted by the
 * operation it speaks about, unless its check is off; what breaks it is reported under its name.
 */
export const RULES = ['R1', 'R2', 'R3', 'R4', 'A', 'B', 'C', 'D'] as const;
export type Rule = (typeof RULES)[number];

/** Which rules are asserted. */
export type RuleChecks = Readonly<Record<Rule, boolean>>;

/** Signature of an operation that breaks a rule. */
export const RULE_SIGNATURE: Readonly<Record<Rule, string>> = Object.freeze({
  R1: 'rule-r1',
  R2: 'rule-r2',
  R3: 'rule-r3',
  R4: 'rule-r4',
  A: 'rule-a',
  B: 'rule-b',
  C: 'rule-c',
  D: 'rule-d',
});

/** What each rule says. The report of a broken one begins with it. */
export const RULE_TEXT: Readonly<Record<Rule, string>> = Object.freeze({
  R1: 'R1 (I5): lazy mode can only be entered while preemption is disabled',
  R2: 'R2: only kmap_atomic and the vmalloc sync update kernel mappings in lazy mode',
  R3: 'R3: kmap_atomic is only used while preemption is disabled',
  R4: 'R4: the vmalloc sync runs with interrupts disabled',
  A: 'A: lazy mode is only used for user page tables, under their spinlock',
  B: 'B: only kernel mappings are needed before lazy mode is left',
  C: 'C (I8): interrupts do not enter lazy mode; in it they use only kmap_atomic and the vmalloc sync',
  D: 'D (I8): interrupts do not change other kernel mappings: kmap, vmap, page attributes',
});

/** Kills the CPU that breaks a rule, if the rule is asserted. */
export function assertRule(cpu: Cpu, checks: RuleChecks, rule: Rule, kept: boolean, d0 = 0, d1 = 0): void {
  if (!kept && checks[rule]) BUG(cpu, RULE_SIGNATURE[rule], RULE_TEXT[rule], d0, d1);
}
