/** The fixes of should-flush with one fault each. Called by race.ts. */

import type { Mutants } from '../../lib/sdk/index.js';
import { EAGER_MASK, should_flush_tlb, type SwitchForm } from '../../lib/sdk/mm.js';
import { STALE_ACCESS } from '../../lib/sdk/mm.js';
import type { Config } from './state.js';

const FENCED: SwitchForm = { leavesMask: false, announcesFirst: true, fences: true };

export const MUTANTS: Mutants<Config> = {
  'fence-left-out': {
    of: 'switching-fenced',
    memory: 'tso',
    change: { form: { ...FENCED, fences: false } },
    about: 'no barrier stands between the store that says so and the read of tlb_gen',
    fails: STALE_ACCESS,
  },
  'fence-left-out-in-order': {
    of: 'switching-fenced',
    change: { form: { ...FENCED, fences: false } },
    about: 'no barrier stands there, where stores are not buffered',
    survives: 'under sc every store is seen before the next read',
  },
  'announced-late': {
    of: 'switching-fenced',
    change: { form: { ...FENCED, announcesFirst: false } },
    about: 'a CPU reads tlb_gen before it says that its CR3 changes',
    fails: STALE_ACCESS,
  },
  'switching-left-out': {
    of: 'switching-fenced',
    change: { wanted: should_flush_tlb },
    about: 'a flush leaves out CPUs whose CR3 is about to change',
    fails: STALE_ACCESS,
  },
  'left-and-not-used': {
    of: 'switching-fenced',
    change: { form: { ...FENCED, announcesFirst: false }, usesAgain: false },
    about: 'a CPU reads tlb_gen before it says that its CR3 changes, and uses the page no more',
    fails: STALE_ACCESS,
  },
  'not-flushed-and-not-used': {
    of: 'switching-fenced',
    change: { flushes: false, usesAgain: false },
    about: 'the page is not flushed, and nobody uses it any more',
    fails: STALE_ACCESS,
  },
  'lazy-in-front-of-eager': {
    of: 'eager-mask',
    change: { wanted: should_flush_tlb },
    about: 'a flush leaves out CPUs that have something else loaded, in an order that was made for the mask',
    fails: STALE_ACCESS,
  },
  'mask-not-left': {
    of: 'eager-mask',
    change: { form: { ...EAGER_MASK, leavesMask: false } },
    about: 'a CPU stays in the mask when it leaves the address space',
    survives: 'a flush interrupts the whole mask, so a CPU too many is interrupted',
  },
};
