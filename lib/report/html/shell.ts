/** The frame of every HTML page: head, style, header and footer. Called by page/page.ts and tune/page.ts. */

import { html, type Content } from './markup.js';
import { STYLE } from './style.js';

/** Prevents scripts and loading, whatever the documents contain. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** The contents of a page. */
export interface PageParts {
  readonly title: string;
  /** The kind of page, above its title. */
  readonly kicker: string;
  readonly subtitle: Content;
  readonly main: Content;
  readonly footer: Content;
  /** Seconds after which the page is fetched again; null for one that stays as it is. */
  readonly refreshSeconds?: number | null;
}

/** Returns a complete HTML page that needs no other file, no network and no script. */
export function pageOf({ title, kicker, subtitle, main, footer, refreshSeconds = null }: PageParts): string {
  const page = html`<html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <meta name="referrer" content="no-referrer" />
      ${refreshSeconds === null ? null : html`<meta http-equiv="refresh" content="${refreshSeconds}" />`}
      <link rel="icon" href="data:," />
      <title>${title}</title>
      ${STYLE}
    </head>
    <body>
      <div class="page">
        <header>
          <p class="kicker">${kicker}</p>
          <h1>${title}</h1>
          ${subtitle}
        </header>
        <main>${main}</main>
        <footer class="soft"><p>${footer}</p></footer>
      </div>
    </body>
  </html>`;
  return `<!doctype html>\n${page.toString()}\n`;
}
