/** Names the words of a test for reports. Called on the host by memory.ts. */

import type { SharedBuffer } from './buffers.js';

/** Returns the name of the word at a byte: its own, or the path of its buffer with the index of the word; bytes between words are said. */
export function wordName(
  buffers: readonly SharedBuffer[],
  names: Readonly<Record<string, readonly string[]>>,
  byte: number,
): string {
  const own = buffers.find(({ first, buffer }) => byte >= first && byte < first + buffer.byteLength);
  if (own === undefined) return `byte ${byte}`;
  const at = byte - own.first;
  const word = at >> 2;
  const named = names[own.path]?.[word] ?? `${own.path === '' ? 'memory' : own.path}[${word}]`;
  return at % 4 === 0 ? named : `${named}, byte ${at % 4}`;
}
