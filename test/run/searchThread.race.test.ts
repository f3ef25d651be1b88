/**
 * Goal: a row is found the same in a thread as on the host's, an interrupt leaves what is known, and searches have one memory limit. Method: one
 * thread for a few small rows, a mutant and a refused race among them; a limit that two made-up searches share.
 */
import test from 'ava';
import { threadsLeft } from '../../lib/harness/host/leftThreads.js';
import { loadRace, raceUrl } from '../../lib/harness/host/loadRace.js';
import { declaredRows, readyRow, type ReadyRow } from '../../lib/run/rows.js';
import { searchOf, searchRow, type RowFound, type RowRefused } from '../../lib/run/verify/searchRow.js';
import { SearchThread, searchSideBySide } from '../../lib/run/verify/searchThreads.js';
import { SharedLimit, sharedLimitFor } from '../../lib/run/verify/sharedLimit.js';
import { mutantRows } from '../../lib/run/verify/verifyMutants.js';
import { withMutants } from '../../lib/race/mutants.js';
import { fixture } from '../e2e/cli.js';

const NEVER = new AbortController().signal;
const COMMON = { seed: 1, budgetMs: 1, lockdep: false, memory: 'sc', bindCores: false } as const;

async function rowsOf(typed: string, ...names: string[]): Promise<ReadyRow[]> {
  const named = { ...(await loadRace(raceUrl(typed) as string)), typed };
  const mutants = mutantRows(named.race).map((row) =>
    readyRow({ ...named, race: withMutants(named.race) }, row, COMMON),
  );
  const declared = declaredRows(named.race).map((row) => readyRow(named, row, COMMON));
  return [...declared, ...mutants].filter(({ row }) => names.includes(row));
}

async function searchedInThread(rows: readonly ReadyRow[]): Promise<Map<ReadyRow, RowFound | RowRefused>> {
  const found = new Map<ReadyRow, RowFound | RowRefused>();
  const left = [...rows.entries()].map(([i, row]) => [row, i + 1] as const);
  const thread = new SearchThread({ thread: 0, memory: sharedLimitFor(1, 1e9) }, () => left.shift() ?? null, {
    signal: NEVER,
    onEnd: (row, what) => void found.set(row, what),
  });
  try {
    await thread.end;
    return found;
  } finally {
    thread.terminate();
  }
}

/** Returns what was found without what depends on the clock. */
function timeless(found: RowFound | RowRefused | undefined): unknown {
  if (found === undefined || 'refused' in found) return found;
  const searches = found.document.searches?.map((search) => ({ ...search, seconds: 0 }));
  return { ...found, document: { ...found.document, seconds: 0, searches } };
}

test.serial('a row is found the same in a thread', async (t) => {
  const rows = [
    ...(await rowsOf('xen-pin', 'buggy, split PTE locks', 'buggy, bare hardware: visible early')),
    ...(await rowsOf(fixture('mutated'), 'not-atomic')),
  ];
  t.is(rows.length, 3);
  const found = await searchedInThread(rows);
  for (const row of rows) {
    const here = await searchRow(row, searchOf(row), { signal: NEVER });
    t.deepEqual(timeless(found.get(row)), timeless(here), row.row);
    t.true('classes' in here && typeof here.classes !== 'string', row.row);
  }
});

test.serial('what an interrupt leaves is what is known so far, and rows behind it have none', async (t) => {
  const rows = await rowsOf('xen-pin', 'buggy, split PTE locks', 'buggy, exit');
  const interrupts = new AbortController();
  const found: RowFound[] = [];
  interrupts.abort();
  await searchSideBySide(rows, 2, { signal: interrupts.signal, onEnd: (_, what) => found.push(what as RowFound) });
  t.deepEqual(found, []);
  const cut = await searchRow(rows[0], searchOf(rows[0]), { signal: interrupts.signal });
  t.like(cut, {
    document: { interrupted: true, verdict: 'BOUNDED' },
    classes: 'the search of all states was interrupted',
  });
});

test.serial('rows are searched side by side, and no thread is left behind them', async (t) => {
  const rows = await rowsOf('xen-pin', 'exit before 9f79991d, stale cr3', 'buggy, exit', 'buggy, split PTE locks');
  const found: ReadyRow[] = [];
  await searchSideBySide(rows, 2, { signal: NEVER, onEnd: (row) => found.push(row) }, 0);
  t.deepEqual(found.map(({ row }) => row).toSorted(), rows.map(({ row }) => row).toSorted());
  t.is(threadsLeft(), 0);
});

test('a search that finds no room waits for those that began before it, and then finds the same', async (t) => {
  const memory = sharedLimitFor(3, 3000);
  const [first, second] = [new SharedLimit(memory, 0), new SharedLimit(memory, 1)];
  const order: string[] = [];
  let end: () => void = () => {};
  const held = first.within(1, NEVER, async ({ onProgress, pause }) => {
    onProgress({ found: { bytes: 5000 } });
    await pause();
    order.push('the oldest goes on');
    await new Promise<void>((done) => (end = done));
    order.push('the oldest ends');
  });
  const waits = second.within(2, NEVER, async ({ onProgress, pause }) => {
    onProgress({ found: { bytes: 10 } });
    await pause();
    order.push('the other goes on');
  });
  const interrupts = new AbortController();
  interrupts.abort();
  await new SharedLimit(memory, 2).within(3, interrupts.signal, async ({ pause }) => await pause());
  t.false(second.hasRoom);
  t.true(first.hasRoom);
  end();
  await Promise.all([held, waits]);
  t.deepEqual(order, ['the oldest goes on', 'the oldest ends', 'the other goes on']);
});

test.serial('a row with many pages fails within the limits of a search beside a run', async (t) => {
  const [row] = await rowsOf('xen-pin', 'buggy, 40 PTE pages');
  const found = await searchRow(row, searchOf(row), { signal: NEVER });
  t.true('document' in found);
  if (!('document' in found)) return;
  const { verdict, failures, agrees, complete, cuts } = found.document;
  t.deepEqual([verdict, failures.map(({ signature }) => signature), agrees], ['FAILS', ['oops-0003'], true]);
  t.false(complete);
  t.true(cuts > 0);
});
