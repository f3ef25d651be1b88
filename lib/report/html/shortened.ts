/**
 * Leaves out of templates what a browser adds or ignores: without that, a third of a page of many rows would be indents and end tags.
 * Called by markup.ts.
 */

/** What begins a line, a cell or a shape: white space before and behind it is not shown. */
const BLOCK =
  'html|head|meta|link|title|body|header|main|footer|section|div|h[1-6]|p|dl|dt|dd|figure|figcaption|details|summary|' +
  'table|caption|thead|tbody|tr|th|td|svg|g|path|line|polyline|rect|circle|text';
const BEFORE_BLOCK = new RegExp(`\\s+(?=</?(?:${BLOCK})(?=[\\s/>])|<pre\\b)`, 'g');
const BEHIND_BLOCK = new RegExp(`(?<=</?(?:${BLOCK})(?:\\s[^<>]*)?>|</pre>)\\s+`, 'g');

/** End tags that the next tag, or that of the element around, stands for. */
const IMPLIED = /<\/(?:tr|th|td|thead|tbody|dt|dd)>/g;

const known = new WeakMap<readonly string[], readonly string[]>();

/** Returns the parts of a template with less in them. No template has a line break that matters, but for those inside of `pre`. */
export function shortened(strings: readonly string[]): readonly string[] {
  const before = known.get(strings);
  if (before !== undefined) return before;
  const parts = strings.map(shortPart);
  known.set(strings, parts);
  return parts;
}

function shortPart(part: string): string {
  return part
    .replace(/\s*\n\s*(?=\/?>)/g, '')
    .replace(/\s*\n\s*/g, '\n')
    .replace(/" \/>/g, '"/>')
    .replace(BEFORE_BLOCK, '')
    .replace(BEHIND_BLOCK, '')
    .replace(IMPLIED, '');
}
