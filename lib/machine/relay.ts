/**
 * Lets the threads that share a core run one after another. Made by cpu.ts for each thread that shares its core; used
 * by its Waiter, meeting.ts and windows.ts.
 */

import { LINE_WORDS, PARKED, PARTY, PARTY_STRIDE, wake, type Baton } from '../sharedarraybuffer-utils/index.js';
import { MACHINE } from './layout.js';
import type { MachineMap } from './map.js';

/** Iterations to wait until another core has passed its baton: some 30 us, several times what it takes. */
const BATON_SPINS = 3000;
/** A thread lets another one of its core go first behind one meeting in so many. */
const SHUFFLE = 64;

/**
 * Where the CPUs of a machine outnumber the cores, the threads of one core run in a relay: one that has arrived at a
 * meeting wakes the next which has not, and sleeps. The last one waits awake, and continues at once when the meeting is
 * over. So each core has one thread awake and never goes idle, which is slow to wake from, and hardly a wake-up crosses
 * from core to core. CPU `c` runs on core `c` modulo their number (coreBinding.ts). A thread that holds a window open
 * yields its core: otherwise no other thread of the core could reach the window (windows.ts). Now and then the order of
 * a core's threads changes, so that every two CPUs of different cores meet at work.
 *
 * Nothing but speed depends on it: a thread that is woken too early finds that out, and every sleep is bounded.
 *
 * V8 keeps the sleepers of a process under one mutex. A thread that finds it taken puts its core to sleep, so a core says by the
 * baton word that it passes from one thread to the next, and other cores wait for that awake, but not for long.
 */
export class Relay implements Baton {
  readonly #mem: Int32Array;
  readonly #baton: number;
  readonly #home: number;
  /** Where the other threads of this core sleep, from the one behind this on. */
  readonly #mates: readonly number[];
  /** Where the threads of each other core sleep. */
  readonly #elsewhere: readonly (readonly number[])[];
  /** The newest meeting that is over. */
  #over = 0;

  /** `home` is the CPU that the thread started as, `cores` how many cores the CPUs of the machine share. */
  constructor(mem: Int32Array, map: MachineMap, home: number, cores: number) {
    const { cpus, processors = cpus } = map.shape;
    // Where threads change places in each trial, they meet on bells of their own (meeting.ts).
    const bells = processors === cpus ? map.parties : map.migration + LINE_WORDS;
    const onCores = Array.from({ length: Math.min(cores, cpus) }, (_, core) =>
      Array.from({ length: Math.ceil((cpus - core) / cores) }, (__, i) => bells + (core + i * cores) * PARTY_STRIDE),
    );
    const own = onCores[home % cores];
    const place = Math.floor(home / cores);
    this.#mem = mem;
    this.#home = home;
    this.#baton = map.machine + MACHINE.baton;
    this.#mates = [...own.slice(place + 1), ...own.slice(0, place)];
    this.#elsewhere = onCores.filter((parties) => parties !== own);
  }

  /** Returns the newest meeting that the thread knows to be over. */
  get over(): number {
    return this.#over;
  }

  /** Notes that the meeting of that number is over. Returns whether the thread is to let another one of its core go first. */
  passed(meeting: number): boolean {
    this.#over = meeting;
    return Math.imul(meeting ^ (this.#home << 20), 0x9e3779b1) >>> 0 < 2 ** 32 / SHUFFLE;
  }

  /** Wakes one thread of each core that has none awake. Called when the thread has found that a meeting is over. */
  release(): void {
    for (const parties of this.#elsewhere) {
      if (this.#areAsleep(parties)) {
        this.#takeBaton();
        wake(this.#mem, parties[0]);
        this.woke();
      }
    }
  }

  wanted(): boolean {
    for (const party of this.#mates) {
      const parked = Atomics.load(this.#mem, party + PARTY.parked);
      if (parked === PARKED.NO || this.#waitsForBaton(party, parked)) return true;
    }
    return false;
  }

  /** Wakes the next thread of the core that a meeting has let go. */
  sleeps(): boolean {
    for (const party of this.#mates) {
      if (!this.#waitsForBaton(party, Atomics.load(this.#mem, party + PARTY.parked))) continue;
      this.#takeBaton();
      wake(this.#mem, party);
      return true;
    }
    return false;
  }

  /** Takes the baton that the core was passing: this thread has woken. */
  woke(): void {
    if (Atomics.load(this.#mem, this.#baton) !== 0) Atomics.store(this.#mem, this.#baton, 0);
  }

  #areAsleep(parties: readonly number[]): boolean {
    for (const party of parties) if (Atomics.load(this.#mem, party + PARTY.parked) === PARKED.NO) return false;
    return true;
  }

  /** Whether the thread sleeps in a meeting that is over. */
  #waitsForBaton(party: number, parked: number): boolean {
    return parked === PARKED.IN_RELAY && ((this.#mem[party + PARTY.awaited] - this.#over) | 0) <= 0;
  }

  #takeBaton(): void {
    for (let spins = 0; spins < BATON_SPINS; spins++)
      if (Atomics.compareExchange(this.#mem, this.#baton, 0, this.#home + 1) === 0) return;
  }
}
