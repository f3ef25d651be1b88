/** What every page says about its figures. Called by page.ts and live.ts. */

export const CAUTION =
  'A verdict rests on counts. Rates depend on the host, its load and the delays: compare rates of one run only. ' +
  'Trials are taken to be independent in all intervals. All accesses are sequentially consistent.';
