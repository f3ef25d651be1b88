/**
 * The measurements that a probe thread can make, each some milliseconds long. Called in probeThread.ts. Two threads that measure
 * together share three words on lines of their own.
 */

import { readFileSync } from 'node:fs';
import { bindThread } from '../harness/host/coreBinding.js';
import { ownTid } from '../harness/ownTid.js';
import { GAP_US, type ClockFacts, type SpinFacts } from './facts.js';
import { hostSwitchesOf, type Switches } from './hostText.js';

/** One thread's part in a measurement by two: its side, and the core that it is bound to, if it can be. */
export interface Pairing {
  readonly mem: Int32Array;
  readonly side: 0 | 1;
  readonly core: number | null;
  readonly ms: number;
}

export interface JitterSample {
  readonly seconds: number;
  readonly gaps: number;
  readonly longestUs: number;
  readonly lostUs: number;
  readonly switches: Switches | null;
}

export const PROBES = { clock, spin, pingPong, parkWake, jitter, bind };
export type Probes = typeof PROBES;

const CLOCK_LOOKS = 10_000;
const LOOP_ITERATIONS = 200_000;
const ROUNDS = 9;
/** Longest single sleep, so that a partner that has ended is noticed. */
const PARK_MS = 20;
const LINE = 16;
const BALL = 0;
const READY = LINE;
const OVER = 2 * LINE;
/** Words that a pair shares. */
export const PAIR_WORDS = 3 * LINE;

const pause = (Atomics as { pause?: () => void }).pause;

/** Binds this thread to a core; returns whether that worked. */
async function bind({ core }: { core: number }): Promise<boolean> {
  return bindThread(ownTid(), core);
}

function clock(): ClockFacts {
  let [stepNs, backward] = [Infinity, 0];
  const readNs = fastest(() => {
    const begun = process.hrtime.bigint();
    let last = begun;
    for (let i = 0; i < CLOCK_LOOKS; i++) {
      const now = process.hrtime.bigint();
      const step = Number(now - last);
      if (step < 0) backward++;
      else if (step > 0 && step < stepNs) stepNs = step;
      last = now;
    }
    return Number(last - begun) / CLOCK_LOOKS;
  });
  return { stepNs, readNs, backward };
}

function spin(): SpinFacts {
  const mem = new Int32Array(new SharedArrayBuffer(64));
  const loadNs = fastest(() => nsPerIteration(() => void Atomics.load(mem, 0)));
  return { loadNs, pauseNs: pause === undefined ? null : fastest(() => nsPerIteration(pause)) };
}

function nsPerIteration(iteration: () => void): number {
  const begun = performance.now();
  for (let i = 0; i < LOOP_ITERATIONS; i++) iteration();
  return ((performance.now() - begun) * 1e6) / LOOP_ITERATIONS;
}

/** Returns the fastest round, since other load can only make a round slower. */
function fastest(measure: () => number): number {
  return Math.min(...Array.from({ length: ROUNDS }, measure));
}

/** Sends a number back and forth; returns nanoseconds one way, null for the side that only answers. */
async function pingPong(pairing: Pairing): Promise<number | null> {
  await takePlace(pairing);
  const { mem, side, ms } = pairing;
  const awaitBall = (value: number): boolean => {
    while (Atomics.load(mem, BALL) !== value) if (Atomics.load(mem, OVER) !== 0) return false;
    return true;
  };
  return side === 1 ? answer(mem, awaitBall, () => {}) : serve(mem, ms, awaitBall, () => {});
}

/** Does the same with threads that sleep until they are woken; returns nanoseconds of a round trip. */
async function parkWake(pairing: Pairing): Promise<number | null> {
  await takePlace(pairing);
  const { mem, side, ms } = pairing;
  const awaitBall = (value: number): boolean => {
    for (let seen = Atomics.load(mem, BALL); seen !== value; seen = Atomics.load(mem, BALL)) {
      if (Atomics.load(mem, OVER) !== 0) return false;
      Atomics.wait(mem, BALL, seen, PARK_MS);
    }
    return true;
  };
  const ring = (): void => void Atomics.notify(mem, BALL);
  if (side === 1) return answer(mem, awaitBall, ring);
  const oneWay = serve(mem, ms, awaitBall, ring);
  return oneWay === null ? null : 2 * oneWay;
}

type AwaitBall = (value: number) => boolean;

function answer(mem: Int32Array, awaitBall: AwaitBall, ring: () => void): null {
  for (let ball = 1; awaitBall(ball); ball += 2) {
    Atomics.store(mem, BALL, ball + 1);
    ring();
  }
  return null;
}

/** Exchanges balls in rounds until the time is over; returns the slowest of the fastest tenth, which excludes most of other load. */
function serve(mem: Int32Array, ms: number, awaitBall: AwaitBall, ring: () => void): number | null {
  const ROUND = 20;
  const rounds: number[] = [];
  const begun = performance.now();
  for (let ball = 0, from = begun; from - begun < ms; from = performance.now()) {
    for (let i = 0; i < ROUND; i++, ball += 2) {
      Atomics.store(mem, BALL, ball + 1);
      ring();
      awaitBall(ball + 2);
    }
    rounds.push(((performance.now() - from) * 1e6) / (2 * ROUND));
  }
  Atomics.store(mem, OVER, 1);
  Atomics.notify(mem, BALL);
  return rounds.toSorted((a, b) => a - b)[Math.floor(rounds.length / 10)] ?? null;
}

/** Binds the thread, and waits until its partner is bound. */
async function takePlace({ mem, core }: Pairing): Promise<void> {
  if (core !== null) await bindThread(ownTid(), core);
  if (Atomics.add(mem, READY, 1) + 1 === 2) Atomics.notify(mem, READY);
  else while (Atomics.load(mem, READY) < 2) Atomics.wait(mem, READY, 1, PARK_MS);
}

/** Reads the clock all the time, and counts gaps. */
async function jitter({ core, ms }: { core: number | null; ms: number }): Promise<JitterSample> {
  if (core !== null) await bindThread(ownTid(), core);
  const before = ownSwitches();
  let [gaps, longestUs, lostUs] = [0, 0, 0];
  const begun = performance.now();
  let last = begun;
  while (last - begun < ms) {
    const now = performance.now();
    const awayUs = (now - last) * 1000;
    last = now;
    if (awayUs < GAP_US) continue;
    gaps++;
    lostUs += awayUs;
    longestUs = Math.max(longestUs, awayUs);
  }
  const after = ownSwitches();
  const switches =
    before === null || after === null
      ? null
      : { voluntary: after.voluntary - before.voluntary, involuntary: after.involuntary - before.involuntary };
  return { seconds: (last - begun) / 1000, gaps, longestUs, lostUs, switches };
}

function ownSwitches(): Switches | null {
  try {
    return hostSwitchesOf(readFileSync('/proc/thread-self/status', 'latin1'));
  } catch {
    return null;
  }
}
