/** Makes the failure reports of a run. Called on the host by run.ts, when the CPUs are at rest. */

import { expectedOutcome } from '../../race/expectation.js';
import type { Race } from '../../race/race.js';
import { cpuBlock, kernelLines, reportFacts, type ReportContext, type ReportFacts } from '../../race/failureReport.js';
import { ACTOR_THREW, STUCK_WORKER, signaturesOf } from '../../machine/signatures.js';
import type { CpuSnapshot, Snapshot } from '../../machine/snapshotView.js';
import { readThrown } from '../../machine/thrown.js';
import type { HostMachine } from './machine.js';
import type { Plan } from '../plan.js';
import { sourceFrames } from '../sourceFrames.js';
import { isJavaScript } from '../../race/kinds.js';
import { codeMark, trialWords } from '../../report/words/world.js';
import { symbolsFor } from './symbols.js';

/** Returns what each CPU was doing when the run was given up. */
export function stuckLines(race: Race, config: unknown, machine: HostMachine): string[] {
  const cpus = machine.cpusNow();
  const calls = machine.callsNow();
  const instance = cpus[0] === undefined ? 0 : machine.instanceOf(0);
  const symbols = symbolsFor(race, config, machine, instance);
  const word = (address: number): number => machine.mem[address];
  return cpus.flatMap((cpu: CpuSnapshot) =>
    cpuBlock(cpu, { word, cpus, calls }, symbols).map((line) => `machine ${machine.index} ${line}`),
  );
}

/** Reads what the code of the race threw first, and where. */
function thrownIn({ mem, map }: HostMachine): { readonly thrown: string; readonly workerStack: readonly string[] } {
  const { what = 'an exception of which nothing is known', frames = [] } = readThrown(mem, map) ?? {};
  return { thrown: what, workerStack: sourceFrames(frames) };
}

/** Frames of what stands in the place of `Atomics`: they say nothing to the author of the code. */
const STAND_IN = /\(?lib[\\/](?:js|machine|race)[\\/]|^at (?:Object|Atomics)\.\w+ \(<anonymous>\)$/;

/** Returns what is otherwise in the report of a race that works on memory of its own: its explanation, and a stack of its own frames. */
function ownContext(
  race: Race,
  machine: HostMachine,
  snapshot: Snapshot,
  thrown: ReturnType<typeof thrownIn> | undefined,
  workerStack: readonly string[],
): Pick<ReportContext, 'own' | 'workerStack'> {
  if (race.kind !== 'actors' || race.own === null) return {};
  const stack =
    thrown?.workerStack ?? (snapshot.signature === STUCK_WORKER ? workerStack : sourceFrames(snapshot.stack));
  return {
    own: race.own.explain(machine.own, snapshot, thrown?.thrown ?? snapshot.message),
    workerStack: stack.filter((frame) => !STAND_IN.test(frame)),
  };
}

/** Returns the facts of the first failure of each signature. `workerStack`: where the first worker that was replaced was. */
export function reportsOf(
  race: Race,
  config: unknown,
  plan: Plan,
  machines: readonly HostMachine[],
  workerStack: readonly string[],
): Record<string, ReportFacts> {
  const reports: Record<string, ReportFacts> = {};
  const { name, mail, commits } = race;
  for (const [i, signature] of signaturesOf(machines[0].declared).entries()) {
    const machine = machines.find((m) => m.snapshot(i) !== undefined);
    const snapshot = machine?.snapshot(i);
    if (machine === undefined || snapshot === undefined) continue;
    const thrown = signature === ACTOR_THREW ? thrownIn(machine) : undefined;
    const isExpected = expectedOutcome(race, plan.variant, plan.knobs, plan.memory) === signature;
    reports[signature] = reportFacts(
      snapshot,
      kernelLines(race, snapshot, config),
      symbolsFor(race, config, machine, snapshot.instance),
      {
        title: `${signature}: race ${plan.race}, variant ${plan.variant}, ${trialWords(codeMark(isJavaScript(race)), snapshot.trial, machine.index)}`,
        known: isExpected && commits.length > 0 ? { race: name, mail, commits } : null,
        workerStack: signature === STUCK_WORKER ? workerStack : sourceFrames(snapshot.stack),
        ...thrown,
        ...ownContext(race, machine, snapshot, thrown, workerStack),
      },
    );
  }
  return reports;
}
