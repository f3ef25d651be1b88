/** The fixes of gup-fast with one fault each. Called by race.ts. */

import type { Mutants } from '../../lib/sdk/index.js';
import { STALE_PIN, TABLE_REUSED } from './about.js';
import type { Config } from './state.js';

export const MUTANTS: Mutants<Config> = {
  'recheck-left-out': {
    of: 'recheck-pmd',
    change: { rechecksPmd: false },
    about: 'the PMD is not looked at again',
    fails: STALE_PIN,
    alsoFails: [TABLE_REUSED],
  },
  'ipi-left-out': {
    of: 'sync-ipi',
    change: { sendsIpi: false },
    about: 'no interrupt waits for walks',
    fails: TABLE_REUSED,
  },
  'ipi-alone-left-out': {
    of: 'sync-only',
    change: { sendsIpi: false },
    about: 'no interrupt waits for walks, and the PMD is not looked at again',
    fails: STALE_PIN,
    alsoFails: [TABLE_REUSED],
  },
  'irqs-on': {
    of: 'sync-ipi',
    change: { irqsOff: false },
    about: 'the walk has interrupts on, so the interrupt does not wait for it',
    fails: TABLE_REUSED,
  },
  'recheck-beside-ipi-left-out': {
    of: 'sync-ipi',
    change: { rechecksPmd: false },
    about: 'the PMD is not looked at again',
    survives: 'the interrupt has waited for all walks that began before it, and later ones find no PMD',
  },
};
