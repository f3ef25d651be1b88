/**
 * Does fork() copy a page whose mapping has changed under it, because a fault takes the lock of the VMA alone?
 * Result: buggy Sometimes, merged fix Never
 *
 * Commit: fb49c455323f (6.5).
 * Race:   fork() finds a VMA without anon_vma and clones none. A fault of another thread gives it one, and an anonymous page, before the
 *         PTEs are copied.
 * Fix:    fork() takes the lock of each VMA.
 * Left out: several VMAs, RCU. mmap_lock and the lock of the VMA spin.
 * Run:    npx racehammer run vma-lock-fork
 * Words and the lock of a VMA: vmaLock.ts. Variants and the step labels F, L, P: about.ts.
 */
import {
  READ_ONCE,
  WRITE_ONCE,
  atomic_fetch_and,
  defineRace,
  endWindow,
  enter,
  fail,
  kernelFunction,
  leave,
  outOfReach,
  raceWindow,
  read_lock,
  read_unlock,
  spin_lock,
  spin_unlock,
  step,
  withinReach,
  write_lock,
  write_unlock,
  type Cpu,
} from '../../lib/sdk/index.js';
import { ABOUT, NO_ANON_VMA, S, W } from './about.js';
import { MUTANTS } from './mutants.js';
import {
  ANON_PAGE,
  FILE_PAGE,
  STATE,
  WRITABLE,
  vma_end_read,
  vma_end_write_all,
  vma_start_read,
  vma_start_write,
  type Config,
} from './vmaLock.js';

const F_DUP_MMAP = kernelFunction('dup_mmap');
const F_COPY_PAGE_RANGE = kernelFunction('copy_page_range');
const F_WP_PAGE_COPY = kernelFunction('wp_page_copy');

/** CPU 0: fork() copies the VMA, then its PTEs. */
function dup_mmap(cpu: Cpu, at: number, c: Config): void {
  enter(cpu, F_DUP_MMAP);
  step(cpu, S.F1);
  write_lock(cpu, at + STATE.mmap_lock);
  if (c.startsWrite === 'first') vma_start_write(cpu, at, c.waitsForReaders); // [fix start-write +]
  withinReach(cpu);
  step(cpu, S.F2);
  const anon_vma = READ_ONCE(cpu, at + STATE.anon_vma); // anon_vma_fork()
  WRITE_ONCE(cpu, at + STATE.child_anon_vma, anon_vma);
  if (c.endsWriteEarly) vma_end_write_all(cpu, at);
  raceWindow(cpu, W.W_CLONED);
  if (c.startsWrite === 'late') vma_start_write(cpu, at, c.waitsForReaders); // [fix start-write-late +]
  step(cpu, S.F3);
  if (READ_ONCE(cpu, at + STATE.anon_vma) !== 0) copy_page_range(cpu, at); // vma_needs_copy()
  endWindow(cpu, W.W_CLONED);
  outOfReach(cpu);
  if (!c.endsWriteEarly) vma_end_write_all(cpu, at);
  write_unlock(cpu, at + STATE.mmap_lock);
  leave(cpu);
}

function copy_page_range(cpu: Cpu, at: number): void {
  enter(cpu, F_COPY_PAGE_RANGE);
  step(cpu, S.F4);
  spin_lock(cpu, at + STATE.ptl);
  const pte = READ_ONCE(cpu, at + STATE.pte);
  if ((pte & ANON_PAGE) !== 0) {
    atomic_fetch_and(cpu, at + STATE.pte, ~WRITABLE);
    WRITE_ONCE(cpu, at + STATE.child_pte, pte & ~WRITABLE); // copy_present_pte()
    if (READ_ONCE(cpu, at + STATE.child_anon_vma) === 0)
      fail(
        cpu,
        NO_ANON_VMA,
        'the child maps an anonymous page, and its VMA has no anon_vma',
        at + STATE.child_pte,
        pte,
      );
  }
  spin_unlock(cpu, at + STATE.ptl);
  leave(cpu);
}

/** The other CPUs: threads of the parent that store to the page. */
function handle_mm_fault(cpu: Cpu, at: number, c: Config): void {
  if (c.byVma && vma_start_read(cpu, at, c.rechecks)) {
    if (c.endsReadEarly) vma_end_read(cpu, at);
    if (c.endsReadEarly) raceWindow(cpu, W.W_CHECKED);
    wp_page_copy(cpu, at);
    if (c.endsReadEarly) endWindow(cpu, W.W_CHECKED);
    else vma_end_read(cpu, at);
  } else {
    read_lock(cpu, at + STATE.mmap_lock);
    wp_page_copy(cpu, at);
    read_unlock(cpu, at + STATE.mmap_lock);
  }
}

function wp_page_copy(cpu: Cpu, at: number): void {
  enter(cpu, F_WP_PAGE_COPY);
  step(cpu, S.P1);
  if (READ_ONCE(cpu, at + STATE.anon_vma) === 0) WRITE_ONCE(cpu, at + STATE.anon_vma, 1); // anon_vma_prepare()
  raceWindow(cpu, W.W_PREPARED);
  step(cpu, S.P2);
  spin_lock(cpu, at + STATE.ptl);
  if (READ_ONCE(cpu, at + STATE.pte) === FILE_PAGE) WRITE_ONCE(cpu, at + STATE.pte, ANON_PAGE | WRITABLE);
  spin_unlock(cpu, at + STATE.ptl);
  endWindow(cpu, W.W_PREPARED);
  leave(cpu);
}

export default defineRace({
  ...ABOUT,
  cpus: { min: 2, default: 2 },
  phases: { handle_mm_fault: { min: 0, max: 300 } },
  delays: { W_CLONED: { min: 0, max: 300 }, W_CHECKED: { min: 0, max: 300 }, W_PREPARED: { min: 0, max: 100 } },
  configure: (variant): Config =>
    Object.freeze({
      startsWrite:
        variant === 'start-write-late' ? 'late' : variant === 'buggy' || variant === 'mmap-lock' ? 'never' : 'first',
      byVma: variant !== 'mmap-lock',
      rechecks: variant !== 'no-recheck',
      waitsForReaders: true,
      endsWriteEarly: false,
      endsReadEarly: false,
    }),
  state: STATE,
  init(mem, at) {
    mem[at + STATE.pte] = FILE_PAGE;
    mem[at + STATE.mm_lock_seq] = 1;
  },
  mutants: MUTANTS,
  actors: { dup_mmap, handle_mm_fault },
  role: (cpu) => (cpu === 0 ? { actor: 'dup_mmap', comm: 'parent' } : { actor: 'handle_mm_fault', comm: 'worker' }),
});
