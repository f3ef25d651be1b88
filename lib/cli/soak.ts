/** `racehammer soak`: a campaign for hours or days, that survives its own end. */

import { decodeEvidence } from '../evidence/evidenceFile.js';
import { INTERRUPTED_EXIT } from '../evidence/verdict.js';
import { SoakDatabase, StoreError } from '../soak/database.js';
import type { SoakRow } from '../soak/row.js';
import { Soak, type SoakEnd } from '../soak/soak.js';
import { soakReport, type SoakDocument } from '../soak/soakReport.js';
import { Store } from '../soak/store.js';
import { exitCodeOfRows, rowVerdict } from '../soak/summary.js';
import { keepEvidence } from './evidenceFiles.js';
import { formatDuration, parseDuration } from './duration.js';
import { catchInterrupts } from './interrupts.js';
import { MetricsServer, parseAddress } from './metrics.js';
import { soakOrder, type SoakFlags } from './soakOptions.js';
import { rowsOfStore } from './soakRows.js';
import { SoakScreen } from './soakView.js';
import { readTuned, tunedRowsLines } from './tuned.js';
import { UsageError } from './usageError.js';

const EVENTS_SHOWN = 20;

/** Soaks to the end of the budget, or to an interrupt, and prints what is known then. Returns the exit code. Throws UsageError. */
export async function soakCommand(targets: readonly string[], flags: SoakFlags): Promise<number> {
  const metrics = flags.metrics === undefined ? undefined : parseAddress(flags.metrics);
  const { store, session, rows } = await usable(() =>
    flags.resume === true ? goOn(targets, flags) : begin(targets, flags),
  );
  for (const line of tunedRowsLines(flags, rows.filter(({ tuned }) => tuned).length, rows.length))
    process.stderr.write(`${line}\n`);
  const server = new MetricsServer(rows);
  const screen = new SoakScreen(process.stderr, rows);
  const interrupts = catchInterrupts();
  let end: SoakEnd = 'interrupted';
  let document: SoakDocument;
  try {
    if (metrics !== undefined) {
      const { host, port } = await server.listen(metrics);
      process.stderr.write(`metrics: http://${host.includes(':') ? `[${host}]` : host}:${port}/metrics\n`);
    }
    const soak = new Soak(store, session, rows, {
      signal: interrupts.signal,
      onView(view) {
        screen.update(view);
        server.update(view);
      },
      onEvent: (kind, text) => screen.event(kind, text),
    });
    end = await soak.run();
    if (!soak.settle()) screen.event('disk full', 'what could not be written is lost with this process');
  } finally {
    screen.end();
    server.close();
    interrupts.release();
    document = documentOf(store);
    store.end(session, end, end === 'budget used up');
  }
  const longer = end === 'interrupted' ? '' : ' --duration LONGER';
  print(document, flags, [`resume: npx racehammer soak --resume${longer} --store ${flags.store}`]);
  const exitCode = exitCodeOfRows(document.rows);
  return end === 'interrupted' ? INTERRUPTED_EXIT : exitCode;
}

interface Begun {
  readonly store: Store;
  readonly session: number;
  readonly rows: readonly SoakRow[];
}

async function begin(targets: readonly string[], flags: SoakFlags): Promise<Begun> {
  const { name, rows, pace, budgetMs, seed } = await soakOrder(targets, flags);
  const store = new Store(SoakDatabase.create(flags.store));
  store.begin({ name, seed, budgetMs, pace });
  process.stderr.write(
    `campaign ${name}: ${rows.length} ${rows.length === 1 ? 'row' : 'rows'} for ${formatDuration(budgetMs)}, ` +
      `slices of up to ${formatDuration(pace.sliceMs)}, store ${flags.store}, seed ${seed}\n`,
  );
  return { store, session: store.claim(), rows };
}

async function goOn(targets: readonly string[], flags: SoakFlags): Promise<Begun> {
  if (targets.length > 0 || flags.campaign !== undefined) {
    throw new UsageError('--resume: goes on with the campaign in the store; give no races and no --campaign');
  }
  const budgetMs = flags.duration === undefined ? null : parseDuration(flags.duration, '--duration');
  const tuning = readTuned(flags);
  const store = new Store(SoakDatabase.open(flags.store));
  const session = store.claim();
  try {
    if (budgetMs !== null) store.setBudget(budgetMs);
    const { name, elapsedMs, budgetMs: budget } = store.campaign();
    process.stderr.write(`campaign ${name}: goes on at ${formatDuration(elapsedMs)} of ${formatDuration(budget)}\n`);
    return { store, session, rows: await rowsOfStore(store.totals(), tuning) };
  } catch (error) {
    store.end(session, 'failed', false);
    throw error;
  }
}

/** The flags of `soak status` as they were typed. */
export interface StatusFlags {
  readonly json?: boolean;
  readonly evidence?: string;
}

/** `racehammer soak status`: what a store holds, whoever writes to it. */
export function soakStatusCommand(path: string, flags: StatusFlags): number {
  const store = usableNow(() => new Store(SoakDatabase.read(path)));
  const document = documentOf(store);
  const files =
    flags.evidence === undefined
      ? []
      : store.evidenceFiles().map((bytes) => keepEvidence(flags.evidence ?? '', decodeEvidence(bytes)));
  store.release();
  const state =
    document.soakingPid !== null
      ? `process ${document.soakingPid} is soaking`
      : document.campaign.endedAt !== null
        ? 'its budget is used up'
        : `nobody is soaking; resume: npx racehammer soak --resume --store ${path}`;
  print(document, flags, [...files.map((file) => `npx racehammer replay ${file}`), state]);
  return exitCodeOfRows(document.rows);
}

function documentOf(store: Store): SoakDocument {
  return {
    campaign: store.campaign(),
    rows: store.totals().map(rowVerdict),
    evidence: store.evidence(),
    events: store.events(EVENTS_SHOWN),
    soakingPid: store.owner()?.pid ?? null,
  };
}

function print(document: SoakDocument, { json }: Pick<SoakFlags, 'json'>, last: readonly string[]): void {
  if (json === true) process.stdout.write(`${JSON.stringify({ schema: 'racehammer.soak/1', ...document }, null, 2)}\n`);
  else process.stdout.write(`${[...soakReport(document, process.stdout.isTTY), ...last].join('\n')}\n`);
}

/** What is wrong with a store is the user's to mend. */
async function usable<T>(work: () => Promise<T>): Promise<T> {
  return work().catch((error: unknown) => {
    throw error instanceof StoreError ? new UsageError(error.message) : error;
  });
}

function usableNow<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof StoreError ? new UsageError(error.message) : error;
  }
}
