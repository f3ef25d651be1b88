/**
 * Handlers of events and timers. What one throws would be an uncaught exception, and end the process with everything that runs in
 * it: here it goes to the code that set the handler. Called wherever a handler with code of its own is set (test/tidy).
 */

/** Makes a handler: it does `work`, and calls `failed` with what that throws. */
export function guarded<A extends unknown[]>(
  work: (...given: A) => void,
  failed: (error: unknown) => void,
): (...given: A) => void {
  return (...given) => {
    try {
      work(...given);
    } catch (error) {
      failed(error);
    }
  };
}
