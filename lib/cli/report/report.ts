/** `racehammer report`: one HTML page about runs, verifications and soaks. */

import { basename } from 'node:path';
import { htmlPage } from '../../report/page/page.js';
import { isSqlite } from '../../soak/storeFile.js';
import type { ReportFlags } from './options.js';
import { isTerminal, printData } from '../output.js';
import { OutputFiles } from '../outputFiles.js';
import { readDocuments } from '../readDocument.js';
import { soakHistory } from './soakPage.js';
import { UsageError } from '../../run/usageError.js';

/** Throws UsageError for a file that is no document, and for a page that cannot be written. */
export async function reportCommand(files: readonly string[], { output }: ReportFlags): Promise<number> {
  if (output === undefined && isTerminal('stdout')) {
    throw new UsageError(
      'report: the page is not for a terminal: name a file with --output, or send it through a pipe',
    );
  }
  const isStore = files.map((file) => file !== '-' && isSqlite(file));
  const documents = await readDocuments(files.filter((_, i) => !isStore[i]));
  const outputs = new OutputFiles(files.map((path) => ({ what: 'one of the documents', path })));
  outputs.reserve('--output', output, 'html');
  const sources = files.map((file, i) => {
    // The documents come in the order of their files.
    const document = isStore[i] ? soakHistory(file) : documents.shift()!;
    return { name: nameOf(file), document };
  });
  if (output === undefined) printData(htmlPage(sources).trimEnd());
  else outputs.write('--output', () => htmlPage(sources));
  return outputs.exitCode(0);
}

function nameOf(file: string): string {
  return file === '-' ? 'standard input' : basename(file);
}
