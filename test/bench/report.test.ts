// Goal: the part `report` measures also beside load, where runs of a second are too short for a verdict, and hides no wrong answer.
// Method: the exit code of every verdict, and those of processes that had none.

import test from 'ava';
import { hasWorked } from '../../lib/bench/report.js';
import { VERDICTS, exitCodeOf } from '../../lib/statistics/verdict.js';

test('a run that was too short is measured, one that is wrong or broken is not', (t) => {
  const measured = VERDICTS.filter((verdict) => hasWorked(exitCodeOf(verdict)));
  t.deepEqual(measured.toSorted(), ['HELD', 'INCONCLUSIVE', 'NOT_REPRODUCED', 'REPRODUCED']);
  for (const code of [null, 2, 130, 70]) t.false(hasWorked(code), String(code));
});
