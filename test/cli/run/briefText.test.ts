// Goal: a run of both variants fits one screen of 80 by 24, with the answer in its first five lines, on a starved host as well.
// Method: the text of made-up runs of xen-pin, as the command prints it.

import test from 'ava';
import { chooseRace } from '../../../lib/cli/chooseRace.js';
import { briefText } from '../../../lib/cli/run/briefText.js';
import { requestsFor } from '../../../lib/cli/run/checkedFlags.js';
import { RUN } from '../../../lib/cli/run/options.js';
import { PLAIN } from '../../../lib/report/format/screen.js';
import { wrapped } from '../../../lib/report/format/wrap.js';
import { HELD, REPRODUCED, TWIN } from '../../report/run/madeUpRun.js';
import { typed } from '../typed.js';

const CPU = {
  cpu: 1,
  comm: 'cc1',
  actor: 'shrink_page_list',
  step: 'R5',
  callTrace: [
    { fn: 'page_referenced_one', step: 'R5' },
    { fn: 'page_referenced_file', step: 'R1' },
  ],
  lastSteps: [{ step: 'R5', what: 'pte_page[0].type is 0xe0000000' }],
};
const FACTS = {
  signature: 'oops-0003',
  message: 'unable to handle kernel paging request',
  trial: 267,
  cpu: 1,
  cycle: [],
  explanation: [],
  kernel: ['BUG: unable to handle kernel paging request at virtual address c0420000'],
  cpus: [CPU],
};
const FILE = 'evidence/xen-pin-buggy-oops-0003-m0-t267-592d033dd392.evidence';
const KEPT = {
  signature: 'oops-0003',
  file: FILE,
  command: `npx racehammer replay ${FILE}`,
  notKept: null,
  accesses: 51,
  switches: 2,
  replayed: true,
  reason: null,
};

test('both variants fit one screen', async (t) => {
  const { operands, flags } = await typed(RUN, ['xen-pin', '--duration', '2s', '--seed', '1488394736']);
  const chosen = await chooseRace(operands[0]);
  const requests = requestsFor(chosen, flags);
  const text = briefText({ race: chosen.race, requests, given: null, notes: [] }, { ...PLAIN, width: 80 });
  const starved = { processorShare: 0.212 };
  const buggy = { ...REPRODUCED, ...starved, facts: { 'oops-0003': FACTS }, evidence: [KEPT] };
  const fixed = { ...HELD, ...starved, power: TWIN };
  const lines = [...text.begin(), ...text.ended(buggy), ...text.ended(fixed), ...text.end([buggy, fixed], [])];
  const shown = lines.flatMap((line) => wrapped(line, 80));
  t.true(shown.length <= 24, shown.join('\n'));
  t.is(shown[0], 'xen-pin: Does Xen PV page-table pinning race with page_referenced_one()?');
  t.is(shown[2], 'buggy     REPRODUCED  oops-0003 in 5,000 of 1,000,000 trials, 0.500 %');
  t.regex(shown[3], /^pte-lock {2}HELD {8}no failure in 1,000,000 trials, < 3\.0e-6, 1\/1,600/);
  t.true(shown.includes(`    npx racehammer replay ${FILE}`));
  t.true(shown.includes('repeat: npx racehammer run xen-pin --seed 1488394736 --duration 2s'));
});
