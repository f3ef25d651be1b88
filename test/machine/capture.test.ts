/**
 * Goal: the records of as many failures as were asked for reach the host, each signature for itself; a failure that finds
 * every slot full leaves no evidence and does not count as kept, and a slot that the host has read is used again.
 * Method: CPUs fail trial after trial in one thread; the host reads when the test says so.
 */
import test from 'ava';
import { WRITE_ONCE } from '../../lib/machine/access.js';
import { captureTrial, requestCaptures, takeCaptures, wantsCapture } from '../../lib/machine/capture.js';
import { MACHINE } from '../../lib/machine/layout.js';
import { captureRings } from '../../lib/machine/snapshot.js';
import { die, outcomeSignature } from '../../lib/machine/outcome.js';
import { beginTrial, boot, isAbandoned, type Machine } from './boot.js';

/** CPU 0 writes the trial's number into the first word and fails; then all are at rest. Returns its signature's number. */
function failTrial(machine: Machine, trial: number, signature = 'bang'): number {
  const { cpus, mem, map, at } = machine;
  mem[map.machine + MACHINE.outcome] = 0;
  for (const cpu of cpus) {
    cpu.ring.reset();
    beginTrial(cpu, trial);
  }
  WRITE_ONCE(cpus[0], at, trial);
  isAbandoned(() => die(cpus[0], signature, `trial ${trial}`, trial));
  const outcome = mem[map.machine + MACHINE.outcome];
  captureTrial(cpus[0], outcome, outcomeSignature(outcome));
  captureRings(cpus[0], cpus.length);
  return outcomeSignature(outcome);
}

const trialsOf = (machine: Machine): number[] => takeCaptures(machine.mem, machine.map).map(({ trial }) => trial);

test('a capture holds the records, the message and the facts of its trial', (t) => {
  const machine = boot({ captureSlots: 1 });
  requestCaptures(machine.mem, machine.map, 1);
  failTrial(machine, 7);
  machine.cpus[0].ring.reset();
  const [captured] = takeCaptures(machine.mem, machine.map);
  t.deepEqual([captured.trial, captured.cpu, captured.message, captured.detail[0]], [7, 0, 'trial 7', 7]);
  t.is(captured.instance, machine.at);
  t.deepEqual(
    captured.rings.map(({ written }) => written),
    [3, 0],
  );
  t.is(captured.rings[0].words[3], 7);
});

test('only the first failures of a signature are kept, each signature for itself', (t) => {
  const machine = boot({ captureSlots: 8 });
  requestCaptures(machine.mem, machine.map, 2);
  for (const trial of [1, 2, 3]) failTrial(machine, trial);
  for (const trial of [4, 5, 6]) failTrial(machine, trial, 'oops-0003');
  t.deepEqual(trialsOf(machine), [1, 2, 4, 5]);
  failTrial(machine, 8);
  t.deepEqual(trialsOf(machine), []);
});

test('a failure that finds all slots full is not kept; a slot that was read is used again', (t) => {
  const machine = boot({ captureSlots: 2 });
  requestCaptures(machine.mem, machine.map, 3);
  for (const trial of [1, 2, 3]) failTrial(machine, trial);
  t.deepEqual(trialsOf(machine), [1, 2]);
  const bang = failTrial(machine, 4);
  t.false(wantsCapture(machine.mem, machine.map, bang));
  t.deepEqual(trialsOf(machine), [4]);
});

test('nothing is kept where nothing was asked for, or where there are no slots', (t) => {
  const unasked = boot({ captureSlots: 2 });
  failTrial(unasked, 1);
  t.deepEqual(trialsOf(unasked), []);
  const slotless = boot();
  requestCaptures(slotless.mem, slotless.map, 3);
  failTrial(slotless, 1);
  t.deepEqual(trialsOf(slotless), []);
});
