/** Writes kept failures to files, and explains and replays the first of each signature. Called by runs.ts and verifyRows.ts. */

import { once } from 'node:events';
import { hasOwnMemory, type Evidence } from '../../evidence/evidence.js';
import { timelineOf } from '../../evidence/timeline.js';
import type { KeptThreads } from '../../harness/host/keptThreads.js';
import type { LoadedRace } from '../../harness/host/loadRace.js';
import { isProved, prove, type Proof } from '../../harness/replay/prove.js';
import { codeMark } from '../../report/words/world.js';
import type { EvidenceLink } from '../../report/run/document.js';
import { timelineSvg } from '../../report/replay/timelineSvg.js';
import { timelineTable } from '../../report/replay/timelineTable.js';
import { keepEvidence } from './evidenceFiles.js';
import { lineToReplay } from '../replayCommand.js';

/**
 * Writes and explains the failures of a run. Never rejects: what could not be kept or shown is said in the result. All files are
 * written before the first replay; an interrupt leaves the rest unexplained.
 */
export async function proveKept(
  folder: string,
  loaded: LoadedRace,
  kept: readonly Evidence[],
  threads: KeptThreads,
  signal: AbortSignal,
): Promise<EvidenceLink[]> {
  const files = kept.map((evidence) => fileOf(folder, evidence));
  const entries: EvidenceLink[] = [];
  for (const [i, evidence] of kept.entries()) {
    const { signature, machine, trial } = evidence;
    const isFirst = !entries.some((entry) => entry.signature === signature);
    const shown = isFirst
      ? await Promise.race([shownOf(evidence, loaded, threads), interruptedBy(signal)])
      : NOT_LOOKED_AT;
    entries.push({ ...codeMark(hasOwnMemory(evidence)), signature, machine, trial, ...files[i], ...shown });
  }
  return entries;
}

async function interruptedBy(signal: AbortSignal): Promise<Shown> {
  if (!signal.aborted) await once(signal, 'abort');
  return { ...NOT_LOOKED_AT, reason: 'interrupted' };
}

function fileOf(folder: string, evidence: Evidence): Pick<EvidenceLink, 'file' | 'sha256' | 'command' | 'notKept'> {
  try {
    const { path, sha256 } = keepEvidence(folder, evidence);
    return { file: path, sha256, command: lineToReplay(path, evidence), notKept: null };
  } catch (error) {
    return { notKept: firstLine(error) };
  }
}

type Shown = Pick<EvidenceLink, 'accesses' | 'switches' | 'replayed' | 'reason' | 'timeline' | 'timelineSvg'>;

const NOT_LOOKED_AT: Shown = { accesses: null, switches: null, replayed: null, reason: null };

async function shownOf(evidence: Evidence, loaded: LoadedRace, threads: KeptThreads): Promise<Shown> {
  const lent = threads.lendForReplay(evidence.cpus.length);
  try {
    return shownBy(await prove(evidence, loaded, lent));
  } catch (error) {
    return { ...NOT_LOOKED_AT, reason: firstLine(error) };
  } finally {
    await lent.destroy();
  }
}

function shownBy(proof: Proof): Shown {
  const { evidence, explained, reason = null, replay } = proof;
  if (explained === undefined) return { ...NOT_LOOKED_AT, reason };
  const timeline = timelineOf(evidence, explained, replay?.functions);
  return {
    accesses: explained.script.length,
    switches: timeline.switches,
    replayed: replay === undefined ? null : isProved(proof),
    reason,
    timeline: timelineTable(timeline),
    timelineSvg: timelineSvg(timeline, { onWhite: true }),
  };
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0];
}
