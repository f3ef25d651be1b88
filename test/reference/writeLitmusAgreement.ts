/**
 * Writes docs/reference/litmus-agreement.md from a folder of litmus files, which are no part of this repository:
 *
 *     node dist/test/reference/writeLitmusAgreement.js linux/tools/memory-model/litmus-tests 'Linux 5.17'
 *
 * Ends with 1 if a test reaches what its file states as Never.
 */

import { writeFileSync } from 'node:fs';
import { litmusFiles, readLitmus } from '../../lib/cli/litmus/files.js';
import { examine } from '../../lib/cli/litmus/examine.js';
import { LITMUS } from '../../lib/cli/litmus/options.js';
import { defaultsOf } from '../../lib/cli/options/command.js';
import { testDocument } from '../../lib/litmus/document.js';
import type { LitmusTestDocument } from '../../lib/report/litmus/document.js';
import { agreementPage } from './litmusAgreement.js';

const PAGE = new URL('../../../docs/reference/litmus-agreement.md', import.meta.url);

const [folder, source] = process.argv.slice(2);
if (folder === undefined || source === undefined)
  throw new Error('a folder of litmus files, and where it is from, must be given');
const tests: LitmusTestDocument[] = [];
const refused: string[] = [];
for (const path of litmusFiles([folder])) {
  try {
    const file = readLitmus(path);
    const { explored } = await examine(file, { ...defaultsOf(LITMUS), hammer: false, seed: 0 });
    tests.push(testDocument(path, file.program, explored, []));
  } catch (error) {
    refused.push(String(error instanceof Error ? error.message : error).replace(`${folder}/`, ''));
  }
}
writeFileSync(PAGE, agreementPage(tests, refused, source));
if (tests.some(({ explored }) => explored.some(({ contradicts }) => contradicts))) process.exitCode = 1;
