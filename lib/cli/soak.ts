/** `racehammer soak`: a campaign for hours or days, that survives its own end. */

import { EvidenceFileError, decodeEvidence } from '../evidence/evidenceFile.js';
import { INTERRUPTED_EXIT } from '../evidence/verdict.js';
import type { SoakDocument } from '../report/soakDocument.js';
import { SoakDatabase, writeTrouble } from '../soak/database.js';
import { documentOf } from '../soak/document.js';
import type { SoakRow } from '../soak/row.js';
import { Soak, type SoakEnd } from '../soak/soak.js';
import { soakReport } from '../report/soakReport.js';
import { Store } from '../soak/store.js';
import { exitCodeOfRows } from '../report/soakVerdict.js';
import { keepEvidence } from './evidenceFiles.js';
import { formatDuration, parseDuration } from './duration.js';
import { hostFacts } from './hostFacts.js';
import { catchInterrupts, type Interrupts } from './interrupts.js';
import { MetricsServer, parseAddress } from './metrics.js';
import { soakOrder, type SoakFlags } from './soakOptions.js';
import { rowsOfStore } from './soakRows.js';
import { lookAt, mending } from './soakStore.js';
import { SoakScreen } from './soakView.js';
import { keepTuning, tuningOnResume } from './soakTuning.js';
import { replayCommand } from './replayCommand.js';
import { readTuned, tunedRowsLines, type Tuning } from './tuned.js';
import { UsageError, quoted } from './usageError.js';
import { version } from './version.js';

const EVENTS_SHOWN = 20;
/** Results that could not be written are the harness's fault, whatever they were. */
const LOST_EXIT = 70;

/** Soaks to the end of the budget, or to an interrupt, and prints what is known then. Returns the exit code. Throws UsageError. */
export async function soakCommand(targets: readonly string[], flags: SoakFlags): Promise<number> {
  const interrupts = catchInterrupts();
  const server = new MetricsServer();
  try {
    if (flags.metrics !== undefined) {
      const { host, port } = await server.listen(parseAddress(flags.metrics));
      process.stderr.write(`metrics: http://${host.includes(':') ? `[${host}]` : host}:${port}/metrics\n`);
    }
    const begun = flags.resume === true ? await goOn(targets, flags) : await begin(targets, flags);
    for (const line of tunedRowsLines(begun.tuning?.path ?? null, begun.rows)) process.stderr.write(`${line}\n`);
    const { exitCode, hasThreadsLeft } = await soakOn(begun, flags, interrupts.signal, server);
    if (hasThreadsLeft) await die(interrupts);
    return exitCode;
  } finally {
    server.close();
    interrupts.release();
  }
}

async function soakOn(
  { store, session, rows }: Begun,
  flags: SoakFlags,
  signal: AbortSignal,
  server: MetricsServer,
): Promise<{ readonly exitCode: number; readonly hasThreadsLeft: boolean }> {
  const screen = new SoakScreen(process.stderr, rows);
  let end: SoakEnd | 'failed' = 'failed';
  let lost: ReturnType<Soak['settle']> = null;
  let document: SoakDocument;
  let hasThreadsLeft = false;
  try {
    const soak = new Soak(store, session, rows, {
      signal,
      onView(view) {
        screen.update(view);
        server.update(view, rows);
      },
      onEvent: (kind, text) => screen.event(kind, text),
    });
    end = await soak.run();
    hasThreadsLeft = soak.hasThreadsLeft;
    lost = soak.settle();
  } finally {
    screen.end();
    document = close(store, session, end);
  }
  if (lost !== null) {
    const { trials, failures } = lost;
    screen.event(
      'store',
      `${trials} trials with ${failures} failures could not be written: they are not in what follows`,
    );
  }
  const longer = end === 'interrupted' ? '' : ' --duration LONGER';
  print(document, flags, [`resume: npx racehammer soak --resume${longer} --store ${flags.store}`]);
  const exitCode = lost === null ? exitCodeOfRows(document.rows) : LOST_EXIT;
  return { exitCode: end === 'interrupted' ? INTERRUPTED_EXIT : exitCode, hasThreadsLeft };
}

/**
 * Ends the process by the signal itself, which a shell shows as the exit code of an interrupt: Node would wait for threads that
 * have not ended yet.
 */
async function die(interrupts: Interrupts): Promise<void> {
  await new Promise((flushed) => process.stdout.write('', flushed));
  interrupts.release();
  process.kill(process.pid, 'SIGINT');
}

/** Gives the store up. Whoever cannot even do that leaves a claim that the next one takes over. */
function close(store: Store, session: number, end: SoakEnd | 'failed'): SoakDocument {
  const document = { ...documentOf(store, EVENTS_SHOWN), soakingPid: null };
  try {
    store.end(session, end, end === 'budget used up');
  } catch (error) {
    if (writeTrouble(error) === null) throw error;
    store.release();
  }
  return document;
}

interface Begun {
  readonly store: Store;
  readonly session: number;
  readonly rows: readonly SoakRow[];
  readonly tuning: Tuning | null;
}

async function begin(targets: readonly string[], flags: SoakFlags): Promise<Begun> {
  const { name, rows, pace, budgetMs, seed, tuning } = await soakOrder(targets, flags);
  const [store, session] = mending(() => {
    const made = new Store(SoakDatabase.create(flags.store));
    try {
      made.begin({ name, seed, budgetMs, pace });
      keepTuning(made, tuning);
      made.declare(rows);
      return [made, made.claim({ version: version(), host: hostFacts() })] as const;
    } catch (error) {
      made.discard();
      throw error;
    }
  }, flags.store);
  process.stderr.write(
    `campaign ${name}: ${rows.length} ${rows.length === 1 ? 'row' : 'rows'} for ${formatDuration(budgetMs)}, ` +
      `slices of up to ${formatDuration(pace.sliceMs)}, store ${flags.store}, seed ${seed}\n`,
  );
  return { store, session, rows, tuning };
}

async function goOn(targets: readonly string[], flags: SoakFlags): Promise<Begun> {
  const { campaign, cpus, knob = [] } = flags;
  if (targets.length > 0 || campaign !== undefined || cpus !== undefined || knob.length > 0) {
    throw new UsageError('--resume: goes on with the campaign in the store; give no races, conditions or --campaign');
  }
  const budgetMs = flags.duration === undefined ? null : parseDuration(flags.duration, '--duration');
  const given = flags.tuned === undefined ? null : readTuned(flags);
  const [store, session] = mending(() => {
    const opened = new Store(SoakDatabase.open(flags.store));
    try {
      return [opened, opened.claim({ version: version(), host: hostFacts() })] as const;
    } catch (error) {
      opened.release();
      throw error;
    }
  }, flags.store);
  try {
    if (budgetMs !== null) store.setBudget(budgetMs);
    const { name, elapsedMs, budgetMs: budget } = store.campaign();
    process.stderr.write(`campaign ${name}: goes on at ${formatDuration(elapsedMs)} of ${formatDuration(budget)}\n`);
    const say = (words: string): void => void process.stderr.write(`${words}\n`);
    const tuning = tuningOnResume(store, given, flags.anyHost === true, say);
    return { store, session, rows: await rowsOfStore(store.totals(), tuning), tuning };
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
  const { document, commands } = lookAt(path, (store) => ({
    document: documentOf(store, EVENTS_SHOWN),
    commands: flags.evidence === undefined ? [] : writeEvidence(store, flags.evidence),
  }));
  const state =
    document.soakingPid !== null
      ? `process ${document.soakingPid} is soaking`
      : document.campaign.endedAt !== null
        ? 'its budget is used up'
        : `nobody is soaking; resume: npx racehammer soak --resume --store ${path}`;
  print(document, flags, [...commands, state]);
  return exitCodeOfRows(document.rows);
}

/** Writes what the store has kept; the command that replays each file, or why there is none. */
function writeEvidence(store: Store, folder: string): string[] {
  return Array.from(store.evidenceFiles(), ({ row, signature, file }) => {
    try {
      const evidence = decodeEvidence(file);
      return replayCommand(keepEvidence(folder, evidence).path, evidence);
    } catch (error) {
      if (!(error instanceof EvidenceFileError)) throw error;
      return `evidence of ${quoted(signature)}, row ${row} of the store: ${error.message}`;
    }
  });
}

function print(document: SoakDocument, { json }: Pick<SoakFlags, 'json'>, last: readonly string[]): void {
  if (json === true) process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  else process.stdout.write(`${[...soakReport(document, process.stdout.isTTY), ...last].join('\n')}\n`);
}
