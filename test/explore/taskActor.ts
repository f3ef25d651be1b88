/** Runs a random program of a task (taskPrograms.ts). Used by tasks.slow.test.ts, and by the fixture that hammers such programs. */
import { sleepOn } from '../../lib/machine/waitOn.js';
import { READ_ONCE, atomic_fetch_add, type Cpu } from '../../lib/sdk/index.js';
import { cond_resched, mutex_lock, mutex_unlock } from '../../lib/sdk/locking.js';
import type { Program } from './taskPrograms.js';

/** Does all instructions of a program. `words` and `lock` are where the race has them; `got` sees what is read. */
export function runTask(
  cpu: Cpu,
  program: Program,
  { words, lock, got }: { readonly words: number; readonly lock: number; readonly got?: (value: number) => void },
): void {
  for (const i of program) {
    if (i.op === 'lock') mutex_lock(cpu, lock);
    else if (i.op === 'unlock') mutex_unlock(cpu, lock);
    else if (i.op === 'give') cond_resched(cpu);
    else if ('word' in i) {
      const word = words + i.word;
      const value =
        i.op === 'read'
          ? READ_ONCE(cpu, word)
          : i.op === 'add'
            ? atomic_fetch_add(cpu, word, 1)
            : sleepOn(cpu, word, -1, 0, { negate: true });
      got?.(value);
    }
  }
}
