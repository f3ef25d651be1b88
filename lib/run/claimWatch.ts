/** Decides the claim of a run while its counts grow. Used by hammer.ts. */

/** Checks the counts of a run against its claim. */

import { decideClaim, type Claim } from '../statistics/claim.js';
import type { FailureCounts } from '../statistics/counts.js';
import type { Plan } from '../harness/plan.js';
import type { RunOutcome } from '../harness/host/run.js';
import type { ClaimFigures } from '../report/run/document.js';

export class ClaimWatch {
  readonly #claim: Claim;
  /** Trials that may have run and are not counted yet: those of the running rounds. */
  readonly #uncounted: number;
  #decided: ClaimFigures | null = null;

  constructor(claim: Claim, { machines, round }: Pick<Plan, 'machines' | 'round'>) {
    this.#claim = claim;
    this.#uncounted = machines * round;
  }

  /** Whether these counts decide, or earlier ones did. May be called at any time. */
  isDecided(totals: FailureCounts): boolean {
    this.#decided ??= this.#look(totals, this.#uncounted);
    return this.#decided !== null;
  }

  /** Returns the result of the claim, with the counts that decided it. Counts after that are ignored. */
  figures({ trials, failures, harnessError }: FailureCounts & Pick<RunOutcome, 'harnessError'>): ClaimFigures {
    const counts = { trials: Math.max(trials, failures), failures };
    const decided = this.#decided ?? this.#look(counts, harnessError === null ? 0 : this.#uncounted);
    return decided ?? { ...this.#claim, result: 'OPEN', ...counts };
  }

  #look({ trials, failures }: FailureCounts, uncounted: number): ClaimFigures | null {
    const result = decideClaim(this.#claim, { failures, trialsMin: trials, trialsMax: trials + uncounted });
    return result === 'OPEN' ? null : { ...this.#claim, result, trials, failures };
  }
}
