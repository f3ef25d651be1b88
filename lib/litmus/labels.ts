/** The labels of a program in assembly. Called by x86Instructions.ts. */

import { LitmusFault, type Token } from './reader.js';

/** The labels of a thread, and the jumps to them. */
export class Labels {
  readonly #at = new Map<string, number>();
  readonly #jumps: { readonly label: Token; readonly set: (target: number) => void }[] = [];

  define(label: Token, at: number): void {
    if (this.#at.has(label.text)) throw new LitmusFault(label, `there are two labels ${label.text}`);
    this.#at.set(label.text, at);
  }

  jumpsTo(label: Token, set: (target: number) => void): void {
    this.#jumps.push({ label, set });
  }

  /** Gives every jump its target. Throws LitmusFault. */
  resolve(): void {
    for (const { label, set } of this.#jumps) {
      const target = this.#at.get(label.text);
      if (target === undefined) throw new LitmusFault(label, `there is no label ${label.text}`);
      set(target);
    }
  }
}
