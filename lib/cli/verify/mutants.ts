/** `racehammer verify --mutants`: fixes with one fault each, and whether that is noticed. */

import { mutantsDocument } from '../../report/verify/mutantsDocument.js';
import { exploreWords, hammerWords, mutantLines, mutantWords, mutantsReport } from '../../report/verify/mutantsText.js';
import { counted } from '../../report/format/numbers.js';
import { EVIDENCE_FOLDER } from '../../run/defaults.js';
import { formatDuration } from '../../run/duration.js';
import { repeatRemark, verifyCommandLine } from '../../run/repeat.js';
import { UsageError } from '../../run/usageError.js';
import { verifyMutants } from '../../run/verify/verifyMutants.js';
import { catchInterrupts } from '../interrupts.js';
import { LiveLines, print, screen, printDocument, tell } from '../output.js';
import { ProgressLine } from '../progress.js';
import { rowsFor, verifyRequestOf } from './checkedFlags.js';
import { SearchLine } from './searchLine.js';
import type { VerifyFlags } from './options.js';

/** Runs the mutants of the races and prints the result. Returns the exit code. Throws UsageError. */
export async function verifyMutantsCommand(targets: readonly string[], flags: VerifyFlags): Promise<number> {
  refuseOthers(flags);
  const { evidence: _evidence, ...request } = verifyRequestOf(flags);
  const rows = await rowsFor(targets, { ...request, evidence: null });
  const [{ request: first }] = rows;
  const say = (lines: readonly string[]): void => {
    if (!flags.json) print(lines);
  };
  say([
    `${counted(rows.length, 'mutant')}, ${formatDuration(first.durationMs ?? 0)} each at most; ` +
      `one that should fail ends with its first failure; seed ${first.plan.seed}`,
    '',
  ]);
  const interrupts = catchInterrupts();
  const onScreen = screen();
  try {
    const line = new SearchLine(new LiveLines());
    const result = await verifyMutants(rows, {
      signal: interrupts.signal,
      onSearched: (done, all) => (done === all ? line.end() : line.update(done, all)),
      view: (title, limit) => new ProgressLine(new LiveLines(), title, limit),
      onEnd(title, one) {
        // stdout holds one document then.
        if (flags.json) tell(`${title}: ${mutantWords(one)}, hammer ${hammerWords(one)}, explore ${exploreWords(one)}`);
        say(mutantLines(one, onScreen));
      },
    });
    const document = mutantsDocument({ ...result, repeat: verifyCommandLine(targets, request) });
    say([...mutantsReport(document), repeatRemark(first), `repeat: ${document.repeat}`]);
    if (flags.json) printDocument(document);
    return document.exitCode;
  } finally {
    interrupts.release();
  }
}

/** Refuses what rows alone have. */
function refuseOthers({ failFast, junit, tuned, prove, anyHost, evidence }: VerifyFlags): void {
  const given = {
    '--fail-fast': failFast,
    '--junit': junit !== undefined,
    '--tuned': tuned !== undefined,
    '--any-host': anyHost,
    '--prove': prove,
    '--evidence': evidence !== null && evidence !== EVIDENCE_FOLDER,
  };
  const flag = Object.entries(given).find(([, isGiven]) => isGiven)?.[0];
  if (flag !== undefined) throw new UsageError(`${flag}: is for rows; mutants (--mutants) have none of it`);
}
