/** Keeps what CPUs had in their areas when a thread left them, each content once. Made by boot.ts; read by areas.ts. */

/** Contents of CPUs that were left; the same ones for all actors. */
export class LeftAreas {
  readonly #known = new Map<string, number>();
  readonly #contents: Int32Array[] = [];

  /** Returns the number of a content. `usual` is what most of it is. */
  numberOf(content: Int32Array, usual: Int32Array): number {
    let key = '';
    for (let i = 0; i < content.length; i++) if (content[i] !== usual[i]) key += `${i}:${content[i]},`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#known.set(key, this.#contents.length);
    return this.#contents.push(content) - 1;
  }

  contentOf(number: number): Int32Array {
    return this.#contents[number];
  }
}
