/**
 * Goal: the engine inlines the operations that races are made of. Method: their bytecode is measured; an operation that grows beyond the
 * bound costs each race that uses it a call.
 */
import { spawnSync } from 'node:child_process';
import test from 'ava';
import { SMALL_BYTES } from '../../../lib/harness/cpu/inlining.js';

const MODULES = ['access', 'callStack', 'windows'].map((name) => `../../../lib/machine/${name}.js`);
const OPERATIONS = [
  'READ_ONCE',
  'WRITE_ONCE',
  'xchg',
  'atomic_fetch_or',
  'atomic_fetch_and',
  'atomic_fetch_add',
  'step',
  'enter',
  'leave',
  'withinReach',
  'outOfReach',
];

test('the operations that races are made of are small enough', (t) => {
  const imports = MODULES.map((path) => `import ${JSON.stringify(new URL(path, import.meta.url).href)};`).join('');
  const flags = ['--no-lazy', '--print-bytecode', '--input-type=module', '--eval', imports];
  const { stdout } = spawnSync(process.execPath, flags, { encoding: 'utf8', maxBuffer: 2 ** 28 });
  for (const name of OPERATIONS) {
    const [, bytes] = new RegExp(`bytecode for function: ${name} .*\\nBytecode length: (\\d+)`).exec(stdout) ?? [];
    t.true(Number(bytes) <= SMALL_BYTES, `${name}: ${bytes} bytes`);
  }
});
