/** `racehammer report`: one HTML page about runs, verifications and soaks. */

import { realpathSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { htmlPage } from '../report/html/page.js';
import { isSqlite } from '../soak/database.js';
import { isTerminal, print } from './output.js';
import { readDocuments } from './readDocument.js';
import { soakHistory } from './soakPage.js';
import { UsageError, quoted } from './usageError.js';

/** The flags of `report` as they were typed. */
export interface ReportFlags {
  readonly output?: string;
}

/** Throws UsageError for a file that is no document, and for a page that cannot be written. */
export async function reportCommand(files: readonly string[], { output }: ReportFlags): Promise<number> {
  if (output === undefined && isTerminal('stdout')) {
    throw new UsageError(
      'report: the page is not for a terminal: name a file with --output, or send it through a pipe',
    );
  }
  const isStore = files.map((file) => file !== '-' && isSqlite(file));
  const documents = await readDocuments(files.filter((_, i) => !isStore[i]));
  if (output !== undefined) requireOther(output, files);
  const sources = files.map((file, i) => {
    // The documents come in the order of their files.
    const document = isStore[i] ? soakHistory(file) : documents.shift()!;
    return { name: nameOf(file), document };
  });
  const page = htmlPage(sources);
  if (output === undefined) print(page.trimEnd());
  else write(output, page);
  return 0;
}

function nameOf(file: string): string {
  return file === '-' ? 'standard input' : basename(file);
}

/** A page in the place of one of its documents would cost the measurements. */
function requireOther(output: string, files: readonly string[]): void {
  const target = pathOf(output);
  if (target !== undefined && files.some((file) => pathOf(file) === target)) {
    throw new UsageError(`--output ${quoted(output)}: is one of the documents, and must be another file`);
  }
}

function pathOf(file: string): string | undefined {
  try {
    return realpathSync(file);
  } catch {
    return undefined;
  }
}

function write(output: string, page: string): void {
  try {
    writeFileSync(output, page);
  } catch (error) {
    throw new UsageError(
      `--output ${quoted(output)}: must be a file that can be written: ${(error as Error).message.replaceAll('\n', ' ')}`,
    );
  }
}
