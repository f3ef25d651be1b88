/**
 * Goal: of programs with loops a search says that they fail, hang, or do neither, just where they do; and what it has cut it proves nothing of.
 * Method: random programs, and an interpreter that shares nothing with the search. Numbers 102, 150, 159 and 180 have a loop that is cut
 * beside one that never ends: the cut must be counted though the trial goes on for ever. `npm run torture:loops` compares as many as are asked for.
 */
import test from 'ava';
import { compareLoops } from './loopActor.js';

const NUMBERS = [3, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 18, 20, 21, 23, 24, 102, 150, 159, 180];

test('a search says of programs with loops what they can do', (t) => {
  const all = NUMBERS.map((number) => [number, compareLoops(number, 2)] as const);
  t.deepEqual(
    all.filter(([, compared]) => compared === null || !compared.equal),
    [],
  );
  const hang = all.filter(([, compared]) => compared?.equal === true && compared.hangs);
  t.deepEqual([hang.length > 0, hang.length < all.length], [true, true]);
});
