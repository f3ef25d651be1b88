/**
 * Goal: the engine inlines the operations that races are made of. Method: their bytecode is measured; an operation that grows beyond the
 * bound costs each race that uses it a call.
 */
import { spawnSync } from 'node:child_process';
import test from 'ava';
import { SMALL_BYTES } from '../../../lib/harness/cpu/inlining.js';

const MODULES = ['access', 'callStack', 'windows'].map((name) => `../../../lib/machine/${name}.js`);
/** With the number of their parameters: a module shares its file with others, which have a `step` of their own. */
const OPERATIONS = {
  READ_ONCE: 2,
  WRITE_ONCE: 3,
  xchg: 3,
  atomic_fetch_or: 3,
  atomic_fetch_and: 3,
  atomic_fetch_add: 3,
  step: 2,
  enter: 2,
  leave: 1,
  withinReach: 1,
  outOfReach: 1,
} as const;

test('the operations that races are made of are small enough', (t) => {
  // The flags are set when Node has loaded itself: its own modules would be most of what is printed.
  const flags = ['--no-lazy', '--print-bytecode'].map((flag) => `setFlagsFromString('${flag}');`);
  const imports = MODULES.map((path) => `await import(${JSON.stringify(new URL(path, import.meta.url).href)});`);
  const code = ["import { setFlagsFromString } from 'node:v8';", ...flags, ...imports].join('');
  const args = ['--input-type=module', '--eval', code];
  const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 2 ** 28 });
  for (const [name, parameters] of Object.entries(OPERATIONS)) {
    // A number may be behind the name in such a file, and the receiver is a parameter, too.
    const head = `function: ${name}(?:\\$\\d+)? .*\\nBytecode length: (\\d+)\\nParameter count ${parameters + 1}\\n`;
    const [, bytes] = new RegExp(head).exec(stdout) ?? [];
    t.true(Number(bytes) <= SMALL_BYTES, `${name}: ${bytes} bytes`);
  }
});
