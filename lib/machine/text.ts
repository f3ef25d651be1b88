import { MESSAGE_WORDS } from './layout.js';

/** Stores a text, four characters a word, padded with zeros; what does not fit is cut. */
export function writeText(mem: Int32Array, at: number, text: string): void {
  for (let i = 0; i < MESSAGE_WORDS * 4; i += 4) {
    let word = 0;
    for (let k = 0; k < 4; k++) word |= (text.charCodeAt(i + k) & 0x7f || 0) << (8 * k);
    mem[at + (i >> 2)] = word;
  }
}

/** The text that `writeText` stored. */
export function readText(mem: Int32Array, at: number): string {
  let text = '';
  for (let i = 0; i < MESSAGE_WORDS * 4; i++) {
    const code = (mem[at + (i >> 2)] >>> (8 * (i & 3))) & 0x7f;
    if (code === 0) break;
    text += String.fromCharCode(code);
  }
  return text;
}
