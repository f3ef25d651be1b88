/** Describes one record of a trial in words. Called on the host by failureFacts.ts. */

import { BUFFERED, VISIBLE } from '../machine/recorder.js';
import type { RecordedStep } from '../machine/snapshotView.js';

const MARKERS: Record<string, string> = {
  irq_enter: 'interrupt',
  irq_exit: 'interrupt done',
  died: 'dies',
  thrown_out: 'is thrown out',
  actor_end: 'done',
  left_loop: 'leaves a loop of reads',
  failed: 'the trial fails',
};

/** Describes one record in words. */
export function recordWords(r: RecordedStep, symbols: (address: number) => string): string {
  if (r.line !== undefined) return r.line;
  if (r.op in MARKERS) return MARKERS[r.op];
  if (r.window !== undefined) return `${r.window} ${r.after === 1 ? 'opens' : 'closes'}`;
  if (r.op === 'gave_up') return `gives up waiting for ${symbols(r.address)}`;
  if (r.op === 'fence') return 'smp_mb()';
  const value = (n: number): string => `0x${(n >>> 0).toString(16).padStart(3, '0')}`;
  const becomes = (r.flags & VISIBLE) === 0 ? '' : ', becomes visible';
  if ((r.flags & BUFFERED) !== 0) {
    const name = symbols(r.address);
    if (r.op === 'read') return `${name} is ${value(r.after)} (from its own store buffer)`;
    return r.op === 'release' ? `unlock ${name} (buffered)` : `${name} := ${value(r.after)} (write, buffered)`;
  }
  if (r.op === 'acquire') return `lock ${symbols(r.address)}`;
  if (r.op === 'release') return `unlock ${symbols(r.address)}${becomes}`;
  if (r.op === 'read') return `${symbols(r.address)} is ${value(r.after)}`;
  return `${symbols(r.address)} ${value(r.before)} -> ${value(r.after)} (${r.op}${becomes})`;
}
