/** The text format of Prometheus, version 0.0.4. Called by the figures of soaks and fleets. */

/** The content type of figures for Prometheus. */
export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export type MetricLabels = Readonly<Record<string, string>>;
export type MetricSample = readonly [labels: MetricLabels, value: number];

/** Figures, one metric after another. */
export class Exposition {
  readonly #lines: string[] = [];

  /** Adds a metric with its samples. Every name begins with that of this program, or of the process. */
  add(kind: 'counter' | 'gauge', name: string, help: string, samples: readonly MetricSample[]): void {
    if (samples.length === 0) return;
    this.#lines.push(
      `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`,
      `# TYPE ${name} ${kind}`,
    );
    for (const [labels, value] of samples) this.#lines.push(`${name}${labelsText(labels)} ${valueText(value)}`);
  }

  /** Adds a gauge without labels. */
  gauge(name: string, help: string, value: number): void {
    this.add('gauge', name, help, [[{}, value]]);
  }

  text(): string {
    return [...this.#lines, ''].join('\n');
  }
}

function labelsText(labels: MetricLabels): string {
  const all = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return all.length === 0 ? '' : `{${all.join(',')}}`;
}

function escaped(text: string): string {
  return text.toWellFormed().replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function valueText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  return Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : '-Inf';
}
