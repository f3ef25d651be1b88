/**
 * Compares random programs of operations, hammered by threads, with what the search of all states says of them: each end that a trial
 * has, and each way in which one fails or hangs, is one that some order has; what is proved does not fail; evidence fails again. Programs without
 * interrupts are compared with an interpreter of its own as well, which shares nothing with the search.
 *
 *     npm run torture:programs -- 1000
 *     npm run torture:programs -- 200 --kind rcu --cpus 3 --from 1 --memory tso --trials 2000 --replays 2
 *
 * So many programs (100) of each kind (all), on so many CPUs (2; one for kinds that have more tasks than CPUs), from that number on (1), under a memory
 * model (sc), so many trials of each (300; 0 for none), so many failures of each replayed (1). Prints each program of which something is wrong, and
 * sums; ends with 1 if there was one.
 */
import { parseArgs } from 'node:util';
import { compareOperations, programText, type Compared } from '../explore/operationActor.js';
import { KINDS, type KindName } from '../fixtures/operations/kinds.js';
import type { MemoryModel } from '../../lib/machine/memoryModel.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    kind: { type: 'string', default: Object.keys(KINDS).join() },
    cpus: { type: 'string', default: '0' },
    from: { type: 'string', default: '1' },
    memory: { type: 'string', default: 'sc' },
    trials: { type: 'string', default: '300' },
    replays: { type: 'string', default: '1' },
    states: { type: 'string', default: '60000' },
  },
});
const count = Number(positionals[0] ?? 100);
let wrong = 0;
for (const kind of values.kind.split(',') as KindName[]) {
  const sums = {
    programs: 0,
    large: 0,
    refused: 0,
    proved: 0,
    wrong: 0,
    unmet: 0,
    ends: 0,
    endsMet: 0,
    replayed: 0,
    modelled: 0,
  };
  const failures = new Map<string, number>();
  for (let program = Number(values.from); program < Number(values.from) + count; program++) {
    const asked = {
      kind,
      program,
      cpus: Number(values.cpus) || (KINDS[kind].tasks > 0 ? 1 : 2),
      memory: values.memory as MemoryModel,
      trials: Number(values.trials),
      replays: Number(values.replays),
      states: Number(values.states),
    };
    const compared = await compareOperations(asked).catch((error: unknown) => error as Error);
    sums.programs++;
    if (compared === null) sums.large++;
    if (typeof compared === 'string') sums.refused++;
    const faults = faultsOf(compared);
    if (faults.length > 0) {
      sums.wrong++;
      console.log(`${kind} ${program}: ${faults.join('\n  ')}\n${await programText(asked)}`);
    }
    if (compared === null || typeof compared === 'string' || compared instanceof Error) continue;
    for (const signature of compared.possible) failures.set(signature, (failures.get(signature) ?? 0) + 1);
    if (compared.verdict === 'PROVED') sums.proved++;
    if (compared.possible.some((signature) => !compared.met.includes(signature))) sums.unmet++;
    sums.ends += compared.ends;
    sums.endsMet += compared.endsMet;
    sums.replayed += compared.replayed;
    sums.modelled += Number(compared.modelled);
  }
  wrong += sums.wrong;
  const words = Object.entries(sums).map(([what, number]) => `${what} ${number}`);
  console.log(
    `${kind}, ${values.memory}: ${words.join(', ')}; ${[...failures].map(([s, n]) => `${s} ${n}`).join(', ')}`,
  );
}

/** Only per-CPU words that are mixed up may be refused. */
function faultsOf(compared: Compared | string | Error | null): readonly string[] {
  if (compared instanceof Error) return [compared.stack ?? compared.message];
  if (typeof compared === 'string') return compared.includes('this_cpu_') ? [] : [compared];
  return compared?.wrong ?? [];
}

process.exit(wrong === 0 ? 0 : 1);
