/** What the instances of should-flush hold, what a variant means, and the first state. Called by race.ts. */

import { LINE, fieldAt, struct, words, type KnobValues } from '../../lib/sdk/index.js';
import {
  EAGER_MASK,
  MM_CONTEXT,
  _PAGE_PRESENT,
  _PAGE_RW,
  _PAGE_USER,
  pfn_pte,
  ownedPageName,
  ownedPageWords,
  resetOwned,
  resetTlbState,
  should_flush_tlb,
  shouldFlushTlbSwitching,
  tlbStateName,
  tlbStateWords,
  tlb_is_not_lazy,
  type FlushTarget,
  type SwitchForm,
} from '../../lib/sdk/mm.js';
import type { ABOUT } from './about.js';

export const CPUS_MAX = 8;

export const STATE = struct({
  /** The PTE of the page. */
  pte: LINE,
  /** The address space that maps the page, and that of another process. */
  mm: words(MM_CONTEXT.WORDS),
  other_mm: words(MM_CONTEXT.WORDS),
  tlb: words(tlbStateWords(CPUS_MAX)),
  /** The page. */
  page: words(ownedPageWords(CPUS_MAX)),
});

export interface Config {
  /** How a CPU loads an address space. */
  readonly form: SwitchForm;
  /** Whom a flush interrupts. */
  readonly wanted: FlushTarget;
  /** Only mutants do not flush at all. */
  readonly flushes: boolean;
  /** Only mutants use the page no more when it is about to be freed: what is left in a TLB has to be found there. */
  readonly usesAgain: boolean;
}

const LAZY_MASK: SwitchForm = { leavesMask: false, announcesFirst: false, fences: false };
const FORMS: Readonly<Record<string, Pick<Config, 'form' | 'wanted'>>> = {
  buggy: { form: LAZY_MASK, wanted: should_flush_tlb },
  'eager-mask': { form: EAGER_MASK, wanted: tlb_is_not_lazy },
  'check-switching': { form: LAZY_MASK, wanted: shouldFlushTlbSwitching },
  'switching-first': { form: { ...LAZY_MASK, announcesFirst: true }, wanted: shouldFlushTlbSwitching },
  'switching-fenced': {
    form: { ...LAZY_MASK, announcesFirst: true, fences: true },
    wanted: shouldFlushTlbSwitching,
  },
};

/** Returns what a variant and its knobs mean for the protocol. */
export function configure(variant: string, { trim }: KnobValues<typeof ABOUT.knobs>): Config {
  const { form, wanted } = FORMS[variant];
  return Object.freeze({
    form: Object.freeze(form),
    wanted: trim ? tlb_is_not_lazy : wanted,
    flushes: true,
    usesAgain: true,
  });
}

/** Gives the words their first values: the page is mapped, and every CPU runs a kernel thread. */
export function reset(mem: Int32Array, at: number): void {
  mem[at + STATE.pte] = pfn_pte(0x80, _PAGE_PRESENT | _PAGE_RW | _PAGE_USER);
  mem.fill(0, at + STATE.mm, at + STATE.tlb);
  mem[at + STATE.mm + MM_CONTEXT.ctx_id] = 1;
  mem[at + STATE.other_mm + MM_CONTEXT.ctx_id] = 2;
  resetOwned(mem, at + STATE.page, CPUS_MAX);
  resetTlbState(mem, at + STATE.tlb, CPUS_MAX);
}

/** Returns the name of a word of an instance. */
export function symbol(offset: number): string {
  if (offset >= STATE.page) return `page.${ownedPageName(offset - STATE.page)}`;
  if (offset >= STATE.tlb) return tlbStateName(offset - STATE.tlb);
  if (offset >= STATE.other_mm) return `other_mm.${fieldAt(MM_CONTEXT, offset - STATE.other_mm)}`;
  return offset >= STATE.mm ? `mm.${fieldAt(MM_CONTEXT, offset - STATE.mm)}` : fieldAt(STATE, offset);
}
