/*
 * Texts in shared memory: UTF-8, four bytes a word, padded with zeros. A failing CPU writes its message and its stack
 * so, and the host reads them; what it reads may be anything, so nothing is believed but its bytes. Written on a CPU's
 * thread by outcome.ts; read by capture.ts and snapshotView.ts.
 */

const BYTES = 4;

/** Stores a text in `words` words; what does not fit is cut. */
export function writeText(mem: Int32Array, at: number, words: number, text: string): void {
  const bytes = new Uint8Array(words * BYTES);
  new TextEncoder().encodeInto(text, bytes);
  const view = new DataView(bytes.buffer);
  for (let w = 0; w < words; w++) mem[at + w] = view.getInt32(w * BYTES, true);
}

/** Reads the text that `writeText` stored in `words` words. */
export function readText(mem: Int32Array, at: number, words: number): string {
  const bytes = new Uint8Array(words * BYTES);
  const view = new DataView(bytes.buffer);
  for (let w = 0; w < words; w++) view.setInt32(w * BYTES, mem[at + w] ?? 0, true);
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}
