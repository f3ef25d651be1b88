/**
 * Goal: translations stay under their tag while another one is loaded, and are found under no other; a flush takes what it
 * names; nothing survives into the next trial, and no walk ends behind a flush.
 * Method: one CPU loads, fills, flushes and looks.
 */
import test from 'ava';
import { loadAsid, loadedAsid, pcidDrop, pcidFill, pcidFlush, pcidLookup } from '../../lib/mm/pcidTlb.js';
import type { Cpu } from '../../lib/machine/cpu.js';
import { beginTrial, boot } from '../machine/boot.js';

const PTE = 0x5003;

function fill(cpu: Cpu, key: number): void {
  pcidLookup(cpu, key);
  pcidFill(cpu, key, PTE + key);
}

test('a tag that is loaded again without a flush has its translations', (t) => {
  const [cpu, other] = boot().cpus;
  loadAsid(cpu, 1, true);
  fill(cpu, 100);
  loadAsid(cpu, 2, true);
  t.is(pcidLookup(cpu, 100), 0);
  fill(cpu, 100);
  loadAsid(cpu, 1, false);
  t.deepEqual([loadedAsid(cpu), pcidLookup(cpu, 100)], [1, PTE + 100]);
  t.is(pcidLookup(other, 100), 0, 'each CPU has its own');
  loadAsid(cpu, 1, true);
  t.is(pcidLookup(cpu, 100), 0);
  loadAsid(cpu, 2, false);
  t.is(pcidLookup(cpu, 100), PTE + 100, 'of the other tag nothing was taken');
});

test('one page, or all of the loaded tag', (t) => {
  const [cpu] = boot().cpus;
  loadAsid(cpu, 1, true);
  for (const key of [100, 101]) fill(cpu, key);
  pcidDrop(cpu, 100);
  t.deepEqual(
    [100, 101].map((key) => pcidLookup(cpu, key) !== 0),
    [false, true],
  );
  pcidFlush(cpu);
  t.is(pcidLookup(cpu, 101), 0);
});

test('a walk that a flush interrupts caches nothing', (t) => {
  const [cpu] = boot().cpus;
  for (const flush of [() => pcidFlush(cpu), () => pcidDrop(cpu, 100), () => loadAsid(cpu, 0, true)]) {
    t.is(pcidLookup(cpu, 100), 0);
    flush();
    pcidFill(cpu, 100, PTE);
    t.is(pcidLookup(cpu, 100), 0);
  }
});

test('nothing survives into the next trial', (t) => {
  const [cpu] = boot().cpus;
  loadAsid(cpu, 3, true);
  fill(cpu, 100);
  beginTrial(cpu, 2);
  t.is(loadedAsid(cpu), 0);
  t.is(pcidLookup(cpu, 100), 0);
  loadAsid(cpu, 3, false);
  t.is(pcidLookup(cpu, 100), 0);
});
