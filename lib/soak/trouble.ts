/** Words for errors of SQLite. Called by the files of lib/soak and the `soak` commands to tell what can be retried. */

/** The file was deleted, moved, or replaced by another one. */
export class MovedError extends Error {}

/**
 * Says why the store cannot be written, for errors of SQLite; returns null for others. Writing may work later, when there is room, the
 * other program has ended, or the disk is back.
 */
export function writeTrouble(error: unknown): string | null {
  const code = codeOf(error);
  if (error instanceof MovedError) return 'the file is not where it was';
  if (code === 'SQLITE_FULL') return 'there is no room';
  if (isBusy(error)) return 'another program has it locked';
  return isOfSqlite(error) ? `it cannot be written (${code})` : null;
}

export function isOfSqlite(error: unknown): boolean {
  return codeOf(error).startsWith('SQLITE_');
}

export function isBusy(error: unknown): boolean {
  return codeOf(error).startsWith('SQLITE_BUSY') || codeOf(error) === 'SQLITE_LOCKED';
}

/** Returns SQLite's message on one line without control characters, since it may quote the file. */
export function sqliteWords(error: unknown): string {
  const words = error instanceof Error ? error.message : String(error);
  return words.split('\n')[0].replace(/[^\x20-\x7e]/g, '?');
}

function codeOf(error: unknown): string {
  return error instanceof Error ? ((error as { code?: string }).code ?? '') : '';
}
