/**
 * Goal: a run from an order has its delays in the right places, compares both sides fairly, and refuses what is no order of it. Method:
 * orders and slices written by hand; files that are none, damaged, or of another race.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { loadTyped } from '../../lib/cli/chooseRace.js';
import { requestsFor } from '../../lib/cli/run/checkedFlags.js';
import { RUN } from '../../lib/cli/run/options.js';
import { encodeEvidence } from '../../lib/evidence/evidenceFile.js';
import type { OrderWait } from '../../lib/evidence/orderWaits.js';
import { run } from '../../lib/index.js';
import { readOrder } from '../../lib/run/order/givenOrder.js';
import { delaysOf, orderOfFile, type OrderWanted } from '../../lib/run/order/order.js';
import { OrderSides } from '../../lib/run/order/orderSides.js';
import { FAILED, OUTCOME, madeUp } from '../evidence/madeUpEvidence.js';
import { OP } from '../../lib/machine/recorder.js';
import { typed } from '../cli/typed.js';

const xenPin = { ...(await loadTyped('xen-pin')), typed: 'xen-pin', variant: undefined };

const folder = mkdtempSync(join(tmpdir(), 'order-'));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

const wait = (cpu: number, at: OrderWait['at'], accesses: number): OrderWait => {
  const window = at === 'window' ? 'W_A' : null;
  return { cpu, actor: `actor${cpu}`, at, window, accesses, after: null, before: null };
};

const ORDER: OrderWanted = {
  signature: 'bang',
  accesses: 20,
  switches: 2,
  waits: [wait(1, 'start', 8), wait(0, 'window', 3), wait(0, 'window', 5), wait(1, 'nowhere', 9)],
  opened: ['W_A', 'W_B'],
  actors: ['actor0', 'actor1'],
};

test('a phase is as long as what others do first, a window as its longest wait; one without a wait is shut', (t) => {
  const { phases, windows } = delaysOf(ORDER, 10);
  t.deepEqual(phases, { actor0: { min: 0, max: 10 }, actor1: { min: 40, max: 120 } });
  t.deepEqual(windows, { W_A: { min: 50, max: 150 }, W_B: { min: 0, max: 0 } });
});

test('one actor on two CPUs has a range for both', (t) => {
  t.deepEqual(delaysOf({ ...ORDER, actors: ['same', 'same'] }, 10).phases, { same: { min: 0, max: 120 } });
});

test('delays that were asked for stay', (t) => {
  const windows = { W_A: { min: 7, max: 7 } };
  const { tried } = orderOfFile({ file: 'f', sha256: '' }, ORDER, { windows });
  t.true(tried.length > 1);
  for (const { delays } of tried) t.deepEqual(delays.windows['W_A'], { min: 7, max: 7 });
});

test('the delays with the most failures are chosen, and only whole pairs are compared', (t) => {
  const from = orderOfFile({ file: 'f', sha256: '' }, ORDER, {});
  const sides = new OrderSides(from);
  const best = from.tried[3];
  const slices: ('with' | 'without')[] = [];
  // The slices of the choice, then two pairs and one slice more.
  for (let i = 0; i < 2 * from.tried.length + 5; i++) {
    const { current } = sides;
    if (i >= 2 * from.tried.length) slices.push(current === null ? 'without' : 'with');
    sides.add({ trials: 100, failures: current === best ? 30 : current === null ? 10 : 1, seconds: 1 });
  }
  t.deepEqual(slices, ['with', 'without', 'without', 'with', 'with']);
  const { spinsPerAccess, with: having, without, ratio, pairs, pairsMore } = sides.figures();
  t.is(spinsPerAccess, best.spinsPerAccess);
  t.deepEqual(having, { trials: 200, failures: 60, seconds: 2 });
  t.deepEqual(without, { trials: 200, failures: 20, seconds: 2 });
  t.deepEqual([ratio, pairs, pairsMore], [3, 2, 2]);
});

test('without a failure on the other side there is no ratio', (t) => {
  const sides = new OrderSides(orderOfFile({ file: 'f', sha256: '' }, ORDER, {}));
  t.like(sides.figures(), { ratio: null, pairs: 0 });
});

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

test('a file that is no order of the race is refused in one line', (t) => {
  const evidence = encodeEvidence(madeUp([[], [[OP.FAILED, FAILED, 0, OUTCOME]]]));
  const other = evidence.toString().replace('racehammer-evidence 3', 'racehammer-evidence 2');
  for (const [path, message] of [
    [join(folder, 'none'), /^evidence ".*none": cannot be read: ENOENT.*$/],
    [file('text', 'hello'), /^evidence ".*text": is not a racehammer evidence file$/],
    [file('older', other), /^evidence ".*older": has format 2: an older racehammer wrote it, this one reads format 3$/],
    [file('cut', evidence.subarray(0, -9)), /^evidence ".*cut": is truncated: .*$/],
    [file('made-up', evidence), /^evidence ".*made-up": is of race "made-up", and this run is of xen-pin$/],
  ] as const)
    t.throws(() => readOrder(path, xenPin.race), { name: 'UsageError', message }, path);
});

test('what the evidence has otherwise than it was asked for is refused, by its name', async (t) => {
  const evidence = { ...madeUp([[], []]), variant: 'buggy', knobs: { path: 'fork' } };
  const given = { file: 'f', sha256: '', evidence, order: ORDER };
  for (const [words, message] of [
    [['xen-pin', '--cpus', '3'], 'evidence "f": is of cpus 2, and cpus 3 was asked for'],
    [['xen-pin', '--knob', 'path=exit'], 'evidence "f": is of knob path fork, and knob path exit was asked for'],
    [['xen-pin', '--sync', 'stride'], 'evidence "f": is of sync rendezvous, and sync stride was asked for'],
    [['xen-pin', '--memory', 'tso'], 'evidence "f": is of memory sc, and memory tso was asked for'],
    [
      ['xen-pin', '--until-confidence', '1%'],
      '--until-confidence: is not possible with --from: half of the trials have other delays',
    ],
  ] as const) {
    const { flags } = await typed(RUN, words);
    t.throws(() => requestsFor(xenPin, flags, (asked) => asked, given), { message });
  }
  const { flags } = await typed(RUN, ['xen-pin']);
  const pinned = { ...xenPin, variant: 'pte-lock' };
  t.throws(() => requestsFor(pinned, flags, (asked) => asked, given), {
    message: /variant buggy, and variant pte-lock/,
  });
  await t.throwsAsync(run('xen-pin', { from: join(folder, 'none') }), {
    name: 'UsageError',
    message: /cannot be read/,
  });
});
