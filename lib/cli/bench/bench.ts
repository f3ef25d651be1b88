/** `racehammer bench`: the project's figures, measured in one run; compared with those of another one; as a page. */

import { once } from 'node:events';
import { ABOUT } from '../../bench/about.js';
import { mainOf } from '../../bench/against.js';
import { PARTS, runBench } from '../../bench/bench.js';
import { endChildren } from '../../bench/children.js';
import { removeFolders } from '../../bench/folders.js';
import type { BenchOptions } from '../../bench/figure.js';
import { INTERRUPTED_EXIT } from '../../statistics/verdict.js';
import { targetsOf, type BenchDocument, type Figure } from '../../report/bench/document.js';
import { benchPage } from '../../report/bench/page.js';
import { benchComparisonLines, figureLines } from '../../report/bench/text.js';
import { compareBenches } from '../../report/bench/figureComparison.js';
import { hostFacts } from '../../run/hostFacts.js';
import { unknownWord } from '../../run/unknownWord.js';
import { catchInterrupts } from '../interrupts.js';
import { BENCH_REPEAT, type BenchFlags } from './options.js';
import { screen, print, printDocument, tell } from '../output.js';
import { OutputFiles } from '../outputFiles.js';
import { readBench } from '../readDocument.js';
import { UsageError } from '../../run/usageError.js';
import { packageVersion } from '../../harness/host/raceSource.js';

/** Prints the figures, or how they compare: then the exit code is 1 if one is worse beyond its noise. Throws UsageError. */
export async function benchCommand(flags: BenchFlags): Promise<number> {
  if (flags.compare === '-' && flags.from === '-') throw new UsageError('standard input: "-" is given twice');
  // Whatever is wrong with the files is said before anything is measured.
  const old = flags.compare === undefined ? undefined : await readBench(flags.compare);
  const documents = [flags.compare, flags.from].filter((path) => path !== undefined);
  const files = new OutputFiles(documents.map((path) => ({ what: 'one of the documents', path })));
  files.reserve('--output', flags.output, 'bench');
  files.reserve('--page', flags.page, 'markdown');
  const measured = flags.from === undefined ? await measure(flags) : await readFrom(flags.from, flags);
  const comparison = old === undefined ? undefined : compareBenches(old, measured);
  if (!flags.json) {
    print(comparison === undefined ? figuresAsText(measured) : benchComparisonLines(comparison, screen()));
  }
  files.write('--output', () => `${JSON.stringify(measured, null, 2)}\n`);
  files.write('--page', () => benchPage(measured, ABOUT));
  if (flags.json) printDocument(files.noted(comparison ?? measured));
  const isCut = flags.from === undefined && measured.interrupted === true;
  return files.exitCode(isCut ? INTERRUPTED_EXIT : (comparison?.exitCode ?? 0));
}

async function measure(flags: BenchFlags): Promise<BenchDocument> {
  const known = Object.keys(PARTS);
  for (const part of flags.only) if (!known.includes(part)) throw unknownWord('part of the bench', part, known);
  const { repeat = BENCH_REPEAT } = flags;
  const against = otherBuild(flags);
  const parts = flags.only.length === 0 ? known : known.filter((part) => flags.only.includes(part));
  const host = hostFacts();
  const startedAt = new Date().toISOString();
  const options = { rounds: repeat, onPart: tell, ...(against === undefined ? {} : { against }) };
  const { figures, interrupted } = await measureParts(parts, options);
  return { schema: 'racehammer.bench/1', version: packageVersion(), startedAt, figures, interrupted, host };
}

/** Measures part by part. An interrupt ends it at once: what the parts before have shown stands. */
async function measureParts(
  parts: readonly string[],
  options: BenchOptions,
): Promise<{ readonly figures: readonly Figure[]; readonly interrupted: boolean }> {
  const interrupts = catchInterrupts();
  const { signal } = interrupts;
  const figures: Figure[] = [];
  const left = new Set(parts);
  const onPart = (what: string): void => {
    if (!signal.aborted) options.onPart(what);
  };
  const aborted = once(signal, 'abort');
  const measured = runBench(parts, { ...options, onPart }, (part, more) => {
    if (signal.aborted) return;
    figures.push(...more);
    left.delete(part);
  });
  try {
    await Promise.race([measured, aborted]);
  } finally {
    endChildren();
    removeFolders();
    interrupts.release();
  }
  if (signal.aborted) tell(`not measured: ${[...left].join(', ')}`);
  return { figures, interrupted: signal.aborted };
}

/** Returns the command line of the build to measure beside this one. */
function otherBuild({ against, only }: BenchFlags): string | undefined {
  if (against === undefined) {
    if (only.includes('against')) throw new UsageError('--only against: give the other build with --against FOLDER');
    return undefined;
  }
  const main = mainOf(against);
  if (main === null)
    throw new UsageError(`--against ${against}: no dist/lib/cli/main.js there; build that checkout first`);
  return main;
}

async function readFrom(path: string, flags: BenchFlags): Promise<BenchDocument> {
  const measuring = { '--repeat': flags.repeat, '--only': flags.only[0], '--against': flags.against };
  const [idle] = Object.entries(measuring).find(([, value]) => value !== undefined) ?? [];
  const flag = flags.output !== undefined ? '--output' : idle;
  if (flag !== undefined) throw new UsageError(`--from and ${flag}: nothing is measured with --from, give only one`);
  return readBench(path);
}

function figuresAsText({ figures }: BenchDocument): string[] {
  const { targets, reached } = targetsOf(figures);
  return [...figureLines(figures, screen()), ...(targets === 0 ? [] : ['', `${reached} of ${targets} targets met`])];
}
