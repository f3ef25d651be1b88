/** Requests the outcome on a trial that hangs from one of its CPUs. Used on the host by machineWatch.ts. */

import { Mailboxes } from '../../sharedarraybuffer-utils/index.js';
import { describeCycle, describeStandstill, exitedOwner, provenCycle, signatureOf } from '../../machine/cycle.js';
import { lowestBit } from '../../machine/irq.js';
import { FAILURE_DETAIL_WORDS, MACHINE, WATCH } from '../../machine/layout.js';
import { lockGeneration, lockOwner } from '../../machine/lockWord.js';
import { sendNmi } from '../../machine/nmi.js';
import { DEADLOCK, LIVELOCK, ORPHANED_LOCK, STARVATION, signaturesOf } from '../../machine/signatures.js';
import { outcomeWord } from '../../machine/outcome.js';
import { WAIT, waitKind, waitObject } from '../../machine/wait.js';
import { Standing } from '../../machine/standing.js';
import { mayStand, provenStandstill } from '../../machine/standstill.js';
import { FOUND } from '../../machine/stuckCycle.js';
import type { Walker } from '../../machine/walker.js';
import { WalkPath } from '../../machine/walkPath.js';
import type { HostMachine } from '../host/machine.js';
import type { Suspect } from './suspects.js';

/** Asks CPUs of one machine for the outcomes that the watchdog wants set (nmi.ts), each with its details. */
export class Accuser {
  readonly #machine: HostMachine;
  readonly #signatures: readonly string[];
  readonly #walker: Walker;
  /** Tag of the trial that a CPU is in. */
  readonly #tagOf: (cpu: number) => number;
  /** What the tick before found from outside, to be found twice. */
  #foundBefore = '';

  constructor(machine: HostMachine, tagOf: (cpu: number) => number) {
    const { mem, map } = machine;
    this.#machine = machine;
    this.#tagOf = tagOf;
    this.#signatures = signaturesOf(machine.declared);
    const mailboxes = new Mailboxes(mem, map.mailboxes);
    this.#walker = { mem, map, places: map.shape.cpus, mailboxes, path: new WalkPath(), standing: new Standing() };
  }

  /** Withdraws the request: another trial has begun. */
  forget(): void {
    this.#foundBefore = '';
    const request = this.#machine.map.machine + MACHINE.watch + WATCH.request;
    if (Atomics.load(this.#machine.mem, request) !== 0) Atomics.store(this.#machine.mem, request, 0);
  }

  /**
   * Walks the wait-for graph from outside, as the CPUs do from inside; what it finds counts if two ticks find it alike.
   * Returns whether there is something to find.
   */
  findFromOutside(suspects: readonly Suspect[]): boolean {
    const detail = new Array<number>(FAILURE_DETAIL_WORDS).fill(0);
    for (const { cpu, wait } of suspects) {
      if (waitKind(wait) === WAIT.RUN) continue;
      const { path } = this.#walker;
      const start = provenCycle(this.#walker, cpu);
      if (start >= 0) {
        describeCycle(path, start, detail);
        return this.#foundTwice(path.members[start], DEADLOCK, detail, path.records.slice(start, path.length));
      }
      const owner = waitKind(wait) === WAIT.LOCK ? exitedOwner(this.#walker, waitObject(wait)) : -1;
      if (owner >= 0) {
        detail[0] = waitObject(wait);
        detail[1] = owner;
        return this.#foundTwice(cpu, ORPHANED_LOCK, detail, [wait]);
      }
      const found = mayStand(this.#walker) ? provenStandstill(this.#walker, cpu) : FOUND.NOTHING;
      if (found === FOUND.NOTHING) continue;
      describeStandstill(this.#walker, found, detail);
      const records = path.records.slice(path.start, path.length);
      return this.#foundTwice(cpu, signatureOf(found), detail, records);
    }
    this.#foundBefore = '';
    return false;
  }

  #foundTwice(giver: number, signature: string, detail: readonly number[], records: readonly number[]): true {
    const found = `${signature} ${detail.join(' ')} ${records.join(' ')}`;
    if (found === this.#foundBefore) this.#ask(giver, signature, detail);
    this.#foundBefore = found;
    return true;
  }

  /** Accuses all of a livelock, with the CPU that had most CPU time, and how much. */
  livelock({ cpu }: Suspect, ranMs: number): void {
    this.#ask(cpu, LIVELOCK, [cpu, Math.round(ranMs)]);
  }

  /**
   * Accuses a CPU of starvation: it waits for the same thing all the time. The details are the lock or the word, or 0; the
   * lock's owner, or the CPU that owes the acknowledgement; how often the lock changed hands; for how long the trial has
   * run; whether nobody runs who could end that.
   */
  starvation({ cpu, wait, generation }: Suspect, trialMs: number, nobodyRuns: boolean): void {
    const { mem } = this.#machine;
    const [how, idle] = [Math.round(trialMs), nobodyRuns ? 1 : 0];
    if (waitKind(wait) === WAIT.LOCK) {
      const word = mem[waitObject(wait)];
      const handed = (lockGeneration(word) - generation) & 0xffffff;
      this.#ask(cpu, STARVATION, [waitObject(wait), lockOwner(word), handed, how, idle]);
      return;
    }
    if (waitKind(wait) === WAIT.WORD) {
      this.#ask(cpu, STARVATION, [waitObject(wait), -1, 0, how, idle]);
      return;
    }
    const word = waitObject(wait) & 1;
    const unacked = this.#walker.mailboxes.unacked(cpu, word);
    // If it has got its answer since, it moves.
    if (unacked !== 0) this.#ask(cpu, STARVATION, [0, word * 32 + lowestBit(unacked), 0, how, idle]);
  }

  /** Asks a CPU of the trial to set the outcome. */
  #ask(giver: number, signature: string, detail: readonly number[]): void {
    const { mem, map } = this.#machine;
    const watch = map.machine + MACHINE.watch;
    // No CPU may take a request with the details of another one.
    Atomics.store(mem, watch + WATCH.request, 0);
    for (let i = 0; i < FAILURE_DETAIL_WORDS; i++) mem[watch + WATCH.detail + i] = detail[i] ?? 0;
    const request = outcomeWord(this.#tagOf(giver), giver, this.#signatures.indexOf(signature));
    Atomics.store(mem, watch + WATCH.request, request);
    sendNmi(mem, map, giver);
  }
}
