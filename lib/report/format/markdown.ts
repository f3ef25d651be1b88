/** Escapes text for Markdown. Called by the page of a bench and the summaries of builds. */

/** Returns text of a document as one line, escaped for Markdown and HTML. */
export function plain(text: string): string {
  return text
    .replace(/\p{Cc}+/gu, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replace(/[\\|*[\]]/g, (mark) => `\\${mark}`);
}
