/**
 * Parses the columns of a litmus test in assembly of x86: `P0 | P1 ;`, then a line of instructions of each thread. Called by
 * parse.ts.
 */

import { isThread } from './initialState.js';
import { ThreadBuilder, type Locations } from './names.js';
import type { Reader } from './reader.js';
import { X86Thread } from './x86Instructions.js';

/** Parses the programs. Throws LitmusFault. */
export function parseX86(reader: Reader, locations: Locations): ThreadBuilder[] {
  reader.speak('assembly');
  reader.takes(';');
  const threads = parseHeader(reader, locations);
  while (!reader.sees('exists', 'forall', 'filter', 'locations', 'final', '~', '(') && reader.peek().kind !== 'end') {
    parseRow(reader, threads);
  }
  reader.speak('frame');
  return threads.map((thread) => thread.finished());
}

function parseHeader(reader: Reader, locations: Locations): X86Thread[] {
  const threads: X86Thread[] = [];
  do {
    const token = reader.peek();
    if (!isThread(token) || token.text !== `P${threads.length}`)
      reader.fail(`P${threads.length} must stand here, not ${reader.shown()}`);
    reader.take();
    threads.push(new X86Thread(reader, locations, new ThreadBuilder(threads.length)));
  } while (reader.takes('|'));
  reader.expect(';');
  return threads;
}

/** Takes one instruction of each thread; cells may be empty. */
function parseRow(reader: Reader, threads: readonly X86Thread[]): void {
  for (const [column, thread] of threads.entries()) {
    if (column > 0) {
      if (reader.sees(';')) reader.fail(`the line has cells for ${column} threads, and there are ${threads.length}`);
      reader.expect('|');
    }
    thread.parseCell();
  }
  reader.expect(';');
}
