/**
 * Finds the shared memory in a value that all threads get. Called on the host, and on each CPU's thread: a structured clone has its
 * parts in the same order, so each thread gives the same numbers to the same bytes.
 */

/** What of a memory of WebAssembly is used here: its buffer, another one once it has grown. */
export interface WasmMemory {
  readonly buffer: ArrayBufferLike;
}

/** A buffer of the code under test. */
export interface SharedBuffer {
  readonly buffer: SharedArrayBuffer;
  /** How the code reaches it: `ring.state`; empty if it is all that is shared. */
  readonly path: string;
  /** The number of its first byte among the bytes of all buffers. */
  readonly first: number;
  /** Of which it is the buffer, if any: it may have another one once it has grown. */
  readonly memory: WasmMemory | null;
}

/** Buffers begin at numbers that are a multiple of that, as elements of every kind do. */
const ALIGNMENT = 64;
/** How deep values are looked into. */
const DEPTH_MAX = 16;

/** Returns the shared buffers in a value, in the order in which they are met. */
export function sharedBuffers(value: unknown): SharedBuffer[] {
  const found: SharedBuffer[] = [];
  const seen = new Set<unknown>();
  let first = 0;
  const add = (buffer: SharedArrayBuffer, path: string, memory: WasmMemory | null): void => {
    if (found.some((one) => one.buffer === buffer)) return;
    found.push({ buffer, path, first, memory });
    first += Math.ceil(buffer.byteLength / ALIGNMENT) * ALIGNMENT;
  };
  const look = (one: unknown, path: string, depth: number): void => {
    if (typeof one !== 'object' || one === null || seen.has(one) || depth > DEPTH_MAX) return;
    seen.add(one);
    if (one instanceof SharedArrayBuffer) add(one, path, null);
    else if (ArrayBuffer.isView(one)) look(one.buffer, path, depth + 1);
    else if (isWasmMemory(one)) lookAtMemory(one, path, add);
    else for (const [name, part] of partsOf(one)) look(part, path === '' ? name : `${path}.${name}`, depth + 1);
  };
  look(value, '', 0);
  return found;
}

function lookAtMemory(
  memory: WasmMemory,
  path: string,
  add: (buffer: SharedArrayBuffer, path: string, memory: WasmMemory) => void,
): void {
  const { buffer } = memory;
  if (buffer instanceof SharedArrayBuffer) add(buffer, path, memory);
}

function partsOf(value: object): [string, unknown][] {
  if (value instanceof Map)
    return [...value].flatMap(([key, part], i) => [
      [`key${i}`, key],
      [String(key), part],
    ]);
  if (value instanceof Set) return [...value].map((part, i) => [String(i), part]);
  return Object.entries(value);
}

function isWasmMemory(value: object): value is WasmMemory {
  return Object.prototype.toString.call(value) === '[object WebAssembly.Memory]';
}
