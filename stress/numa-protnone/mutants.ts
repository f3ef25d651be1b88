/** The fixes of numa-protnone with one fault each. Called by race.ts. */

import type { Mutants } from '../../lib/sdk/index.js';
import { _PAGE_PRESENT } from '../../lib/sdk/mm.js';
import { _PAGE_PROTNONE, _PAGE_SPECIAL } from '../../lib/sdk/xen.js';
import { BAD_PAGE_MAP, NUMA_ON_PROTNONE, REFAULT } from './about.js';
import type { Config } from './state.js';

export const MUTANTS: Mutants<Config> = {
  'unmarked-natively': {
    of: 'pv-numa',
    change: { pvNuma: false },
    about: 'mprotect() sets the present bit natively, and the page number stays',
    fails: BAD_PAGE_MAP,
  },
  'marked-natively': {
    of: 'pv-numa',
    knobs: { form: 'scanner' },
    change: { pvNuma: false },
    about: 'the scanner clears the present bit natively, and the frame number stays',
    fails: BAD_PAGE_MAP,
  },
  'flags-untranslated': {
    of: 'pv-flags',
    change: { pvFlags: false },
    about: 'the flag helpers do not translate',
    fails: BAD_PAGE_MAP,
  },
  'hints-cleared-on-mprotect': {
    of: 'before-1667918b',
    change: { clearsHints: true },
    about: 'mprotect() takes a PROT_NONE entry for a hinting one',
    fails: BAD_PAGE_MAP,
  },
  'hints-cleared-by-design': {
    of: 'protnone-vma',
    change: { clearsHints: true },
    about: 'the same, where hinting entries are PROT_NONE entries',
    fails: BAD_PAGE_MAP,
  },
  'mfn-without-present': {
    of: 'pv-numa',
    knobs: { form: 'save-restore' },
    change: { translated: _PAGE_PRESENT | _PAGE_PROTNONE },
    about: 'an entry without the present bit holds the number of a machine frame, of which a restore knows nothing',
    fails: BAD_PAGE_MAP,
  },
  'special-anywhere': {
    of: 'soft-bit-special',
    knobs: { xen_global: '0' },
    change: { specialWith: _PAGE_SPECIAL },
    about: 'a hinting entry counts as special, and leads to no page',
    fails: BAD_PAGE_MAP,
  },
  'global-left': {
    of: 'soft-bit',
    knobs: { form: 'scanner', xen_global: '0' },
    change: { setsGlobal: true },
    about: 'the hypervisor sets Global, which is PROT_NONE without the present bit',
    fails: REFAULT,
  },
  'vma-unasked': {
    of: 'protnone-vma-check',
    knobs: { form: 'foll-force' },
    change: { vmaCheck: false },
    about: 'a fault of FOLL_FORCE in an inaccessible VMA is taken for a hinting fault',
    fails: NUMA_ON_PROTNONE,
  },
  'vma-unasked-by-faults': {
    of: 'protnone-vma-check',
    change: { vmaCheck: false },
    about: 'the same, where only the process faults',
    survives: 'do_page_fault() looks at the VMA first: such a process gets a SIGSEGV',
  },
  'access-error-unasked': {
    of: 'protnone-vma',
    knobs: { touch: 'protnone' },
    change: { accessError: false },
    about: 'do_page_fault() does not look at the VMA: a fault in a PROT_NONE VMA is taken for a hinting fault',
    fails: NUMA_ON_PROTNONE,
  },
};
