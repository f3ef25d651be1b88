/**
 * Refuses what an actor leaves to do later: timers, ticks, workers. A thread that runs trials never turns its event loop, so none of it
 * would happen, and a sleeper that it would have woken would seem to be lost. Called by intercept.ts in the thread of a CPU.
 */

import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers';
import workers from 'node:worker_threads';
import type { Cpu } from '../machine/cpu.js';
import { die } from '../machine/outcome.js';
import { ASYNC_CODE } from '../machine/signatures.js';

/** Taken before anything stands in its place. */
const realImmediate = setImmediate;
const realTimeout = setTimeout;

type Method = (...args: unknown[]) => unknown;

/** Where there are functions that do something later. */
const DEFERRING: readonly (readonly [object, readonly string[]])[] = [
  [globalThis, ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask']],
  [process, ['nextTick']],
  [timers, ['setTimeout', 'setInterval', 'setImmediate']],
];

/** Whether a trial runs in this thread, whose, and whether its actors are awaited. */
export interface Running {
  readonly isOn: boolean;
  readonly isAwaited: boolean;
  readonly cpu: Cpu | null;
}

const REFUSING = Symbol('refusing');

/** Has each of them fail a trial in which it is called. Once in a thread; returns what takes that back. */
export function refuseDeferredWork(running: Running): () => void {
  if (REFUSING in workers) return () => undefined;
  Object.defineProperty(workers, REFUSING, { value: true, configurable: true });
  const refuse = (name: string): void => {
    if (running.isOn && running.cpu !== null && (!running.isAwaited || name === 'new Worker'))
      die(running.cpu, ASYNC_CODE, `an actor called ${name}(): what it leaves to do later never runs in a trial`);
  };
  const undo = DEFERRING.flatMap(([owner, names]) =>
    names.map((name) => stand(owner as Record<string, Method>, name, refuse)),
  );
  const { Worker } = workers;
  Object.assign(workers, {
    Worker: new Proxy(Worker, {
      construct(target, args, newTarget): object {
        refuse('new Worker');
        return Reflect.construct(target, args, newTarget) as object;
      },
    }),
  });
  syncBuiltinESMExports();
  return () => {
    for (const back of undo) back();
    Object.assign(workers, { Worker });
    Reflect.deleteProperty(workers, REFUSING);
    syncBuiltinESMExports();
  };
}

/** What keeps the event loop of this thread busy before any trial: by Node's names, how many of each. */
const usual = new Map<string, number>();

/** Notes what keeps the event loop busy before any trial: the ports of the thread itself, and what `open` has begun. */
export function noteUsualWork(): void {
  usual.clear();
  for (const [name, count] of counts()) usual.set(name, count);
}

/** Returns what is left to do later on this thread, by Node's name for it: a timer, a read of a file; null for nothing. */
export function deferredWork(): string | null {
  for (const [name, count] of counts()) if (count > (usual.get(name) ?? 0)) return name;
  return null;
}

function counts(): Map<string, number> {
  const found = new Map<string, number>();
  for (const name of process.getActiveResourcesInfo()) found.set(name, (found.get(name) ?? 0) + 1);
  return found;
}

/** Settles behind an iteration of the event loop, after so many milliseconds at least: what awaits nothing is done then. */
export async function eventLoopIdle(ms: number): Promise<void> {
  await new Promise<void>((done) => {
    if (ms === 0) realImmediate(() => done());
    else realTimeout(() => done(), ms);
  });
}

/** Fails the trial by what its actor has left to do later. */
export function refuseRest(cpu: Cpu, what: string): never {
  return die(cpu, ASYNC_CODE, `an actor has ended, and left something to do later that nobody awaits: ${what}`);
}

/** Puts a function in the place of one; returns what puts that back. */
function stand(owner: Record<string, Method>, name: string, refuse: (name: string) => void): () => void {
  const real = owner[name];
  const standIn = function standIn(this: unknown, ...args: unknown[]): unknown {
    refuse(name);
    return Reflect.apply(real, this, args);
  };
  owner[name] = Object.assign(standIn, real);
  return () => (owner[name] = real);
}
