/** The fixes of vma-lock-fork with one fault each. Called by race.ts. */

import type { Mutants } from '../../lib/sdk/index.js';
import { NO_ANON_VMA } from './about.js';
import type { Config } from './vmaLock.js';

export const MUTANTS: Mutants<Config> = {
  unlocked: {
    of: 'start-write',
    change: { startsWrite: 'never' },
    about: 'fork() does not lock the VMA',
    fails: NO_ANON_VMA,
  },
  'locked-behind-the-clone': {
    of: 'start-write',
    change: { startsWrite: 'late' },
    about: 'fork() locks the VMA when it has looked for its anon_vma',
    fails: NO_ANON_VMA,
  },
  'one-look': {
    of: 'start-write',
    change: { rechecks: false },
    about: 'a fault compares the numbers in front of its trylock alone',
    fails: NO_ANON_VMA,
  },
  'number-without-lock': {
    of: 'start-write',
    change: { waitsForReaders: false },
    about: 'the writer writes its number without the lock, and does not wait for faults under way',
    fails: NO_ANON_VMA,
  },
  'unlocked-behind-the-clone': {
    of: 'start-write',
    change: { endsWriteEarly: true },
    about: 'fork() unlocks the VMA when it has cloned its anon_vma, before it copies the PTEs',
    fails: NO_ANON_VMA,
  },
  'unlocked-before-the-fault': {
    of: 'start-write',
    change: { endsReadEarly: true },
    about: 'a fault unlocks the VMA before it is handled',
    fails: NO_ANON_VMA,
  },
  'faults-by-vma': {
    of: 'mmap-lock',
    change: { byVma: true },
    about: 'a fault takes the lock of the VMA, which fork() does not take',
    fails: NO_ANON_VMA,
  },
  'one-look-unused': {
    of: 'mmap-lock',
    change: { rechecks: false },
    about: 'a fault compares the numbers in front of its trylock alone',
    survives: 'faults take mmap_lock, and look at no number',
  },
};
