/** The reports of numa-protnone: what the kernel prints, and what it does not see. */
import type { Snapshot } from '../../lib/sdk/index.js';
import { LOCKDEP_OFF, badPageMap, badRssCounters, dumpStack, pte_pfn, type Mapping } from '../../lib/sdk/mm.js';
import { bugHead, hex } from '../../lib/sdk/oops.js';
import type { FrameTables } from '../../lib/sdk/xen.js';
import { ABOUT, ACCOUNTING, BAD_PAGE_MAP, BAD_RSS, NUMA_ON_PROTNONE } from './about.js';
import { INSTANCE, MM, PFN_A, PFN_B, mmA, pageOf, type Config } from './state.js';

/** Returns the processes by name; a pid for each. */
function mappingOf(s: Snapshot, mm: number): Mapping {
  const first = mm === mmA(s.instance);
  return {
    comm: first ? 'vsftpd' : 'bash',
    pid: first ? 300 : 301,
    mm,
    ptep: mm + MM.pte,
    vmFlags: s.word(mm + MM.vm_flags),
  };
}

/** `detail[0]` is the mm of every failure. */
export function reportLines(s: Snapshot, c: Config): readonly string[] {
  const of = mappingOf(s, s.detail[0]);
  const rss = [s.word(of.mm + MM.rss_file), s.word(of.mm + MM.rss_anon)];
  return [...kernelLines(s, c, of, rss), ...entryLines(s, c, of)];
}

function kernelLines(s: Snapshot, c: Config, of: Mapping, rss: readonly number[]): string[] {
  switch (s.signature) {
    case BAD_PAGE_MAP: {
      const [, val, pfn] = s.detail;
      const page = pfn < 0 ? 0 : pageOf(s.instance, pfn);
      // With its only entry gone the mm's counters are what check_mm() will find.
      const after = s.word(of.ptep) === 0 ? badRssCounters(of.mm, rss) : [];
      return [...badPageMap(s, of, val, pfn, page), ...dumpStack(s, of, c.release), LOCKDEP_OFF, ...after];
    }
    case BAD_RSS:
      return badRssCounters(of.mm, rss);
    case NUMA_ON_PROTNONE:
      if (c.protnone) return [...bugHead(s.message), ...dumpStack(s, runningTask(s, of), c.release)];
      return silent(s);
    default:
      return silent(s);
  }
}

/** Returns the task that faults, on behalf of the process. */
function runningTask(s: Snapshot, of: Mapping): Mapping {
  return { ...of, comm: s.cpus[s.cpu].comm, pid: s.cpus[s.cpu].comm === of.comm ? of.pid : of.pid + 2 };
}

function silent(s: Snapshot): string[] {
  return [`The kernel prints nothing: ${s.message}.`];
}

/** Returns the entry, where it leads, and where it should: what no message of the kernel's says. */
function entryLines(s: Snapshot, c: Config, of: Mapping): string[] {
  const noted = s.word(of.mm + MM.mistagged_at);
  const restored = s.word(s.instance + INSTANCE.restored) !== 0;
  const frames = Array.from(
    { length: c.pfns },
    (_, pfn) => `PFN ${pfn} = ${mfnName(s.word(s.instance + c.p2m + pfn))}`,
  );
  return [
    '',
    `Entry of ${of.comm}: ${describeEntry(s, c, failingEntry(s, of))}. Its page is PFN ${of.mm === mmA(s.instance) ? PFN_A : PFN_B}.`,
    ...(noted === 0
      ? []
      : [`I15 was broken first at ${ABOUT.steps[noted - 1]}: ${describeEntry(s, c, s.word(of.mm + MM.mistagged))}.`]),
    `Frames of the guest${restored ? ', restored' : ''}: ${frames.join(', ')}.`,
  ];
}

/** Returns the entry as the failure has met it. */
function failingEntry(s: Snapshot, of: Mapping): number {
  if (s.signature === BAD_PAGE_MAP) return s.detail[3];
  return s.signature === BAD_RSS || s.signature === ACCOUNTING ? s.word(of.ptep) : s.detail[1];
}

function mfnName(mfn: number): string {
  return mfn < 0 ? 'none' : `MFN ${mfn}`;
}

function describeEntry(s: Snapshot, t: FrameTables, entry: number): string {
  if (entry === 0) return 'none';
  const frame = pte_pfn(entry);
  const text = `0x${hex(entry, 4)}`;
  if ((entry & 1) === 0) return `${text}, not present: frame ${frame}`;
  const owned = ((s.word(s.instance + t.owned) >>> frame) & 1) !== 0;
  return `${text}, present: MFN ${frame}, ${owned ? `which is PFN ${s.word(s.instance + t.m2p + frame)}` : "which is not the guest's"}`;
}
