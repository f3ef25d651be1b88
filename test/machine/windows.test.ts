/**
 * Goal: a near miss is noted by whoever comes second, into the window or within reach of it, on this instance alone; a
 * window waits as long as the trial has drawn.
 * Method: one CPU opens and closes windows, another comes within reach, in both orders.
 */
import test from 'ava';
import { CPU, HEADER } from '../../lib/machine/layout.js';
import { NOT_DRAWN, endWindow, outOfReach, raceWindow, spin, withinReach } from '../../lib/machine/windows.js';
import { boot, recorded } from './boot.js';

function near(mem: Int32Array, instance: number): boolean {
  return mem[instance - HEADER.WORDS + HEADER.near] !== 0;
}

test('within reach of an open window', (t) => {
  const { cpus, mem, at } = boot();
  raceWindow(cpus[0], 1);
  t.false(near(mem, at));
  withinReach(cpus[1]);
  t.true(near(mem, at));
});

test('a window opens while another CPU is within reach', (t) => {
  const { cpus, mem, at } = boot();
  withinReach(cpus[1]);
  t.false(near(mem, at));
  raceWindow(cpus[0], 0);
  t.true(near(mem, at));
});

test('one after the other is no near miss', (t) => {
  const { cpus, mem, at } = boot();
  withinReach(cpus[1]);
  outOfReach(cpus[1]);
  raceWindow(cpus[0], 0);
  endWindow(cpus[0], 0);
  withinReach(cpus[1]);
  t.false(near(mem, at));
});

test('another instance has a header of its own', (t) => {
  const { cpus, mem, map, at } = boot({ words: 1 });
  raceWindow(cpus[0], 0);
  cpus[1].instance = at + map.instanceStride;
  withinReach(cpus[1]);
  t.false(near(mem, at));
  t.false(near(mem, cpus[1].instance));
});

test('opening and closing are recorded, and belong to no word of the race', (t) => {
  const { cpus, mem, at } = boot();
  mem[cpus[0].block + CPU.delays + 1] = 100;
  raceWindow(cpus[0], 1);
  endWindow(cpus[0], 1);
  t.deepEqual(recorded(cpus[0]), [`window ${1 - at} 0 1`, `window ${1 - at} 1 0`]);
  t.true(mem.subarray(at, at + 32).every((word) => word === 0));
});

test('a delay that is not drawn yet is drawn when its window first opens, and no other one', (t) => {
  const { cpus, mem } = boot();
  const [cpu] = cpus;
  const at = cpu.block + CPU.delays;
  const drawn: number[] = [];
  cpu.drawDelay = (w) => {
    drawn.push(w);
    return 40 + w;
  };
  mem[at] = mem[at + 1] = NOT_DRAWN;
  raceWindow(cpu, 1);
  endWindow(cpu, 1);
  raceWindow(cpu, 1);
  t.deepEqual([drawn, mem[at], mem[at + 1]], [[1], NOT_DRAWN, 41]);
  mem[at] = 0;
  raceWindow(cpu, 0);
  t.deepEqual([drawn, mem[at]], [[1], 0]);
});

test('passing time changes nothing', (t) => {
  const { cpus, mem } = boot();
  const before = mem.slice();
  spin(cpus[0], 10_000);
  spin(cpus[0], 0);
  t.deepEqual(mem, before);
});
