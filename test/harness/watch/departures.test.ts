/**
 * Goal: a thread that answers before its sentence is carried out is left alone; one that does not goes no further than to where it
 * would answer, so that it is ended in the code of the race or there.
 * Method: CPUs of this thread that answer or do not; and a thread of its own that comes by its sentence when that is carried out.
 */
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import test from 'ava';
import { Departures, carryOut, type Departure } from '../../../lib/harness/watch/departures.js';
import type { HostMachine } from '../../../lib/harness/host/machine.js';
import type { Suspect } from '../../../lib/harness/watch/suspects.js';
import { PROGRESS } from '../../../lib/machine/layout.js';
import { IRR_NMI, SENTENCE, heedSentence, takeNmi } from '../../../lib/machine/nmi.js';
import { boot, type Machine } from '../../machine/boot.js';

function condemn(machine: Machine, isAsleep = false): { departures: Departures; finding: Departure } {
  const { mem, map } = machine;
  mem[machine.cpus[1].progress + PROGRESS.threadId] = 7;
  const seen: Partial<HostMachine> = { mem, map };
  const departures = new Departures(seen as HostMachine);
  const suspect: Partial<Suspect> = { cpu: 1, thread: 1 };
  const [finding] = departures.condemn([suspect as Suspect], () => isAsleep);
  return { departures, finding };
}

test('a thread that comes back is not ended', (t) => {
  const machine = boot();
  const { departures, finding } = condemn(machine);
  const [, cpu] = machine.cpus;
  t.not(machine.mem[cpu.irr] & IRR_NMI, 0, 'it is asked once more, behind the sentence');
  departures.look();
  t.true(departures.any);
  takeNmi(cpu);
  t.false(carryOut(finding));
  departures.look();
  t.false(departures.any);
  takeNmi(cpu);
});

test('a thread that does not is ended once, and says to its successor how', (t) => {
  for (const isAsleep of [false, true]) {
    const machine = boot();
    const { departures, finding } = condemn(machine, isAsleep);
    t.true(carryOut(finding));
    t.false(carryOut(finding));
    const [, cpu] = machine.cpus;
    const how = machine.mem[cpu.progress + PROGRESS.sentence];
    t.is(how, isAsleep ? SENTENCE.ENDED_ASLEEP : SENTENCE.ENDED_BUSY);
    departures.look();
    t.true(departures.any);
    machine.mem[cpu.progress + PROGRESS.threadId] = 8;
    departures.look();
    t.false(departures.any, 'its successor is there');
  }
});

test('a thread that answers when its sentence has been carried out goes no further', async (t) => {
  const machine = boot();
  const [, cpu] = machine.cpus;
  const { mem } = machine;
  t.true(carryOut(condemn(machine).finding));
  const nmi = new URL('../../../lib/machine/nmi.js', import.meta.url).href;
  const code = `
    const { workerData: cpu, parentPort } = require('node:worker_threads');
    import(${JSON.stringify(nmi)}).then(({ heedSentence }) => { parentPort.postMessage('comes'); heedSentence(cpu); });`;
  const worker = new Worker(code, { eval: true, workerData: { mem, progress: cpu.progress } });
  t.teardown(() => worker.terminate());
  await once(worker, 'message');
  // It sleeps there, and again when it is woken.
  for (let times = 0; times < 3; times++)
    while (Atomics.notify(mem, cpu.progress + PROGRESS.sentence) === 0) await setImmediate();
  t.pass();
});

test('a thread that nobody has condemned goes on', (t) => {
  const [cpu] = boot().cpus;
  heedSentence(cpu);
  t.is(cpu.mem[cpu.progress + PROGRESS.sentence], SENTENCE.NONE);
});
