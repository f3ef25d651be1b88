/**
 * Goal: for every variant and every combination of knobs that makes a difference, what is expected is what happens, and
 * where nothing is expected nothing does: on one CPU, and on two for each instant at which one's work can fall into the
 * other's.
 * Method: both CPUs in this thread. One runs; at its n-th instruction boundary, if it holds no lock, the other does all its
 * work; for every n, and with their parts exchanged.
 */
import test from 'ava';
import { loadInstructions } from '../../lib/harness/host/loadInstructions.js';
import { instanceAt, type Cpu } from '../../lib/machine/cpu.js';
import { CPU } from '../../lib/machine/layout.js';
import { signaturesOf } from '../../lib/machine/signatures.js';
import { ABANDONED, IRR_LEAVING, trialTag, outcomeSignature } from '../../lib/machine/outcome.js';
import { bootCpu, machineFor } from '../../lib/race/bootMachine.js';
import { expectedOutcome, type Knobs } from '../../lib/race/expectation.js';
import { knobsFor } from '../../lib/race/knobs.js';
import { allocateMemory } from '../../lib/sharedarraybuffer-utils/index.js';
import race from '../../stress/numa-protnone/race.js';
import type { Config } from '../../stress/numa-protnone/state.js';

/** A bit of `irr` that requests nothing, so that every boundary of the CPU comes to the trap. */
const EVERY_BOUNDARY = 1 << 20;
/** The rest of turn-taking: nobody waits for a turn here. */
const NO_TURNS = { finish() {}, standAside() {}, moved() {} };
const SIGNATURES = signaturesOf(Object.keys(race.signatures));

const anyConfig = race.configure('buggy', knobsFor(race, 'buggy', {}));
const map = machineFor(race, anyConfig, { cpus: 2, instances: 1, orderTurns: 0 });
const memory = allocateMemory(map.words);
const instructions = loadInstructions();
const budget = { min: 1, max: 1, parkMsMax: 1 };
const cpus = [0, 1].map((id) =>
  bootCpu(race, anyConfig, {
    memory,
    instructions,
    map,
    id,
    machine: 0,
    budget,
    recording: false,
    lockdep: false,
    hostStartMs: 0,
  }),
);
const { mem } = cpus[0];
const instance = instanceAt(map, 0);
for (const cpu of cpus) Atomics.or(mem, cpu.irr, EVERY_BOUNDARY);
let trial = 0;

function begin(config: Config): void {
  trial++;
  race.reset(mem, instance, config);
  for (const cpu of cpus) {
    cpu.instance = instance;
    cpu.trialTag = trialTag(trial);
    cpu.lockstep = null;
    cpu.ring.reset();
    // One that was thrown out of the trial before would make no access.
    Atomics.and(mem, cpu.irr, ~IRR_LEAVING);
    for (const word of [CPU.held, CPU.depth, CPU.preemptCount, CPU.irqOff]) mem[cpu.block + word] = 0;
  }
  mem[cpus[0].outcome] = 0;
}

/** Runs a CPU's actor; one that does not die has let everything go. */
function run(cpu: Cpu, ofCpus: number, config: Config): void {
  const { actor } = race.role(cpu.id, ofCpus, config);
  try {
    race.actors[actor](cpu, instance, config);
    if (mem[cpu.block + CPU.held] !== 0 || mem[cpu.block + CPU.depth] !== 0) throw new Error(`${actor} is unbalanced`);
  } catch (thrown) {
    if (thrown !== ABANDONED) throw thrown;
  }
}

function signature(): string | null {
  const verdict = mem[cpus[0].outcome];
  return verdict === 0 ? null : SIGNATURES[outcomeSignature(verdict)];
}

/** One trial in which `inner` does its work at the n-th boundary of `outer`; returns whether there was such a boundary. */
function interleave(outer: Cpu, inner: Cpu, n: number, config: Config): boolean {
  begin(config);
  let boundary = 0;
  let done = n === 0;
  if (done) run(inner, 2, config);
  outer.lockstep = {
    boundary() {
      if (done || ++boundary < n || mem[outer.block + CPU.held] !== 0) return;
      done = true;
      run(inner, 2, config);
    },
    ...NO_TURNS,
  };
  run(outer, 2, config);
  if (!done) run(inner, 2, config);
  return done;
}

/** Every signature that some interleaving comes to. */
function allOutcomes(config: Config): Set<string> {
  const seen = new Set<string>();
  const note = (): void => {
    const name = signature();
    if (name !== null) seen.add(name);
  };
  for (const [outer, inner] of [cpus, cpus.toReversed()]) {
    for (let n = 0, more = true; more; n++) {
      more = interleave(outer, inner, n, config);
      note();
    }
  }
  return seen;
}

/** All combinations of knobs, but for those in which a knob has a value that nothing looks at. */
function combinations(form: string): Knobs[] {
  const all = Object.entries(race.knobs).reduce<Knobs[]>(
    (some, [name, knob]) => some.flatMap((knobs) => knob.values.map((value) => ({ ...knobs, [name]: value }))),
    [{}],
  );
  const isDefault = (knobs: Knobs, name: string): boolean => knobs[name] === race.knobs[name].default;
  return all.filter(
    (knobs) =>
      knobs['form'] === form &&
      isDefault(knobs, form === 'scanner' ? 'touch' : 'reader') &&
      (isDefault(knobs, 'pfn0') || knobs['guest'] === 'small') &&
      (isDefault(knobs, 'xen_global') || isDefault(knobs, 'checks')),
  );
}

for (const form of race.knobs['form'].values) {
  test(`${form}: every variant, every knob, every instant`, (t) => {
    for (const variant of Object.keys(race.variants)) {
      for (const knobs of combinations(form)) {
        const named = `${variant} ${JSON.stringify(knobs)}`;
        const expected = expectedOutcome(race, variant, knobs);
        const config = race.configure(variant, knobs);
        begin(config);
        run(cpus[0], 1, config);
        if (signature() !== expected) t.fail(`${named}: one CPU comes to ${signature()}, not to ${expected}`);
        const seen = allOutcomes(config);
        const isDeclared = [...seen].every((name) => Object.hasOwn(race.signatures, name));
        if (expected === null ? seen.size > 0 : !seen.has(expected) || !isDeclared) {
          t.fail(`${named}: two CPUs come to ${[...seen].join(', ')}, not to ${expected}`);
        }
      }
    }
    t.pass();
  });
}

test('pte-tag and accounting are what checks=invariants adds, and nothing else names them', (t) => {
  for (const form of race.knobs['form'].values) {
    for (const knobs of combinations(form).filter((k) => k['checks'] === 'kernel')) {
      const seen = allOutcomes(race.configure('buggy', knobs));
      t.false(seen.has('pte-tag') || seen.has('accounting'), JSON.stringify(knobs));
    }
  }
});
