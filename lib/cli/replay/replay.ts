/** `racehammer replay`: a failed trial explained, run again access by access, and shown. */

import { kernelLines } from '../../race/failureReport.js';
import { configOf } from '../../race/kinds.js';
import type { Evidence } from '../../evidence/evidence.js';
import type { Explained } from '../../evidence/explain.js';
import { reduceEvidence } from '../../evidence/reduce.js';
import { encodeEvidence } from '../../evidence/evidenceFile.js';
import { timelineOf, type Timeline } from '../../evidence/timeline.js';
import { misfitOf } from '../../harness/replay/evidenceClaims.js';
import { isProved, prove, type Proof } from '../../harness/replay/prove.js';
import { packageVersion, raceSource } from '../../harness/host/raceSource.js';
import { builtInRaces, type LoadedRace } from '../../harness/host/loadRace.js';
import { Replay } from '../../harness/replay/replay.js';
import { replayDocument, type ReplayFacts } from '../../report/replay/document.js';
import { replayHead, replayReport } from '../../report/replay/text.js';
import { timelineSvg } from '../../report/replay/timelineSvg.js';
import { traceEvents } from '../../report/replay/traceEvents.js';
import { withMutants } from '../../race/mutants.js';
import { loadTyped } from '../chooseRace.js';
import { instrumentedRace } from '../../run/instrumented.js';
import { readEvidence } from '../../run/evidence/readEvidence.js';
import { unknownWord } from '../../run/unknownWord.js';
import type { ReplayFlags } from './options.js';
import { print, printDocument, screen } from '../output.js';
import { OutputFiles, codeOf } from '../outputFiles.js';
import { stepThrough } from './steps.js';
import { requireTrust } from '../../run/evidence/trustedCode.js';
import { UsageError, quoted } from '../../run/usageError.js';

/** The failure was not repeated. */
const NOT_REPLAYED_EXIT = 1;

/** Replays the requested evidence and prints it. Returns the exit code. Throws UsageError. */
export async function replayCommand(file: string, flags: ReplayFlags): Promise<number> {
  const { evidence: given, sha256 } = readEvidence(file);
  const loaded = await raceOf(given, file, flags);
  const files = new OutputFiles([{ what: 'the evidence', path: file }, codeOf(loaded)]);
  files.reserve('--reduce', flags.reduce, 'evidence');
  files.reserve('--trace', flags.trace, 'trace');
  files.reserve('--svg', flags.svg, 'svg');
  const misfit = misfitOf(given, loaded.race);
  if (misfit !== undefined) throw new UsageError(`evidence ${quoted(file)}: ${misfit}`);
  if (flags.until !== undefined && !given.steps.includes(flags.until))
    throw unknownWord('step', flags.until, given.steps, given.race);
  const notes = notesOn(given, loaded);
  if (!flags.json) print([...replayHead(given), ...notes]);
  const { evidence, proof, isReduced } = await reduced(given, loaded, files, flags);
  const { explained, reason, replay } = proof;
  if (explained !== undefined && replay === undefined)
    throw new UsageError(`evidence ${quoted(file)}: cannot be replayed: ${reason}`);
  const timeline = explained === undefined ? undefined : timelineOf(evidence, explained, replay?.functions);
  if (flags.json) {
    draw(timeline, files, flags);
    const document = replayDocument({ path: file, sha256, notes }, evidence, timeline, factsOf(proof));
    printDocument(files.noted(document));
  } else if (explained !== undefined && flags.step) {
    draw(timeline, files, flags);
    const isSame = await stepThrough({ loaded, evidence, ...explained }, timelineOf(evidence, explained));
    return files.exitCode(isSame ? 0 : NOT_REPLAYED_EXIT);
  } else {
    await show(evidence, loaded, timeline, proof, isReduced, flags);
    draw(timeline, files, flags);
  }
  return files.exitCode(isProved(proof) ? 0 : NOT_REPLAYED_EXIT);
}

/** Loads the race that the evidence is of. What its file says is checked before any code that it names is run. */
async function raceOf(
  { race, target, instrumented }: Evidence,
  file: string,
  { trustCode }: ReplayFlags,
): Promise<LoadedRace> {
  const source = `evidence ${quoted(file)}`;
  if (builtInRaces().includes(race) && target !== race)
    throw new UsageError(
      `${source}: says that it is of the built-in race ${race}, but names ${quoted(target)} as its code`,
    );
  requireTrust(source, target, trustCode);
  const loaded = await loadTyped(target);
  return instrumented === true ? instrumentedRace(loaded) : { ...loaded, race: withMutants(loaded.race) };
}

/** Returns the evidence, or what of it is needed for the same failure; a reduction that does not replay is not taken. */
async function reduced(
  evidence: Evidence,
  loaded: LoadedRace,
  files: OutputFiles,
  flags: ReplayFlags,
): Promise<{ evidence: Evidence; proof: Proof; isReduced: boolean }> {
  const proof = await prove(evidence, loaded);
  const whole = (why: string): { evidence: Evidence; proof: Proof; isReduced: boolean } => {
    files.giveUp('--reduce', `was not written: ${why}`);
    return { evidence: proof.evidence, proof, isReduced: false };
  };
  if (proof.explained === undefined || !isProved(proof)) return whole('the failure does not replay');
  const less = flags.reduce === undefined ? undefined : reduceEvidence(proof.evidence, proof.explained);
  if (less === undefined) return whole('the end of the failing trial is not in the record');
  const lessProof = await prove(less.evidence, loaded);
  if (!isProved(lessProof)) return whole('what would be left does not replay');
  const isReduced = files.write('--reduce', () => encodeEvidence(less.evidence));
  return { evidence: lessProof.evidence, proof: lessProof, isReduced };
}

/** Writes the interleaving to the requested files. */
function draw(timeline: Timeline | undefined, files: OutputFiles, flags: ReplayFlags): void {
  if (timeline === undefined) {
    for (const flag of ['--trace', '--svg'])
      files.giveUp(flag, 'was not written: no interleaving explains the failure');
    return;
  }
  files.write('--trace', () => JSON.stringify(traceEvents(timeline)));
  files.write('--svg', () => timelineSvg(timeline, { full: flags.full }));
}

async function show(
  evidence: Evidence,
  loaded: LoadedRace,
  timeline: Timeline | undefined,
  proof: Proof,
  isReduced: boolean,
  flags: ReplayFlags,
): Promise<void> {
  const { explained, replay } = proof;
  const until =
    flags.until === undefined
      ? undefined
      : timeline?.rows.find(({ step, turn }) => step === flags.until && turn >= 0)?.number;
  const config = configOf(loaded.race, evidence.variant, evidence.knobs);
  const reportLines =
    replay?.snapshot === undefined || until !== undefined ? [] : kernelLines(loaded.race, replay.snapshot, config);
  const lines = replayReport(evidence, timeline, {
    ...factsOf(proof),
    kernelLines: reportLines,
    full: flags.full,
    screen: screen(),
    ...(until === undefined ? {} : { until }),
    ...(flags.until === undefined ? {} : { states: await statesAt(evidence, loaded, explained, flags.until) }),
    ...(isReduced && flags.reduce !== undefined ? { reducedTo: flags.reduce } : {}),
  });
  print(lines);
}

function factsOf(proof: Proof): ReplayFacts {
  return { ...proof, accesses: proof.explained?.script.length ?? 0, proved: isProved(proof) };
}

/** Returns what every CPU is doing in front of its first access in a step. */
async function statesAt(
  evidence: Evidence,
  loaded: LoadedRace,
  explained: Explained | undefined,
  step: string,
): Promise<string[]> {
  if (explained === undefined) return [];
  const { trace, script } = explained;
  const turn = timelineOf(evidence, explained).rows.find((row) => row.step === step && row.turn >= 0)?.turn;
  const replay = Replay.start({ loaded, evidence, trace, script });
  try {
    replay.grant(turn ?? script.length);
    await replay.used();
    return replay.states();
  } finally {
    await replay.finish();
  }
}

/** Returns what has changed since the evidence was made. */
function notesOn(evidence: Evidence, loaded: LoadedRace): string[] {
  const version = packageVersion();
  return [
    ...(raceSource(loaded.url) === evidence.source ? [] : [`note: the files of ${evidence.race} have changed since`]),
    ...(version === evidence.versions.racehammer
      ? []
      : [`note: made by racehammer ${evidence.versions.racehammer}, this is ${version}`]),
  ];
}
