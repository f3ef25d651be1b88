/** Shows a failure in three lines: what it is, where, and what was accessed or who waits for whom. Called by brief.ts and `verify`. */

import type { CpuFacts } from '../../race/failureFacts.js';
import type { ReportFacts } from '../../race/failureReport.js';
import { counted } from '../format/numbers.js';

/** Members of a cycle that are shown. */
const MEMBERS_MAX = 2;

/** Returns the lines of a failure: its class, then where and what. */
export function failureLines(facts: ReportFacts): string[] {
  const { explanation, message, kernel, cycle } = facts;
  if (isHang(facts)) {
    const [headline, ...sentences] = explanation;
    const shown = sentences.slice(0, MEMBERS_MAX).map((line) => line.trim());
    const left = Math.max(cycle.length, sentences.length) - shown.length;
    return [headline, ...shown, ...(left > 0 ? [`and ${counted(left, 'line')} more`] : [])];
  }
  const [own = ''] = explanation;
  const what = facts.ownMemory === true && own !== '' ? own : (kernel[0] ?? message);
  return [what.trim(), whereWords(facts), ...lastAccess(facts)];
}

/** Whether the headline of the explanation is that of the signature: `LOST WAKE-UP: ...` of `lost-wake-up`. */
function isHang({ signature, explanation: [headline = ''] }: ReportFacts): boolean {
  const plain = (text: string): string => text.toLowerCase().replace(/[^a-z]/g, '');
  return plain(headline).startsWith(plain(signature));
}

/** Returns "CPU 1 (cc1) at R5, in page_referenced_one < page_referenced_file, trial 267". */
function whereWords(facts: ReportFacts): string {
  const { cpu: id, cpus, trial, ownMemory } = facts;
  const cpu = cpus.find((one) => one.cpu === id);
  const name = `${ownMemory === true ? 'thread' : 'CPU'} ${id}`;
  if (cpu === undefined) return `${name}, trial ${trial}`;
  const at = cpu.step === '-' ? '' : ` at ${cpu.step}`;
  const frames = cpu.callTrace.length === 0 ? cpu.actor : cpu.callTrace.map(({ fn }) => fn).join(' < ');
  const who = cpu.comm === cpu.actor ? '' : ` (${cpu.comm})`;
  return `${name}${who}${at}, in ${frames}, trial ${trial}`;
}

/** Returns the last access of the CPU that failed; none where nothing was recorded. */
function lastAccess({ cpu: id, cpus }: ReportFacts): string[] {
  const steps = cpus.find((one) => one.cpu === id)?.lastSteps ?? [];
  const end = steps.findIndex(({ what }) => what === FAILS);
  const access = steps.slice(0, end < 0 ? undefined : end).findLast(isAccess);
  return access === undefined ? [] : [`last access: ${access.what}${access.step === '-' ? '' : `, at ${access.step}`}`];
}

/** What the record of a failure is called. */
const FAILS = 'the trial fails';

/** Whether a word was read or written: `mm.pt is 0x3`, `mm.pt 0x3 -> 0x5 (write)`. */
function isAccess({ what }: CpuFacts['lastSteps'][number]): boolean {
  return / is \S+$| -> /.test(what);
}
