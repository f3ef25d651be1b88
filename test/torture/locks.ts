/**
 * Compares random programs of locks, interrupts and calls, hammered by threads, with what the search of all states says of them.
 *
 *     npm run torture:locks -- 1000
 *     npm run torture:locks -- 200 3 1 tso 2000
 *
 * So many programs (200) of so many CPUs (2), from that number on (1), under a memory model (sc), so many trials of each (500). Prints each
 * program that has failed as no order does, and a sum by what programs can do; ends with 1 if there was one.
 */
import { compareLocks } from '../explore/lockActor.js';
import type { MemoryModel } from '../../lib/machine/memoryModel.js';

const [count = '200', cpus = '2', from = '1', memory = 'sc', trials = '500'] = process.argv.slice(2);
const sums = new Map<string, number>();
let [wrong, unmet] = [0, 0];
for (let program = Number(from); program < Number(from) + Number(count); program++) {
  const compared = await compareLocks({
    program,
    cpus: Number(cpus),
    memory: memory as MemoryModel,
    trials: Number(trials),
  });
  const { possible, met } = compared ?? { possible: ['too large'], met: [] };
  const kind = possible.toSorted().join('+') || 'holds';
  sums.set(kind, (sums.get(kind) ?? 0) + 1);
  const others = met.filter((signature) => !possible.includes(signature));
  if (compared !== null && possible.some((signature) => !met.includes(signature))) unmet++;
  if (compared === null || others.length === 0) continue;
  wrong++;
  console.log(`program ${program}: failed as ${others.join()}, possible ${possible.join()}`);
}
for (const [kind, programs] of [...sums].toSorted((a, b) => b[1] - a[1])) console.log(`${programs}\t${kind}`);
console.log(`${count} programs of ${cpus} CPUs, ${memory}: ${wrong} wrong, ${unmet} in which a failure was not met`);
process.exitCode = wrong === 0 ? 0 : 1;
