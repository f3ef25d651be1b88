/** `racehammer replay`: a failed trial explained, run again access by access, and shown. */

import { kernelLines } from '../race/failureReport.js';
import { writeFileSync } from 'node:fs';
import type { Evidence } from '../evidence/evidence.js';
import type { Explained } from '../evidence/explain.js';
import { reduceEvidence } from '../evidence/reduce.js';
import { timelineOf } from '../evidence/timeline.js';
import { isProved, prove, type Proof } from '../harness/prove.js';
import { packageVersion, raceSource } from '../harness/raceSource.js';
import { builtInRaces, type LoadedRace } from '../harness/loadRace.js';
import { Replay } from '../harness/replay.js';
import { replayDocument, type ReplayFacts } from '../report/replayDocument.js';
import { replayHead, replayReport } from '../report/replayReport.js';
import { timelineSvg } from '../report/timelineSvg.js';
import { traceEvents } from '../report/traceEvents.js';
import { loadTyped } from './chooseRace.js';
import { readEvidence, writeEvidence } from './evidenceFiles.js';
import { unknownWord } from './nearest.js';
import { print, printDocument } from './output.js';
import { stepThrough } from './replaySteps.js';
import { requireTrust } from './trustedCode.js';
import { UsageError, quoted } from './usageError.js';

/** The flags as they were typed. */
export interface ReplayFlags {
  readonly step?: boolean;
  readonly until?: string;
  readonly full?: boolean;
  readonly reduce?: string;
  readonly trace?: string;
  readonly svg?: string;
  readonly trustCode?: boolean;
  readonly json?: boolean;
}

/** The failure was not repeated. */
const NOT_REPLAYED_EXIT = 1;

/** Replays what was asked for and prints it. Returns the exit code. Throws UsageError. */
export async function replayCommand(file: string, flags: ReplayFlags): Promise<number> {
  const { evidence: given, sha256 } = readEvidence(file);
  const loaded = await raceOf(given, file, flags);
  checkFits(given, loaded, file);
  if (flags.until !== undefined && !given.steps.includes(flags.until))
    throw unknownWord('step', flags.until, given.steps, given.race);
  const notes = notesOn(given, loaded);
  if (flags.json !== true) print([...replayHead(given), ...notes]);
  const { evidence, proof } = await reduced(given, loaded, flags);
  const { explained, reason, replay } = proof;
  if (explained !== undefined && replay === undefined)
    throw new UsageError(`evidence ${quoted(file)}: cannot be replayed: ${reason}`);
  if (explained !== undefined && flags.step === true && flags.json !== true)
    return (await stepThrough({ loaded, evidence, ...explained }, timelineOf(evidence, explained)))
      ? 0
      : NOT_REPLAYED_EXIT;
  await show({ path: file, sha256, notes }, evidence, loaded, proof, flags);
  return isProved(proof) ? 0 : NOT_REPLAYED_EXIT;
}

/** Loads the race that the evidence is of. What its file says is checked before any code that it names is run. */
async function raceOf({ race, target }: Evidence, file: string, { trustCode }: ReplayFlags): Promise<LoadedRace> {
  const source = `evidence ${quoted(file)}`;
  if (builtInRaces().includes(race) && target !== race)
    throw new UsageError(
      `${source}: says that it is of the built-in race ${race}, but names ${quoted(target)} as its code`,
    );
  requireTrust(source, target, trustCode);
  return await loadTyped(target);
}

/** The evidence, or what of it is needed for the same failure; a reduction that does not replay is not taken. */
async function reduced(
  evidence: Evidence,
  loaded: LoadedRace,
  flags: ReplayFlags,
): Promise<{ evidence: Evidence; proof: Proof }> {
  const proof = await prove(evidence, loaded);
  if (flags.reduce === undefined || proof.explained === undefined || !isProved(proof)) return { evidence, proof };
  const less = reduceEvidence(evidence, proof.explained);
  const lessProof = less === undefined ? undefined : await prove(less.evidence, loaded);
  if (less === undefined || lessProof === undefined || !isProved(lessProof)) return { evidence, proof };
  writeEvidence(flags.reduce, less.evidence);
  return { evidence: less.evidence, proof: lessProof };
}

/** The file that is replayed. */
interface GivenFile {
  readonly path: string;
  readonly sha256: string;
  /** What is not as it was when the evidence was made. */
  readonly notes: readonly string[];
}

async function show(
  file: GivenFile,
  evidence: Evidence,
  loaded: LoadedRace,
  proof: Proof,
  flags: ReplayFlags,
): Promise<void> {
  const { explained, replay } = proof;
  const timeline = explained === undefined ? undefined : timelineOf(evidence, explained, replay?.functions);
  if (timeline !== undefined) {
    if (flags.trace !== undefined) write('--trace', flags.trace, JSON.stringify(traceEvents(timeline)));
    if (flags.svg !== undefined) write('--svg', flags.svg, timelineSvg(timeline, { full: flags.full === true }));
  }
  if (flags.json === true) {
    const document = replayDocument(file, evidence, timeline, factsOf(proof));
    printDocument(document);
    return;
  }
  const until =
    flags.until === undefined
      ? undefined
      : timeline?.rows.find(({ step, turn }) => step === flags.until && turn >= 0)?.number;
  const config = loaded.race.configure(evidence.variant, evidence.knobs);
  const reportLines =
    replay?.snapshot === undefined || until !== undefined ? [] : kernelLines(loaded.race, replay.snapshot, config);
  const lines = replayReport(evidence, timeline, {
    ...factsOf(proof),
    kernelLines: reportLines,
    full: flags.full === true,
    ...(until === undefined ? {} : { until }),
    ...(flags.until === undefined ? {} : { states: await statesAt(evidence, loaded, explained, flags.until) }),
    ...(flags.reduce === undefined ? {} : { reducedTo: flags.reduce }),
  });
  print(lines);
}

function factsOf(proof: Proof): ReplayFacts {
  return { ...proof, accesses: proof.explained?.script.length ?? 0, proved: isProved(proof) };
}

/** What every CPU is doing in front of its first access in a step. */
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

function checkFits(evidence: Evidence, { race }: LoadedRace, file: string): void {
  const refuse = (what: string): never => {
    throw new UsageError(`evidence ${quoted(file)}: is of ${what}, which this ${race.name} does not have`);
  };
  if (race.name !== evidence.race) refuse(`race ${quoted(evidence.race)}`);
  if (race.variants[evidence.variant] === undefined) refuse(`variant ${quoted(evidence.variant)}`);
  for (const [name, value] of Object.entries(evidence.knobs))
    if (!race.knobs[name]?.values.includes(value)) refuse(`knob ${quoted(`${name}=${value}`)}`);
}

/** What is not as it was when the evidence was made. */
function notesOn(evidence: Evidence, loaded: LoadedRace): string[] {
  const version = packageVersion();
  return [
    ...(raceSource(loaded.url) === evidence.source ? [] : [`note: the files of ${evidence.race} have changed since`]),
    ...(version === evidence.versions.racehammer
      ? []
      : [`note: made by racehammer ${evidence.versions.racehammer}, this is ${version}`]),
  ];
}

function write(flag: string, path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new UsageError(`${flag} ${quoted(path)}: cannot be written: ${(error as Error).message}`);
  }
}
