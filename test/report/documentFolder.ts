import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for documents that a test reads back. Whoever makes it removes it. */
export class DocumentFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'racehammer-documents-'));

  /** Where the document lies: text as it is, anything else as JSON. */
  put(name: string, document: unknown): string {
    const path = join(this.path, name);
    writeFileSync(path, typeof document === 'string' ? document : JSON.stringify(document));
    return path;
  }
}
