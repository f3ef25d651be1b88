/**
 * Goal: the host reads a machine whose memory may hold anything: it looks nothing up by what it finds there unless that can be.
 * Method: machines full of drawn words, small and large; whatever the host reads while a run goes on, read from them.
 */
import test from 'ava';
import { configOf } from '../../lib/race/kinds.js';
import { Accuser } from '../../lib/harness/watch/accuser.js';
import { awaitedThreads, cpusInRaceCode } from '../../lib/harness/watch/awaited.js';
import { EvidenceKeeper } from '../../lib/harness/host/evidenceOf.js';
import { loadRace, raceUrl } from '../../lib/harness/host/loadRace.js';
import { HostMachine } from '../../lib/harness/host/machine.js';
import { PlaceWatch } from '../../lib/harness/watch/placeWatch.js';
import { spoiltBy } from '../../lib/harness/host/spoilt.js';
import { Suspects } from '../../lib/harness/watch/suspects.js';
import { TrialClock } from '../../lib/harness/watch/trialClock.js';
import { blockOf } from '../../lib/machine/cpu.js';
import { CPU, MACHINE, SIGNATURES_MAX } from '../../lib/machine/layout.js';
import { draw } from '../../lib/machine/random.js';
import { readThrown } from '../../lib/machine/thrown.js';
import { RaceFault } from '../../lib/race/raceFault.js';
import { planOf } from '../stress/plan.js';

const MACHINES = 12;
const NO_ACCOUNTS = { look: () => null, processMs: () => 0 };

const { race, url } = await loadRace(raceUrl('canary') ?? '');

/** A drawn word: anything at all, a small number, or one bit. */
function word(seed: number, at: number): number {
  const drawn = draw(seed, 1, at);
  const kind = drawn & 3;
  return kind === 0 ? drawn : kind === 1 ? 0 : kind === 2 ? (drawn >>> 8) % 5 : 1 << ((drawn >>> 8) & 31);
}

/** What the host reads while CPUs run, piece by piece. */
function* readings(machine: HostMachine, config: unknown): Generator<() => unknown> {
  const plan = planOf({ race, url }, { variant: 'lock-cycle', trials: 100 });
  const clock = new TrialClock(NO_ACCOUNTS);
  const suspects = new Suspects(machine, clock);
  const accuser = new Accuser(machine, () => 1);
  const cpus = machine.map.shape.cpus;
  yield () => machine.counts();
  yield () => machine.cpusNow();
  yield () => machine.callsNow();
  yield () => awaitedThreads(machine);
  yield () => cpusInRaceCode(machine);
  yield () => new PlaceWatch(machine, 50, NO_ACCOUNTS).tick();
  yield () => suspects.look();
  yield () => accuser.findFromOutside(suspects.all);
  for (const suspect of suspects.all) yield () => accuser.starvation(suspect, 1, true);
  for (let s = 0; s < machine.map.shape.signatures; s++) yield () => machine.snapshot(s);
  yield () => readThrown(machine.mem, machine.map);
  yield () => new EvidenceKeeper(race, config, { ...plan, keep: 1 }, [machine]).collect();
  for (let c = 0; c < cpus; c++) yield () => machine.nameOf(machine.mem[blockOf(machine.map, c) + CPU.wait]);
}

test('a machine that was stored over is read without a word that leads elsewhere', (t) => {
  const plan = planOf({ race, url }, { variant: 'lock-cycle', trials: 100 });
  const config: unknown = configOf(race, plan.variant, plan.knobs);
  let refused = 0;
  for (let seed = 1; seed <= MACHINES; seed++) {
    const machine = new HostMachine(race, config, { ...plan, keep: 1 }, 0);
    const { mem, map } = machine;
    for (let w = 0; w < map.words; w++) mem[w] = word(seed, w);
    for (let w = 0; w < SIGNATURES_MAX / 32; w++) mem[map.machine + MACHINE.captured + w] = -1;
    const { cpus } = map.shape;
    t.true(machine.cpusNow().every(({ task }) => task < cpus));
    t.true(awaitedThreads(machine).every(({ thread }) => thread < cpus));
    for (const read of readings(machine, config)) {
      try {
        read();
      } catch (error) {
        if (!(error instanceof RaceFault)) throw error;
        refused++;
      }
    }
    t.true(spoiltBy(plan, [machine], true) instanceof RaceFault);
  }
  t.true(refused > 0);
});
