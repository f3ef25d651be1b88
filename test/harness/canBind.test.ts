/**
 * Goal: CPUs take turns on cores only where threads can be kept there.
 * Method: search paths of folders made for the test.
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { platform } from 'node:os';
import { delimiter, join } from 'node:path';
import test from 'ava';
import { canBind } from '../../lib/harness/host/coreBinding.js';
import { folder } from '../soak/rows.js';

test('taskset is looked for in each folder of the path, and must be a program', (t) => {
  const at = folder(t);
  t.false(canBind(''));
  t.false(canBind([at, join(at, 'none')].join(delimiter)));
  const bin = join(at, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'taskset'), '');
  chmodSync(join(bin, 'taskset'), 0o644);
  t.false(canBind(bin));
  chmodSync(join(bin, 'taskset'), 0o755);
  t.is(canBind([at, bin].join(delimiter)), platform() === 'linux');
});
