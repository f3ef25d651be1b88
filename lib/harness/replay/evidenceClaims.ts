/**
 * Compares a file of evidence with the race and with its replay. Called on the host by replay.ts and lib/cli/replay/replay.ts.
 *
 * What a file of evidence says beside its records: of the race, before anything of it is run, and of the failure, once that has
 * come again. "The same failure" is said of evidence whose every claim was found so.
 */

import { RECORD_WORDS, cycleMembers, cycleOf, processorsOf, type Evidence } from '../../evidence/evidence.js';
import { lineWords } from '../../machine/lineTable.js';
import { OP, OP_MASK } from '../../machine/recorder.js';
import { DEADLOCK, HANGS, isTimed, signaturesOf } from '../../machine/signatures.js';
import type { Snapshot } from '../../machine/snapshotView.js';
import { outcomeSignature } from '../../machine/outcome.js';
import { ringEntriesOf } from '../../race/bootMachine.js';
import { partsOf } from '../../race/kinds.js';
import type { ActorRace, Race } from '../../race/race.js';
import { placesOf } from '../../race/tasks.js';
import { chanceOf } from '../draws.js';

/** Returns what the evidence says that is otherwise with this race, in words; undefined if all of it fits. */
export function misfitOf(evidence: Evidence, race: Race): string | undefined {
  if (race.kind === 'litmus') return `is of ${race.name}, a litmus race, of which nothing is recorded`;
  return (
    wrongNames(evidence, race) ??
    wrongKnobs(evidence, race) ??
    wrongCpus(evidence, race) ??
    wrongSignature(evidence, race)
  );
}

function wrongNames(evidence: Evidence, race: ActorRace): string | undefined {
  const isOf = (what: string): string => `is of ${what}, which this ${race.name} does not have`;
  if (race.name !== evidence.race) return isOf(`race ${shown(evidence.race)}`);
  if (!Object.hasOwn(race.variants, evidence.variant)) return isOf(`variant ${shown(evidence.variant)}`);
  const lists = {
    steps: race.steps,
    windows: race.windows,
    handlers: race.interrupts.map((handler) => handler.name),
    lines: partsOf(race).lines.map(lineWords),
  };
  for (const [what, declared] of Object.entries(lists) as [keyof typeof lists, readonly string[]][])
    if (JSON.stringify(evidence[what] ?? []) !== JSON.stringify(declared)) return `has other ${what} than ${race.name}`;
  return undefined;
}

function wrongKnobs({ knobs }: Evidence, race: ActorRace): string | undefined {
  const wrong = Object.entries(knobs).find(
    ([name, value]) => !Object.hasOwn(race.knobs, name) || !race.knobs[name].values.includes(value),
  );
  if (wrong !== undefined) return `is of knob ${shown(wrong.join('='))}, which this ${race.name} does not have`;
  const missing = Object.keys(race.knobs).find((name) => !Object.hasOwn(knobs, name));
  return missing === undefined ? undefined : `does not say what knob ${missing} was`;
}

function wrongCpus(evidence: Evidence, race: ActorRace): string | undefined {
  const { cpus, seed, machine, trial } = evidence;
  const processors = processorsOf(evidence);
  const { min, max = processors } = race.cpus;
  if (processors < min || processors > max) return `has ${processors} CPUs, and ${race.name} runs on ${min} to ${max}`;
  if (cpus.length !== placesOf(race, processors))
    return `has ${cpus.length} tasks on ${processors} CPUs, where ${race.name} has ${placesOf(race, processors)}`;
  const config = race.configure(evidence.variant, evidence.knobs);
  for (const [id, { actor, comm, chance, records, written }] of cpus.entries()) {
    const role = race.role(id, processors, config);
    if (role.actor !== actor || role.comm !== comm)
      return `has ${shown(`${comm}, ${actor}`)} on CPU ${id}, where ${race.name} has ${shown(`${role.comm}, ${role.actor}`)}`;
    if (chanceOf(seed, machine, id, trial) !== chance)
      return `has another number drawn for CPU ${id} than seed ${seed} gives for trial ${trial} of machine ${machine}`;
    const kept = records.length / RECORD_WORDS;
    if (written > kept && kept !== ringEntriesOf(cpus.length))
      return `has ${kept} of ${written} records of CPU ${id}, and a ring keeps ${ringEntriesOf(cpus.length)}`;
  }
  return undefined;
}

function wrongSignature({ signature, cpus }: Evidence, race: ActorRace): string | undefined {
  const signatures = signaturesOf(Object.keys(race.signatures));
  if (!signatures.includes(signature))
    return `is of signature ${shown(signature)}, which this ${race.name} does not have`;
  for (const { records } of cpus) {
    for (let i = 0; i < records.length; i += RECORD_WORDS) {
      const recorded = signatures[outcomeSignature(records[i + 3])];
      if ((records[i] & OP_MASK) === OP.FAILED && records[i + 2] === 0 && recorded !== signature)
        return `is of signature ${signature}, and its record of ${recorded}`;
    }
  }
  return undefined;
}

/** Returns what the evidence says of the failure that is otherwise in a replay, in words; undefined if all of it came again. */
export function otherFailure(evidence: Evidence, replayed: Snapshot): string | undefined {
  const { signature, cpu, message } = evidence;
  if (replayed.signature !== signature) return `it fails as ${replayed.signature}`;
  if (replayed.cpu !== cpu) return `it fails on CPU ${replayed.cpu}`;
  if (replayed.message !== message && !isOfWatchdog(evidence)) return `its message is ${shown(replayed.message)}`;
  // Any member may have been named first.
  const isOther = cycleOf(replayed, DEADLOCK).join() !== cycleOf(evidence, DEADLOCK).join();
  return isOther ? 'it is another cycle' : undefined;
}

/**
 * Returns the details of a failure that came again with others, in words; undefined if they are the same. They are no
 * proof of another failure: a check may describe what it has found with looks that leave no record.
 */
export function otherDetails(evidence: Evidence, replayed: Snapshot): string | undefined {
  // What goes by time has its details from the evidence; of a cycle any member may have been named first.
  if (isTimed(evidence.signature)) return undefined;
  const from = evidence.signature === DEADLOCK ? 1 + cycleMembers(evidence).length : 0;
  const [was, is] = [evidence, replayed].map(({ detail }) => detail.slice(from).join(', '));
  return was === is ? undefined : `its details are ${is} now, and ${was} in the evidence`;
}

/** Whether a hang was proved from outside: its message says so. In a replay the CPU proves it itself. */
function isOfWatchdog({ signature, message }: Evidence): boolean {
  return HANGS.includes(signature) && message === `${signature}, found by the watchdog`;
}

/** Returns a name of a file, on one line. */
function shown(name: string): string {
  return JSON.stringify(name.slice(0, 60));
}
