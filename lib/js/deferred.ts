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
import type { Seam } from './seam.js';

type Method = (...args: unknown[]) => unknown;

/** Where there are functions that do something later. */
const DEFERRING: readonly (readonly [object, readonly string[]])[] = [
  [globalThis, ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask']],
  [process, ['nextTick']],
  [timers, ['setTimeout', 'setInterval', 'setImmediate']],
];

const REFUSING = Symbol('refusing');

/** Has each of them fail a trial in which it is called. Once in a thread. */
export function refuseDeferredWork(seam: Seam, cpu: Cpu): void {
  if (REFUSING in workers) return;
  Object.defineProperty(workers, REFUSING, { value: true });
  const refuse = (name: string): void => {
    if (seam.isOn)
      die(seam.cpu ?? cpu, ASYNC_CODE, `an actor called ${name}(): what it leaves to do later never runs in a trial`);
  };
  for (const [owner, names] of DEFERRING)
    for (const name of names) stand(owner as Record<string, Method>, name, refuse);
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
}

function stand(owner: Record<string, Method>, name: string, refuse: (name: string) => void): void {
  const real = owner[name];
  const standIn = function standIn(this: unknown, ...args: unknown[]): unknown {
    refuse(name);
    return Reflect.apply(real, this, args);
  };
  owner[name] = Object.assign(standIn, real);
}
