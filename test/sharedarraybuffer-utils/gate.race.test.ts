/**
 * Goal: the gate opens when all have arrived and not before, again and again, and shows each party what the others stored.
 * Method: on one thread, arrivals one by one. On several threads, each party stores its slot (plain store), passes the
 * gate and reads all slots (plain loads), for thousands of rounds, with fewer and with more threads than cores.
 */
import { availableParallelism } from 'node:os';
import test from 'ava';
import { GATE, Gate, allocateWords, spinBudget } from '../../lib/sharedarraybuffer-utils/index.js';
import type { SpinBudget } from '../../lib/sharedarraybuffer-utils/index.js';
import { NEVER_WITHOUT_BELL, meet, runParties } from './start.js';
import type { ExecutionContext } from 'ava';

const cores = availableParallelism();

test('opens with the last arrival, and can be used again at once', (t) => {
  const gate = new Gate(allocateWords(16 + 3 * 16), 0, 3, 16);
  for (let round = 0; round < 3; round++) {
    const first = gate.arrive();
    const second = gate.arrive();
    t.false(gate.isOpen(first) || gate.isOpen(second));
    const third = gate.arrive();
    t.true(gate.isOpen(first) && gate.isOpen(second) && gate.isOpen(third));
  }
});

test('a gate for one is always open', (t) => {
  const gate = new Gate(allocateWords(32), 0, 1, 16);
  t.true(gate.isOpen(gate.arrive()));
  t.true(gate.isOpen(gate.arrive()));
});

test('two gates that share their parties do not open each other', (t) => {
  const mem = allocateWords(64);
  const one = new Gate(mem, 0, 2, 32);
  const other = new Gate(mem, 16, 2, 32);
  const ticket = one.arrive();
  other.arrive();
  t.true(other.isOpen(other.arrive() - 1));
  t.false(one.isOpen(ticket));
});

/** `generation`: where the count of openings starts; near 2^31 it turns negative on the way. */
async function passRounds(
  t: ExecutionContext,
  parties: number,
  rounds: number,
  budget: SpinBudget,
  generation = 0,
): Promise<void> {
  const { meeting, at } = meet(parties, budget, { slots: 2 * parties });
  meeting.mem[meeting.gate + GATE.generation] = generation;
  const jobs = Array.from({ length: parties }, (_, me) => {
    return { ...meeting, me, kind: 'gate', slots: at.slots, rounds, polls: me % 3 === 2 } as const;
  });
  await runParties(t, jobs);
  const comesRound = generation < 0 && generation + rounds >= 0;
  t.is(meeting.mem[meeting.gate + GATE.generation], (generation + rounds + (comesRound ? 1 : 0)) | 0);
  t.is(meeting.mem[meeting.gate + GATE.arrived], 0);
}

for (const parties of new Set([2, 3, Math.min(cores + 3, 16), 8])) {
  test.serial(`${parties} threads see each other's stores after the gate`, async (t) => {
    await passRounds(t, parties, Math.max(2000, Math.ceil(8000 / parties)), {
      ...spinBudget(parties, cores),
      parkMsMax: NEVER_WITHOUT_BELL.parkMsMax,
    });
  });

  test.serial(`${parties} threads that park at once are all woken when the gate opens`, async (t) => {
    await passRounds(t, parties, Math.ceil(6000 / parties), NEVER_WITHOUT_BELL);
  });
}

test.serial('the count of openings may pass 2^31', async (t) => {
  await passRounds(t, 2, 2000, spinBudget(2, cores), 2 ** 31 - 1000);
});

test.serial('it may come round, and leaves out the 0 of a gate that was never open', async (t) => {
  await passRounds(t, 2, 2000, spinBudget(2, cores), -1000);
  const mem = new Int32Array(64);
  const gate = new Gate(mem, 0, 1, 16);
  mem[GATE.generation] = -1;
  const ticket = gate.arrive();
  t.true(gate.isOpen(ticket));
  t.is(mem[GATE.generation], 1);
});
