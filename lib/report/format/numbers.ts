/** Formats numbers, the same on every locale. Used by everything that prints. What is not finite prints as "-". */

/** Formats a whole number in groups of three: "1,234,567". */
export function formatCount(n: number): string {
  if (!Number.isFinite(n)) return '-';
  const digits = Math.abs(n).toFixed(0);
  const sign = n < 0 && digits !== '0' ? '-' : '';
  return sign + digits.replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** Formats a count with its noun: "1 failure", "1,234 failures". */
export function counted(n: number, one: string, many = `${one}s`): string {
  return `${formatCount(n)} ${n === 1 ? one : many}`;
}

/** Formats a rate per second: "12.0 /s", "612 k/s", "3.4 M/s"; below one "0.050 /s". */
export function formatRate(perSecond: number): string {
  if (!Number.isFinite(perSecond)) return '-';
  if (perSecond < 0) return `-${formatRate(-perSecond)}`;
  if (perSecond === 0) return '0 /s';
  if (perSecond < 0.001) return `${perSecond.toExponential(1)} /s`;
  if (perSecond < 0.95) return `${perSecond.toPrecision(2)} /s`;
  return scaled(perSecond, [
    ['/s', 1],
    ['k/s', 1e3],
    ['M/s', 1e6],
    ['G/s', 1e9],
  ]);
}

/** Formats a probability: "1.24 %", below one in ten thousand "3.0e-7"; "0" and "100 %" only if exact. */
export function formatProbability(p: number): string {
  if (!Number.isFinite(p)) return '-';
  if (p === 0) return '0';
  if (p === 1) return '100 %';
  if (Math.abs(p) < 1e-4) return p.toExponential(1);
  return `${percentDigits(p * 100)} %`;
}

/** Returns three digits, or more if needed so that 99.999 % does not print as 100 %. */
function percentDigits(percent: number): string {
  for (let digits = 3; digits < 17; digits++) {
    const text = percent.toPrecision(digits);
    if (Number(text) !== 100 || percent >= 100) return text;
  }
  return String(percent);
}

/** Formats a time given in seconds: "350 ns", "12.0 µs", "340 ms", "12.3 s", "2m 05s", "3h 20m", "1d 04h". */
export function formatSeconds(seconds: number): string {
  if (!Number.isFinite(seconds)) return '-';
  if (seconds < 0) return `-${formatSeconds(-seconds)}`;
  if (seconds === 0) return '0 s';
  if (seconds < 59.95)
    return scaled(seconds, [
      ['ns', 1e-9],
      ['µs', 1e-6],
      ['ms', 1e-3],
      ['s', 1],
    ]);
  if (Math.round(seconds) < 3600) return twoUnits(Math.round(seconds), 60, 'm', 's');
  if (Math.round(seconds / 60) < 24 * 60) return twoUnits(Math.round(seconds / 60), 60, 'h', 'm');
  return twoUnits(Math.round(seconds / 3600), 24, 'd', 'h');
}

/** Formats a value in the smallest unit with at most three digits before the point, after rounding; else in the largest unit. */
function scaled(value: number, units: readonly (readonly [name: string, size: number])[]): string {
  let text = '';
  for (const [name, size] of units) {
    const inUnit = value / size;
    const digits = inUnit.toFixed(inUnit < 99.95 ? 1 : 0);
    text = `${digits} ${name}`;
    if (Number(digits) < 1000) break;
  }
  return text;
}

function twoUnits(count: number, perBig: number, big: string, small: string): string {
  return `${Math.floor(count / perBig)}${big} ${String(count % perBig).padStart(2, '0')}${small}`;
}

/** Formats a measured number without its unit: three significant digits below a thousand, "1,234" above. */
export function formatFigure(value: number): string {
  if (!Number.isFinite(value)) return '-';
  return Math.abs(value) >= 1000 ? formatCount(value) : String(Number(value.toPrecision(3)));
}
