/**
 * Compares random programs over `Atomics`, hammered by threads and searched, with a model that shares nothing with either.
 *
 *     npm run torture:atomics -- 1000
 *     npm run torture:atomics -- 200 3 1 plain 500
 *     npm run torture:atomics -- 200 2 1 awaited 300
 *     npm run torture:atomics -- 5000 2 1 usual 0
 *     npm run torture:atomics -- 100 2 1 endless 2
 *
 * So many programs (200) of so many threads (2), from that number on (1), of a family (usual; plain: with accesses without `Atomics`; awaited:
 * with waitAsync, which no search takes; endless: with loops that need not end,
 * and threads take a second for each that does not), so many trials of each (300; 0: the search alone). Prints each program that did what it cannot, and
 * a sum; ends with 1 if there was one.
 */
import { compareProgram } from '../js/programs/comparison.js';
import { drawnProgram } from '../js/programs/drawn.js';

const [count = '200', threads = '2', from = '1', kind = 'usual', trials = '300'] = process.argv.slice(2);
const family = {
  threads: Number(threads),
  isPlain: kind === 'plain',
  isAwaited: kind === 'awaited',
  isEndless: kind === 'endless',
};
const sum = { wrong: 0, ends: 0, met: 0, hanging: 0, hung: 0, proved: 0 };
for (let number = Number(from); number < Number(from) + Number(count); number++) {
  const { wrong, ends, met, hangs, hung, proved } = await compareProgram({ number, family, trials: Number(trials) });
  sum.ends += ends;
  sum.met += met;
  sum.hanging += hangs.length;
  sum.hung += hung.length;
  sum.proved += proved;
  if (wrong.length === 0) continue;
  sum.wrong++;
  console.log(`program ${number}: ${wrong.join('\n  ')}\n  ${JSON.stringify(drawnProgram(number, family))}`);
}
console.log(
  `${count} programs of ${threads} threads, ${kind}: ${sum.wrong} wrong; threads met ${sum.met} of ${sum.ends} ends and ${sum.hung} of ${sum.hanging} hangs, ` +
    `${sum.proved} failures failed again`,
);
process.exitCode = sum.wrong === 0 ? 0 : 1;
