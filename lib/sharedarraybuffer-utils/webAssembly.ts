/*
 * The part of WebAssembly that is used here. Neither the es2024 library nor Node's types declare it; a declaration of it as a
 * global would contradict the one of the DOM in the project of a user. Called by carver.ts and the machine's instructions.
 */

/** A shared WebAssembly memory. It can be sent to other threads. */
export interface SharedMemory {
  readonly buffer: SharedArrayBuffer;
}

/** A compiled module. It can be sent to other threads; there is nothing in it to look at. */
export interface CompiledModule {
  readonly [Symbol.toStringTag]: string;
}

interface Classes {
  readonly Memory: new (size: { initial: number; maximum: number; shared: true }) => SharedMemory;
  readonly Module: new (bytes: Uint8Array) => CompiledModule;
  readonly Instance: new (module: CompiledModule, imports: object) => { readonly exports: object };
}

const { Memory, Module, Instance } = (globalThis as unknown as { readonly WebAssembly: Classes }).WebAssembly;

/** Allocates a zeroed shared memory of `pages` pages of 64 KiB, which never grows. */
export function sharedMemory(pages: number): SharedMemory {
  return new Memory({ initial: pages, maximum: pages, shared: true });
}

/** Compiles a module. Throws CompileError for bytes that are none. */
export function compileModule(bytes: Uint8Array): CompiledModule {
  return new Module(bytes);
}

/** Links a module and returns what it exports. Throws LinkError if an import is missing or of another kind. */
export function linkModule(module: CompiledModule, imports: object): object {
  return new Instance(module, imports).exports;
}
