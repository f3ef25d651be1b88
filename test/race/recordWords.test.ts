/**
 * Goal: a record in words names its window, and says what is in a store buffer. Method: instructions of a machine, read back from its
 * ring.
 */
import test from 'ava';
import { READ_ONCE, WRITE_ONCE, smp_mb } from '../../lib/machine/access.js';
import { acquire, release } from '../../lib/machine/lock.js';
import { endWindow, raceWindow } from '../../lib/machine/windows.js';
import { recordWords } from '../../lib/race/recordWords.js';
import { boot, records } from '../machine/boot.js';

test('a window that opens and closes is named', (t) => {
  const [cpu] = boot().cpus;
  raceWindow(cpu, 1);
  endWindow(cpu, 1);
  t.deepEqual(
    records(cpu).map((record) => recordWords(record, String)),
    ['W_THERE opens', 'W_THERE closes'],
  );
});

test('a store says where it is made and where it becomes visible', (t) => {
  const { cpus, at } = boot({ memory: 'tso' });
  const [cpu] = cpus;
  acquire(cpu, at);
  WRITE_ONCE(cpu, at + 1, 5);
  READ_ONCE(cpu, at + 1);
  release(cpu, at);
  smp_mb(cpu);
  const symbols = (address: number): string => ['lock', 'word'][address - at];
  t.deepEqual(
    records(cpu).map((record) => recordWords(record, symbols)),
    [
      'lock lock',
      'word := 0x005 (write, buffered)',
      'word is 0x005 (from its own store buffer)',
      'unlock lock (buffered)',
      'word 0x000 -> 0x005 (write, becomes visible)',
      'unlock lock, becomes visible',
      'smp_mb()',
    ],
  );
});
