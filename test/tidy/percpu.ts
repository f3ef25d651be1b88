import { mask } from './mask.js';
import { lineAt, within, type Rule } from './source.js';

/** What is no code of the modelled kernel: hardware, auditors, and what the harness looks at between trials. */
const OUTSIDE_THE_KERNEL = [
  'lib/kernel/percpu.ts',
  'lib/mm/tlb.ts',
  'lib/mm/pcidTlb.ts',
  'lib/mm/takenDirty.ts',
  'lib/arch/ppc64/audit.ts',
  'lib/arch/ppc64/batch.ts',
];

/** A report reads a copy of the area of a CPU that stands still. */
const REPORT = /(?:^|\/|\.)(?:report|oops)\.ts$/;

const BY_HAND = /\bownWords\(|\bcpu\.percpu\b/g;

/**
 * Between the address of a per-CPU word and its use a task can be preempted, wherever the kernel is preemptible: modelled
 * code takes such addresses by this_cpu_ptr(), which has a place for it.
 */
export const perCpuWordsCanBePreempted: Rule = (files) =>
  within(files, 'lib/kernel', 'lib/mm', 'lib/arch', 'stress')
    .filter(({ path }) => !OUTSIDE_THE_KERNEL.includes(path) && !REPORT.test(path))
    .flatMap(({ path, text }) =>
      Array.from(mask(text).code.matchAll(BY_HAND), (match) => {
        const remedy = 'Take it by this_cpu_ptr() or raw_cpu_ptr(), or use it by this_cpu_read() or this_cpu_write().';
        return `${path}:${lineAt(text, match.index)}: "${match[0]}" hides where a task can be preempted. ${remedy}`;
      }),
    );
