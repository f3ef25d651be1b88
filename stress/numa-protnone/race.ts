/**
 * What goes wrong when NUMA hinting borrows the bit of PROT_NONE on Xen PV?   Result: buggy Always, merged fix Never
 *
 * Mail:  R. van Riel, 2014: "the NUMA balancing code should clear _PAGE_PRESENT and set _PAGE_NUMA / _PAGE_PROTNONE".
 * Race:  none. 1667918b6483 (3.12.7) takes a PROT_NONE entry for a hinting one and sets its present bit natively; on Xen
 *        PV that bit says whether the frame is an MFN, so a page number becomes the number of somebody else's frame.
 *        Other CPUs decide who the frame belongs to by then, and who notices: `BUG: Bad page map` or nothing at all.
 * Fix:   29c7787075c9 "mm: use paravirt friendly ops for NUMA hinting ptes" (3.15); the mail's design came in 4.0.
 * Left out: swap, huge pages, file pages, page migration, the TLB.
 * Run:   npx racehammer run numa-protnone
 * Words and first state: state.ts. Paths of one entry: entry.ts. Variants, knobs and the step
 * labels: about.ts.
 */
import {
  READ_ONCE,
  WRITE_ONCE,
  defineRace,
  endWindow,
  enter,
  kernelFunction,
  leave,
  outOfReach,
  raceWindow,
  spin_lock,
  spin_unlock,
  step,
  withinReach,
  type Cpu,
} from '../../lib/sdk/index.js';
import { pte_pfn } from '../../lib/sdk/mm.js';
import { mfn_to_pfn, renumberFrames, rewriteEntry } from '../../lib/sdk/xen.js';
import { ABOUT, S, W } from './about.js';
import {
  access_remote_vm,
  do_anonymous_page,
  page_referenced,
  pagemap_read,
  touch_protnone,
  user_access,
} from './access.js';
import { change_prot_numa, check_mm, mprotect, zap_pte } from './entry.js';
import { MUTANTS } from './mutants.js';
import { reportLines } from './report.js';
import {
  CONTENT_A,
  CONTENT_B,
  INSTANCE,
  MM,
  VM_ANON,
  VM_READ,
  VM_WRITE,
  configure,
  mmA,
  mmB,
  reset,
  symbol,
  type Config,
} from './state.js';

const F_DO_EXIT = kernelFunction('do_exit');
const F_EXIT_MMAP = kernelFunction('exit_mmap');
const F_MADVISE_DONTNEED = kernelFunction('madvise_dontneed');
const F_DO_SUSPEND = kernelFunction('do_suspend');

/** CPU 0: a process maps a page, makes it inaccessible and accessible again, and exits. */
function protect_and_exit(cpu: Cpu, instance: number, c: Config): void {
  protect(cpu, instance, c, false);
  finish(cpu, instance, c);
}

/** N0 to N3. On a machine of one CPU whatever should come in between is done here: `alone`. */
function protect(cpu: Cpu, instance: number, c: Config, alone: boolean): void {
  const mm = mmA(instance);
  step(cpu, S.N0);
  do_anonymous_page(cpu, mm, c);
  step(cpu, S.N1);
  mprotect(cpu, mm, c, VM_ANON);
  raceWindow(cpu, W.W_PROTNONE);
  if (c.touch === 'protnone') touch_protnone(cpu, mm, c);
  if (alone && c.form === 'save-restore') save_and_restore(cpu, instance, c);
  if (alone && c.form === 'foll-force') access_remote_vm(cpu, mm, c);
  step(cpu, S.N2);
  mprotect(cpu, mm, c, c.touch === 'write' ? VM_ANON | VM_READ | VM_WRITE : VM_ANON | VM_READ);
  endWindow(cpu, W.W_PROTNONE);
}

/** From N3 on the entry may be anybody's. */
function finish(cpu: Cpu, instance: number, c: Config): void {
  raceWindow(cpu, W.W_MAPPED_AGAIN);
  if (c.touch === 'read' || c.touch === 'write') user_access(cpu, mmA(instance), c, CONTENT_A, c.touch === 'write');
  exit_mm(cpu, mmA(instance), c, S.N4);
  endWindow(cpu, W.W_MAPPED_AGAIN);
}

/** CPU 0 of `form=scanner`: the process marks its page in task_work, then touches it and takes the hinting fault. */
function scan_and_exit(cpu: Cpu, instance: number, c: Config): void {
  const mm = mmA(instance);
  step(cpu, S.N0);
  do_anonymous_page(cpu, mm, c);
  step(cpu, S.K1);
  change_prot_numa(cpu, mm, c);
  raceWindow(cpu, W.W_HINTED);
  user_access(cpu, mm, c, CONTENT_A, true);
  endWindow(cpu, W.W_HINTED);
  exit_mm(cpu, mm, c, S.N4);
}

/** Exit: all pages are unmapped, then the counters must be zero. */
function exit_mm(cpu: Cpu, mm: number, c: Config, at: number): void {
  enter(cpu, F_DO_EXIT);
  step(cpu, at);
  enter(cpu, F_EXIT_MMAP);
  zap_pte(cpu, mm, c);
  leave(cpu);
  check_mm(cpu, mm);
  leave(cpu);
}

/** The process that owns the wrong page uses it. */
function use_page(cpu: Cpu, instance: number, c: Config): void {
  withinReach(cpu);
  user_access(cpu, mmB(instance), c, CONTENT_B, true);
  outOfReach(cpu);
}

/** CPU 1: it exits, too. The later of the two exits finds the page unmapped. */
function use_page_and_exit(cpu: Cpu, instance: number, c: Config): void {
  use_page(cpu, instance, c);
  exit_owner(cpu, instance, c);
}

function exit_owner(cpu: Cpu, instance: number, c: Config): void {
  withinReach(cpu);
  exit_mm(cpu, mmB(instance), c, S.B1);
  outOfReach(cpu);
}

/** `form=scanner`: another CPU looks at the entry, by way of what the knob says. */
function read_entry(cpu: Cpu, instance: number, c: Config): void {
  withinReach(cpu);
  if (c.reader === 'pagemap') pagemap_read(cpu, mmA(instance), c);
  else if (c.reader === 'reclaim') page_referenced(cpu, mmA(instance), c);
  else madvise_dontneed(cpu, mmA(instance), c);
  outOfReach(cpu);
}

function read_entry_and_exit(cpu: Cpu, instance: number, c: Config): void {
  read_entry(cpu, instance, c);
  exit_owner(cpu, instance, c);
}

/** Another thread of the process gives the page back. */
function madvise_dontneed(cpu: Cpu, mm: number, c: Config): void {
  enter(cpu, F_MADVISE_DONTNEED);
  step(cpu, S.R1);
  spin_lock(cpu, mm + MM.mmap_sem);
  step(cpu, S.R2);
  zap_pte(cpu, mm, c);
  spin_unlock(cpu, mm + MM.mmap_sem);
  leave(cpu);
}

/** `form=save-restore`: the guest goes to other machine frames. The PTE locks stand for its CPUs being stopped at a safe place. */
function save_and_restore(cpu: Cpu, instance: number, c: Config): void {
  const a = mmA(instance);
  const b = mmB(instance);
  enter(cpu, F_DO_SUSPEND);
  step(cpu, S.S1);
  spin_lock(cpu, a + MM.page_table_lock);
  spin_lock(cpu, b + MM.page_table_lock);
  withinReach(cpu);
  const entryA = READ_ONCE(cpu, a + MM.pte);
  const entryB = READ_ONCE(cpu, b + MM.pte);
  const pfnA = mfn_to_pfn(cpu, c, pte_pfn(entryA));
  const pfnB = mfn_to_pfn(cpu, c, pte_pfn(entryB));
  step(cpu, S.S2);
  renumberFrames(cpu, c, c.after);
  WRITE_ONCE(cpu, instance + INSTANCE.restored, 1);
  step(cpu, S.S3);
  rewriteEntry(cpu, a + MM.pte, entryA, pfnA, c.after);
  rewriteEntry(cpu, b + MM.pte, entryB, pfnB, c.after);
  outOfReach(cpu);
  spin_unlock(cpu, b + MM.page_table_lock);
  spin_unlock(cpu, a + MM.page_table_lock);
  leave(cpu);
}

function save_restore_and_exit(cpu: Cpu, instance: number, c: Config): void {
  save_and_restore(cpu, instance, c);
  exit_owner(cpu, instance, c);
}

/** `form=foll-force`: a debugger, or the process itself by /proc/self/mem, writes to the page whatever its protection. */
function poke(cpu: Cpu, instance: number, c: Config): void {
  withinReach(cpu);
  access_remote_vm(cpu, mmA(instance), c);
  outOfReach(cpu);
}

function poke_and_exit(cpu: Cpu, instance: number, c: Config): void {
  poke(cpu, instance, c);
  exit_owner(cpu, instance, c);
}

/**
 * A machine of one CPU: everything runs one after another, and the owner of the page exits before N4. The scanner marks
 * the page twice: first the process takes its fault, then another path uses the entry before it does.
 */
function one_cpu(cpu: Cpu, instance: number, c: Config): void {
  if (c.form !== 'scanner') {
    protect(cpu, instance, c, true);
    use_page_and_exit(cpu, instance, c);
    finish(cpu, instance, c);
    return;
  }
  const mm = mmA(instance);
  step(cpu, S.N0);
  do_anonymous_page(cpu, mm, c);
  change_prot_numa(cpu, mm, c);
  user_access(cpu, mm, c, CONTENT_A, true);
  change_prot_numa(cpu, mm, c);
  read_entry_and_exit(cpu, instance, c);
  user_access(cpu, mm, c, CONTENT_A, true);
  exit_mm(cpu, mm, c, S.N4);
}

const ROLES = {
  mprotect: [
    { actor: 'protect_and_exit', comm: 'vsftpd' },
    { actor: 'use_page_and_exit', comm: 'bash' },
    { actor: 'use_page', comm: 'bash' },
  ],
  scanner: [
    { actor: 'scan_and_exit', comm: 'vsftpd' },
    { actor: 'read_entry_and_exit', comm: 'bash' },
    { actor: 'read_entry', comm: 'bash' },
  ],
  'save-restore': [
    { actor: 'protect_and_exit', comm: 'vsftpd' },
    { actor: 'save_restore_and_exit', comm: 'migration/1' },
    { actor: 'use_page', comm: 'bash' },
  ],
  'foll-force': [
    { actor: 'protect_and_exit', comm: 'vsftpd' },
    { actor: 'poke_and_exit', comm: 'gdb' },
    { actor: 'poke', comm: 'gdb' },
  ],
};
const ALONE = { actor: 'one_cpu', comm: 'vsftpd' };

export default defineRace({
  ...ABOUT,
  interrupts: [],
  cpus: { min: 1, default: 2 },
  phases: {
    use_page_and_exit: { min: 0, max: 400 },
    read_entry_and_exit: { min: 300, max: 1200 },
    read_entry: { min: 300, max: 1200 },
    save_restore_and_exit: { min: 300, max: 1200 },
    poke_and_exit: { min: 300, max: 1200 },
    poke: { min: 300, max: 1200 },
  },
  delays: {
    W_PROTNONE: { min: 20, max: 80 },
    W_MAPPED_AGAIN: { min: 0, max: 100 },
    W_HINTED: { min: 100, max: 300 },
  },
  actors: {
    protect_and_exit,
    scan_and_exit,
    use_page_and_exit,
    use_page,
    read_entry_and_exit,
    read_entry,
    save_restore_and_exit,
    poke_and_exit,
    poke,
    one_cpu,
  },
  configure,
  mutants: MUTANTS,
  instanceWords: () => INSTANCE.WORDS,
  reset,
  role: (cpu, cpus, c) => (cpus === 1 ? ALONE : ROLES[c.form as keyof typeof ROLES][Math.min(cpu, 2)]),
  symbol,
  report: reportLines,
});
