/**
 * Goal: a store says how many classes of orders a row has met, and when; what another search counted is not mixed with it, and trials of
 * no class that exists are a violation. Method: a made-up search, and stores that are opened again.
 */
import { join } from 'node:path';
import test from 'ava';
import { soakReport } from '../../lib/report/soak/text.js';
import { ClassBook, SliceClasses, type RowClasses } from '../../lib/soak/classBook.js';
import type { SampledTrials } from '../../lib/soak/classes.js';
import { SoakDatabase } from '../../lib/soak/database.js';
import { soakDocumentOf } from '../../lib/soak/document.js';
import { Ledger } from '../../lib/soak/ledger.js';
import type { SoakRow } from '../../lib/soak/row.js';
import { Store } from '../../lib/soak/store.js';
import { DELTA, HOST, folder, newStore, twoRows } from './rows.js';
import { PLAIN } from '../../lib/report/format/screen.js';

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);
const SEARCH = { signal: new AbortController().signal, onProgress: () => undefined };

/** A search that has found three classes; the trials of each slice meet those that `met` holds. */
class MadeUp implements RowClasses {
  met: string[] = [];
  readonly #identity: string;
  readonly #perSlice: SampledTrials;
  #slices = 0;

  constructor(identity: string, perSlice: SampledTrials) {
    this.#identity = identity;
    this.#perSlice = perSlice;
  }

  begin(): void {
    // Machines are nothing to it.
  }

  look(): void {
    // Nor are their trials.
  }

  end(): void {
    this.#slices++;
  }

  takeNew(): readonly string[] {
    return this.met.splice(0);
  }

  identity(): string {
    return this.#identity;
  }

  figures(): SampledTrials & { readonly classes: number } {
    const { sampled, unclear, crowded, unknown } = this.#perSlice;
    const n = this.#slices;
    return { classes: 3, sampled: n * sampled, unclear: n * unclear, crowded: n * crowded, unknown: n * unknown };
  }
}

const PER_SLICE = { sampled: 10, unclear: 1, crowded: 0, unknown: 0 };

interface Begun {
  readonly store: Store;
  readonly session: number;
  readonly ledger: Ledger;
  readonly rows: readonly SoakRow[];
  readonly id: number;
}

async function begin(store: Store): Promise<Begun> {
  const session = store.claim(HOST);
  const rows = await twoRows();
  const [id] = store.declare(rows);
  return { store, session, ledger: new Ledger(store, session, () => undefined), rows, id };
}

/** Runs a slice of 3 s that begins when the last one has ended. */
function slice({ store, ledger, id }: Begun, row: MadeUp, met: readonly (readonly [string, number])[]): void {
  const startMs = store.campaign().elapsedMs;
  const open = ledger.beginSlice(id, startMs, 1);
  const classes = new SliceClasses(ledger, id, row);
  for (const [name, ms] of met) {
    row.met.push(name);
    classes.look(startMs + ms);
  }
  classes.close(startMs + 3000);
  ledger.interval(open, startMs, startMs + 3000, { ...DELTA, failures: 0, outcomes: [] }, 90);
}

test('classes are counted once, each with the time of the first trial that met it', async (t) => {
  const path = join(folder(t), 's.db');
  const begun = await begin(newStore(path));
  const row = new MadeUp(A, PER_SLICE);
  t.is(await new ClassBook(begun.ledger, async () => row).of(begun.id, begun.rows[0], SEARCH), row);
  slice(begun, row, [
    [A, 100],
    [B, 2000],
  ]);
  begun.store.end(begun.session, 'interrupted', false);

  // In another process everything is met for the first time again.
  const again = await begin(new Store(SoakDatabase.open(path)));
  const other = new MadeUp(A, PER_SLICE);
  await new ClassBook(again.ledger, async () => other).of(again.id, again.rows[0], SEARCH);
  slice(again, other, [[B, 500]]);
  const [{ classes }] = again.store.totals();
  t.deepEqual(classes, {
    classes: 3,
    reason: null,
    met: 2,
    lastNewMs: 2000,
    sampled: 20,
    unclear: 2,
    crowded: 0,
    unknown: 0,
  });
  t.deepEqual(again.store.classesOverTime(), [
    {
      row: again.id,
      points: [
        { ms: 100, met: 1 },
        { ms: 2000, met: 2 },
      ],
    },
  ]);
  const [first, second] = soakDocumentOf(again.store, 0).rows;
  t.not(first.verdict, 'VIOLATED');
  t.is(second.classes, null);
});

test('what was met of the classes of another search is dropped', async (t) => {
  const begun = await begin(newStore(join(folder(t), 's.db')));
  const row = new MadeUp(A, PER_SLICE);
  await new ClassBook(begun.ledger, async () => row).of(begun.id, begun.rows[0], SEARCH);
  slice(begun, row, [[A, 100]]);
  await new ClassBook(begun.ledger, async () => new MadeUp(B, PER_SLICE)).of(begun.id, begun.rows[0], SEARCH);
  t.like(begun.store.totals()[0].classes, { classes: 3, met: 0, sampled: 0, lastNewMs: null });
});

test('trials of no class that exists are a violation, whatever else was counted', async (t) => {
  const begun = await begin(newStore(join(folder(t), 's.db')));
  const row = new MadeUp(A, { ...PER_SLICE, unknown: 1 });
  await new ClassBook(begun.ledger, async () => row).of(begun.id, begun.rows[0], SEARCH);
  slice(begun, row, [[A, 100]]);
  const document = soakDocumentOf(begun.store, 0);
  t.is(document.rows[0].verdict, 'VIOLATED');
  const text = soakReport(document, PLAIN).join('\n');
  t.regex(text, /AMONG NO STATES: 1 sampled trial of no class/);
  t.regex(text, /1 of 3, AND OTHERS +VIOLATED/);
});

test('a row that cannot be searched says why, and one whose search was interrupted is searched later', async (t) => {
  const begun = await begin(newStore(join(folder(t), 's.db')));
  const { ledger, id, rows, store } = begun;
  const interrupt = new AbortController();
  const book = new ClassBook(ledger, async () => {
    interrupt.abort();
    return 'the search of all states was interrupted';
  });
  t.is(await book.of(id, rows[0], { ...SEARCH, signal: interrupt.signal }), null);
  t.is(store.totals()[0].classes, null);
  let searches = 0;
  const refused = new ClassBook(ledger, async () => `refused ${++searches} times`);
  for (let n = 0; n < 2; n++) t.is(await refused.of(id, rows[0], SEARCH), null);
  t.like(store.totals()[0].classes, { classes: null, reason: 'refused 1 times' });
});
