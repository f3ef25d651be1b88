/** Keeps what CPUs had in their areas when a thread left them, each content once. Made by boot.ts; read by areas.ts. */

/** Contents of CPUs that were left; the same ones for all actors. */
export class LeftAreas {
  readonly #known = new Map<string, number>();
  readonly #contents: Int32Array[] = [];

  numberOf(content: Int32Array): number {
    const key = content.join();
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#known.set(key, this.#contents.length);
    return this.#contents.push(content) - 1;
  }

  contentOf(number: number): Int32Array {
    return this.#contents[number];
  }
}
