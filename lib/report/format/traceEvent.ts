/** The Trace Event Format, as far as it is written. Called by the traces of replays and of runs. */

/** One event of the Trace Event Format that Chrome's tracing and Perfetto read. Times are microseconds. */
export interface TraceEvent {
  readonly name: string;
  /**
   * X: an event with a duration; M: the name of a process or thread; s and f: the ends of an arrow, which have one id; C: values of a
   * counter from then on; i: a moment.
   */
  readonly ph: 'X' | 'M' | 's' | 'f' | 'C' | 'i';
  readonly cat?: string;
  readonly id?: number;
  /** e: the arrow ends at the event around it, not at the next one. */
  readonly bp?: 'e';
  readonly pid: number;
  readonly tid: number;
  readonly ts?: number;
  readonly dur?: number;
  readonly args: Readonly<Record<string, unknown>>;
}

export interface TraceDocument {
  readonly traceEvents: readonly TraceEvent[];
  readonly displayTimeUnit: 'ns' | 'ms';
  readonly otherData: Readonly<Record<string, string>>;
}
