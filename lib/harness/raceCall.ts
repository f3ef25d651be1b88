/**
 * Calls functions of a race on the host's thread, and ends those that do not return. Called by host/loadRace.ts,
 * host/run.ts and watch/supervise.ts.
 */

import { Session, type Profiler } from 'node:inspector';
import { Script, createContext, type Context } from 'node:vm';
import type { Race } from '../race/race.js';
import { RaceFault } from '../race/raceFault.js';
import { ownTid } from './ownTid.js';
import { showHostPlace } from './host/hostPlace.js';
import { sourceFrames } from './sourceFrames.js';
import { lookAtThread, type ThreadLook } from './host/threadTime.js';

/**
 * The functions of a race that the host calls itself, on the one thread that has the timers and the signals: none of them may
 * keep it. A call that does not end is ended from outside, and is the fault of the race. One that stays in the kernel cannot be ended
 * so: another thread ends the process then (hostPlace.ts).
 */

/** A function of the race does not end. */
export class RaceHang extends RaceFault {
  override readonly name = 'RaceHang';
}

/** How long a call may take. They make names, numbers and lines of text. */
export const CALL_MS_MAX = 1000;
/** For how long it is watched then, to say where it is. */
const PROFILE_MS = 300;
const SAMPLE_US = 5000;
/** A process that was stopped, or got no processor, tries again. Sleep looks like a short stop: it is tried once more. */
const TRIES_MAX = 4;
const TRIES_ASLEEP = 2;
const FRAMES_MAX = 3;
/** What calls the function of a race in our own code. */
const OURS = /\(lib[\\/](?:race|harness|machine)[\\/][\w/\\]+\.ts:/;

const CALL = new Script('call()');
const TIMED_OUT = 'ERR_SCRIPT_EXECUTION_TIMEOUT';

/** The call that is under way, in words; null if none is. A call that is ended from outside leaves its name here. */
let underWay: string | null = null;
/** Where Node lets a call be ended by a timer of another thread. */
let box: (Context & { call?: () => unknown }) | undefined;

/** Calls what belongs to a race; `what` names it in the fault. Throws what the call throws, and RaceHang if it does not end. */
export function callRace<T>(what: string, call: () => T, mostMs = CALL_MS_MAX): T {
  if (underWay !== null) {
    // Within another call: that one ends it, and says that this is where it was.
    const outer = underWay;
    enter(what);
    try {
      return call();
    } finally {
      enter(outer);
    }
  }
  for (let tries = 1; ; tries++) {
    const tid = ownTid();
    const before = lookAtThread(tid);
    const startMs = performance.now();
    const ended = callWithin(what, mostMs, call);
    if ('returned' in ended) return ended.returned;
    const look = { tookMs: performance.now() - startMs, before, after: lookAtThread(tid) };
    if (tries < triesOf(look, mostMs)) continue;
    throw hangOf(`${ended.where} does not end`, framesOf(what, call));
  }
}

/** Returns how often a call is made that was ended like this: it may have had no chance to end by itself. */
function triesOf({ tookMs, before, after }: CallLook, mostMs: number): number {
  if (tookMs > 2 * mostMs) return TRIES_MAX;
  if (before === null || after === null) return 1;
  if (after.waitedMs - before.waitedMs > mostMs / 2) return TRIES_MAX;
  return after.ranMs - before.ranMs < mostMs / 2 ? TRIES_ASLEEP : 1;
}

/** How long a call took, and its thread in front of it and behind. */
interface CallLook {
  readonly tookMs: number;
  readonly before: ThreadLook | null;
  readonly after: ThreadLook | null;
}

/** Returns the fault that says what does not end, and where, innermost first, in one line. */
export function hangOf(what: string, frames: readonly string[]): RaceHang {
  const theirs = frames.filter((frame) => !OURS.test(frame)).slice(0, FRAMES_MAX);
  return new RaceHang([what, ...theirs].join(', '));
}

/** Returns what a call has returned, or, if it was ended, the innermost call of the race that was under way. */
function callWithin<T>(what: string, ms: number, call: () => T): { returned: T } | { where: string } {
  box ??= createContext({});
  box.call = call;
  enter(what);
  try {
    return { returned: CALL.runInContext(box, { timeout: ms }) as T };
  } catch (error) {
    if ((error as NodeJS.ErrnoException | null)?.code !== TIMED_OUT) throw error;
    return { where: underWay ?? what };
  } finally {
    enter(null);
    delete box.call;
  }
}

function enter(what: string | null): void {
  underWay = what;
  showHostPlace(what);
}

/** Returns where a call is that does not end: it is made once more, and sampled. Innermost first. */
function framesOf(what: string, call: () => unknown): string[] {
  const session = new Session();
  session.connect();
  try {
    session.post('Profiler.enable');
    session.post('Profiler.setSamplingInterval', { interval: SAMPLE_US });
    // Without a processor for so long there is no sample of the call.
    for (let tries = 1, frames: string[] = []; ; tries++) {
      session.post('Profiler.start');
      callWithin(what, PROFILE_MS, call);
      session.post('Profiler.stop', (_, { profile }) => (frames = sourceFrames(hottest(profile))));
      if (frames.some((frame) => !OURS.test(frame)) || tries === TRIES_MAX) return frames;
    }
  } finally {
    session.disconnect();
  }
}

/** Returns the stack in which most samples were taken, down to where the call was made. */
function hottest({ nodes, samples = [] }: Profiler.Profile): string[] {
  const counts = new Map<number, number>();
  for (const id of samples) counts.set(id, (counts.get(id) ?? 0) + 1);
  const callers = new Map(nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node] as const)));
  const [most] = [...counts].toSorted(([, a], [, b]) => b - a);
  const frames: string[] = [];
  let node = nodes.find(({ id }) => id === most?.[0]);
  for (; node !== undefined && !node.callFrame.url.startsWith('evalmachine'); node = callers.get(node.id)) {
    const { functionName, url, lineNumber } = node.callFrame;
    const line = node.positionTicks?.toSorted((a, b) => b.ticks - a.ticks)[0]?.line ?? lineNumber + 1;
    if (url !== '') frames.push(`at ${functionName === '' ? '<anonymous>' : functionName} (${url}:${line}:1)`);
  }
  return frames;
}

/** What one run has its race do on the host's thread. Once a call has not ended, no other is made: each would take its second. */
export class RaceCalls {
  readonly #what: string;
  readonly #mostMs: number;
  #hang: RaceHang | null = null;

  constructor(race: string, mostMs = CALL_MS_MAX) {
    this.#what = `race ${race}`;
    this.#mostMs = mostMs;
  }

  /** Makes a call as `callRace` does. */
  make<T>(call: () => T): T {
    if (this.#hang !== null) throw this.#hang;
    try {
      return callRace(this.#what, call, this.#mostMs);
    } catch (error) {
      if (error instanceof RaceHang) this.#hang = error;
      throw error;
    }
  }
}

/** Returns a race whose functions may be called on the host's thread: each is ended if it does not end by itself. */
export function boundedRace(race: Race): Race {
  // The programs of a litmus test run on the CPUs' threads alone.
  if (race.kind === 'litmus') return race;
  const bounded = <T>(name: string, call: () => T): T => callRace(`race ${race.name}: ${name}()`, call);
  return {
    ...race,
    configure: (variant, knobs) => bounded('configure', () => race.configure(variant, knobs)),
    instanceWords: (config) => bounded('instanceWords', () => race.instanceWords(config)),
    reset: (mem, instance, config) => bounded('reset', () => race.reset(mem, instance, config)),
    role: (cpu, cpus, config) => bounded('role', () => race.role(cpu, cpus, config)),
    symbol: (offset, config) => bounded('symbol', () => race.symbol(offset, config)),
    report: (snapshot, config) => bounded('report', () => race.report(snapshot, config)),
  };
}
