/** Addresses of modules whose accesses of typed arrays are to be seen. Read by hooks.ts in its thread; made by the host. */

const MARK = 'racehammer-instrument';

/** Returns the address of the same module, instrumented. */
export function instrumented(url: string): string {
  const marked = new URL(url);
  marked.searchParams.set(MARK, '');
  return marked.href;
}

/** Whether an address is one of those. */
export function isInstrumented(url: string | undefined): boolean {
  return url !== undefined && URL.canParse(url) && new URL(url).searchParams.has(MARK);
}
