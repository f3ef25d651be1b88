// Goal: no complaint of a linter is lost, though it runs beside the tests. Method: commands that end well and badly.

import { readFileSync } from 'node:fs';
import test from 'ava';
import { complaintsOf } from './linters.js';

const ROOT = new URL('../../../', import.meta.url);

test('a linter that ends with an error is a failure, with what it said on both streams', async (t) => {
  const [failure, ...others] = await complaintsOf('echo said && echo warned >&2 && exit 3', '.');
  t.deepEqual(others, []);
  t.is(failure.what, 'echo said && echo warned >&2 && exit 3: exit code 3');
  t.deepEqual(failure.lines.toSorted(), ['said', 'warned']);
  t.is((await complaintsOf('no-such-program-here', '.')).length, 1);
});

test('a linter that ends well is none, whatever it said', async (t) => {
  t.deepEqual(await complaintsOf('echo said', '.'), []);
});

test('npm test and npm run check lint', (t) => {
  const { scripts } = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8')) as {
    scripts: Record<string, string>;
  };
  t.is(scripts['test'], 'npm run -s build && node dist/test/summary.js --lint');
  t.is(scripts['check'], `${scripts['test']} --fast`);
});
