/**
 * What is thrown where nobody catches it: in a callback of a promise or a timer that an awaited actor has begun and does not await, as code
 * with callbacks does. It ends the actor as if that had thrown it. Called by member.ts in the thread of a CPU.
 */

/** Exceptions of one thread that no code of it catches. */
export class Detached {
  #fail: ((thrown: unknown) => void) | null = null;
  readonly #take = (thrown: unknown): void => {
    // No trial runs: it ends the thread, as it would without a handler.
    if (this.#fail === null) throw thrown;
    this.#fail(thrown);
  };

  listen(): void {
    process.on('uncaughtException', this.#take);
    process.on('unhandledRejection', this.#take);
  }

  leave(): void {
    process.off('uncaughtException', this.#take);
    process.off('unhandledRejection', this.#take);
  }

  /** Settles as what an actor returns, or with the first exception that nobody has caught meanwhile. */
  async orThrown(returned: unknown): Promise<unknown> {
    return await new Promise((done, failed) => {
      this.#fail = failed;
      Promise.resolve(returned).then(done, failed);
    });
  }

  /** Ends the trial: what is thrown later is not its actor's. */
  end(): void {
    this.#fail = null;
  }
}
