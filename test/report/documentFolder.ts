import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folders: string[] = [];
process.on('exit', () => {
  for (const path of folders) rmSync(path, { recursive: true, force: true });
});

/** A folder for documents that a test reads back. It is removed when the thread of the test ends. */
export class DocumentFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'racehammer-documents-'));

  constructor() {
    folders.push(this.path);
  }

  /** Where the document lies: text as it is, anything else as JSON. */
  put(name: string, document: unknown): string {
    const path = join(this.path, name);
    writeFileSync(path, typeof document === 'string' ? document : JSON.stringify(document));
    return path;
  }
}
