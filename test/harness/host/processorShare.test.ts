// Goal: the share of processor time is that of the threads that run, by the host's account; a host that tells nothing has none. Method:
// this test's own thread, which works, and a thread that does not exist.

import { readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import test from 'ava';
import type { HostMachine } from '../../../lib/harness/host/machine.js';
import { ProcessorShare, shareOf } from '../../../lib/harness/host/processorShare.js';
import { processorTime } from '../../../lib/harness/host/threadTime.js';

function machineOf(...tids: readonly number[]): HostMachine {
  return { tids: () => tids } as never;
}

/** Number of the running thread for the host; 0 where it does not tell. */
function ownTid(): number {
  try {
    return Number(basename(readlinkSync('/proc/thread-self')));
  } catch {
    return 0;
  }
}

/** Runs until the host has noticed it; false where it keeps no account. */
function work(tid: number): boolean {
  const before = processorTime(tid);
  if (before === null) return false;
  while ((processorTime(tid)?.ranMs ?? Infinity) - before.ranMs < 5);
  return true;
}

test('a thread that works has a share between nothing and all', (t) => {
  const share = new ProcessorShare([machineOf(ownTid(), 0)]);
  share.look();
  t.is(share.time(), null);
  const isTold = work(ownTid());
  share.look();
  const found = shareOf(share.time());
  t.is(found !== null, isTold);
  if (found !== null) t.true(found > 0 && found <= 1);
});

test('threads that are not there have none', (t) => {
  const share = new ProcessorShare([machineOf(0), machineOf(2 ** 22 + 1)]);
  share.look();
  share.look();
  t.is(share.time(), null);
  t.is(shareOf(null), null);
});

test('the share is that of the time that they wanted', (t) => {
  t.is(shareOf({ ranMs: 30, waitedMs: 90 }), 0.25);
  t.is(shareOf({ ranMs: 30, waitedMs: 0 }), 1);
});
