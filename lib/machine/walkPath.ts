/**
 * The path of a walk through the wait-for graph. Filled by cycle.ts and standstill.ts; each CPU has one (cpu.ts), and so has
 * lib/harness/watch/accuser.ts.
 */

import { CPUS_MAX } from './layout.js';

/**
 * The path of one walk of the wait-for graph: its members, their wait records, and the word that makes the edge to the
 * next. Made once for each CPU, because walks happen while trials run and must allocate nothing.
 */
export class WalkPath {
  readonly members = new Array<number>(CPUS_MAX).fill(0);
  readonly records = new Array<number>(CPUS_MAX).fill(0);
  readonly edges = new Array<number>(CPUS_MAX).fill(0);
  readonly seen = new Array<boolean>(CPUS_MAX).fill(false);
  length = 0;
  /** Where on the path that begins which was found among those that stand (standstill.ts), and who waits there for nobody. */
  start = -1;
  leaf = -1;
  /** Whether only a way back to the first member counts as a cycle. */
  backToFirst = false;

  clear(cpus: number): void {
    this.length = 0;
    this.leaf = -1;
    for (let c = 0; c < cpus; c++) this.seen[c] = false;
  }

  /** Returns the index of `c` on the path, or -1. */
  indexOf(c: number): number {
    for (let i = 0; i < this.length; i++) if (this.members[i] === c) return i;
    return -1;
  }

  push(c: number, record: number): void {
    this.members[this.length] = c;
    this.records[this.length] = record;
    this.length++;
  }
}
