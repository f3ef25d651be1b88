/**
 * Compares the search of all states with an interpreter that shares nothing with it, on random programs with loops.
 *
 *     npm run torture:loops -- 1000
 *     npm run torture:loops -- 50 3 2000
 *
 * So many programs (200) of so many CPUs (2), from that number on (1). Prints each program of which the search says what is not so, and a
 * sum; ends with 1 if there was one.
 */
import { compareLoops } from '../explore/loopActor.js';

const [programs = 200, cpus = 2, from = 1] = process.argv.slice(2).map(Number);
const sum = { equal: 0, hang: 0, cut: 0, tooLarge: 0, wrong: 0 };
for (let number = from; number < from + programs; number++) {
  const compared = compare(number);
  if (compared === null) sum.tooLarge++;
  else if (!compared.equal) {
    sum.wrong++;
    console.log(`program ${number}: found ${compared.found.join()}, possible ${compared.possible.join()}`);
  } else {
    sum.equal++;
    if (compared.hangs) sum.hang++;
    if (compared.isCut) sum.cut++;
  }
}
const { equal, hang, cut, tooLarge, wrong } = sum;
console.log(
  `${programs} programs of ${cpus} CPUs: ${equal} as they are (${hang} hang, ${cut} were cut), ${tooLarge} too large, ${wrong} wrong`,
);
process.exitCode = wrong === 0 ? 0 : 1;

function compare(number: number): ReturnType<typeof compareLoops> {
  try {
    return compareLoops(number, cpus);
  } catch (error) {
    if (error instanceof Error && error.message === 'the test is too large') return null;
    throw error;
  }
}
