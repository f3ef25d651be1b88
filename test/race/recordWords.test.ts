/** Goal: a record in words names its window. Method: a window opened and closed on a machine, read back from its ring. */
import test from 'ava';
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
