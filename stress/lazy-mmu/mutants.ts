/** The fixes of lazy-mmu with one fault each. Called by race.ts. */

import type { KnobValues, Mutants } from '../../lib/sdk/index.js';
import {
  BUG_LAZY_MODE,
  BUG_VMALLOC_FAULT,
  FLAGS_MISPLACED,
  UPDATE_STRANDED,
  VMALLOC_LIVELOCK,
  VMALLOC_REFAULT,
} from '../../lib/sdk/paravirt.js';
import type { ABOUT } from './about.js';
import { configure, type Config } from './state.js';

type Values = KnobValues<typeof ABOUT.knobs>;

const DEFAULTS: Values = {
  paging: 'direct',
  queue: '32',
  broken: 'none',
  checks: true,
  migrate: 'sometimes',
  preempt_at: 'drawn',
  section: 'zap',
  kmap_at: 'inside',
};
/** R1 is broken, and nobody looks; the task is preempted at this place. */
const r1 = (preempt_at: Values['preempt_at']) =>
  ({ broken: 'R1', checks: '0', migrate: 'always', preempt_at }) as const;
const r1Values = (preempt_at: Values['preempt_at']): Values => ({ ...DEFAULTS, ...r1(preempt_at), checks: false });

/** Returns the part of the configuration that says how lazy mode works, with one thing otherwise. */
function lazyMode(variant: string, more: Partial<Config['pv']>, values: Partial<Values> = {}): Pick<Config, 'pv'> {
  return { pv: Object.freeze({ ...configure(variant, { ...DEFAULTS, ...values }).pv, ...more }) };
}

/** Returns the context switches of a kernel in which the mode is a CPU's. */
function modeOfTheCpu(values: Values): Partial<Config> {
  const { pv, exiting, creating, kernelThread } = configure('flush-set-pmd', values);
  return { pv, exiting, creating, kernelThread };
}

export const MUTANTS: Mutants<Config> = {
  'flush-left-out': {
    of: 'flush-set-pmd',
    change: lazyMode('flush-set-pmd', { flushAfterSync: false }),
    about: 'the fault handler does not flush',
    fails: VMALLOC_REFAULT,
  },
  'flush-left-out-shadow': {
    of: 'flush-set-pmd',
    knobs: { paging: 'shadow' },
    change: lazyMode('flush-set-pmd', { flushAfterSync: false }, { paging: 'shadow' }),
    about: 'the fault handler does not flush, and the guest sees its entry in its own table',
    fails: VMALLOC_LIVELOCK,
    alsoFails: [VMALLOC_REFAULT],
  },
  'flush-left-out-64': {
    of: 'flush-set-pgd-64',
    change: lazyMode('flush-set-pgd-64', { flushAfterSync: false }, { paging: 'compare64' }),
    about: 'the 64-bit fault handler does not flush',
    fails: BUG_VMALLOC_FAULT,
  },
  'flush-left-out-task': {
    of: 'task-flag',
    change: lazyMode('task-flag', { flushAfterSync: false }),
    about: 'the mode belongs to the task, and the fault handler, which is no interrupt, does not flush',
    fails: VMALLOC_REFAULT,
  },
  'preemption-on-in-the-mode': {
    of: 'enter-preempt-off',
    knobs: r1('before-flush'),
    change: lazyMode('enter-preempt-off', { enterPreemptOff: false }, r1Values('before-flush')),
    about: 'entering the mode leaves preemption on, and a caller has it on',
    fails: UPDATE_STRANDED,
    alsoFails: [BUG_LAZY_MODE],
  },
  'preemption-on-in-the-flush': {
    of: 'flush-preempt-off',
    knobs: r1('flush'),
    change: lazyMode('flush-preempt-off', { flushPreemptOff: false }, r1Values('flush')),
    about: 'the flush leaves preemption on, and a caller has it on',
    fails: BUG_LAZY_MODE,
    alsoFails: [UPDATE_STRANDED],
  },
  'preemption-on-in-the-flush-by-rules': {
    of: 'flush-preempt-off',
    knobs: { migrate: 'always' },
    change: lazyMode('flush-preempt-off', { flushPreemptOff: false }),
    about: 'the flush leaves preemption on, and all rules hold',
    survives: 'each caller of the flush has preemption or interrupts off already: the mail calls the patch a nop',
  },
  'mode-of-the-cpu': {
    of: 'task-flag',
    knobs: r1('before-flush'),
    change: modeOfTheCpu(r1Values('before-flush')),
    about: 'the mode stays with the CPU when its task goes',
    fails: UPDATE_STRANDED,
    alsoFails: [BUG_LAZY_MODE],
  },
  'flags-in-a-per-cpu-word': {
    of: 'flush-set-pmd',
    knobs: r1('flags'),
    change: lazyMode('flush-set-pmd', { flagsToPerCpuWord: true }, r1Values('flags')),
    about: 'interrupt flags are saved into a per-CPU word whose address is taken before they are off',
    fails: FLAGS_MISPLACED,
    alsoFails: [UPDATE_STRANDED, BUG_LAZY_MODE],
  },
};
