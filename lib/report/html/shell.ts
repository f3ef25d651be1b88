/** The frame of every HTML page: head, style, header and footer. Called by page/page.ts and tune/page.ts. */

import { createHash } from 'node:crypto';
import { html, type Content, type Markup } from './markup.js';
import { PICTURE_STYLE } from './pictureStyle.js';
import { ROWS_STYLE } from './rowsStyle.js';
import { STYLE } from './style.js';

/** The contents of a page. */
export interface PageParts {
  readonly title: string;
  /** The kind of page, above its title. */
  readonly kicker: string;
  readonly subtitle: Content;
  readonly main: Content;
  readonly footer: Content;
  /** Only of a page that is served. */
  readonly live?: LiveParts;
}

/** What a page that is served has besides. */
export interface LiveParts {
  readonly script: string;
  /** What the script begins with: `data-` attributes of the body by their names. */
  readonly data: Readonly<Record<string, string>>;
}

/** Allows the style and the script of the page and nothing else, whatever the documents contain. */
export function policyOf(script: string | null): string {
  const served = script === null ? [] : [`script-src ${hashOf(script)}`, "connect-src 'self'", "img-src 'self' data:"];
  const own = script === null ? ['img-src data:'] : served;
  return ["default-src 'none'", `style-src ${STYLE_HASHES}`, ...own, "base-uri 'none'", "form-action 'none'"].join(
    '; ',
  );
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

const STYLES = [STYLE, PICTURE_STYLE, ROWS_STYLE];
/** Of what stands between the tags. */
const STYLE_HASHES = STYLES.map((style) => hashOf(style.toString().replace(/^<style>|<\/style>$/g, ''))).join(' ');

/** Returns a complete HTML page. It needs no other file and no network; without `live` it runs no script. */
export function pageOf({ title, kicker, subtitle, main, footer, live }: PageParts): string {
  const script = live?.script ?? null;
  const page = html`<html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta http-equiv="Content-Security-Policy" content="${policyOf(script)}" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <meta name="referrer" content="no-referrer" />
      <link rel="icon" href="data:," />
      <title>${title}</title>
      ${STYLES}
    </head>
    <body ${live === undefined ? null : dataOf(live.data)}>
      <div class="page">
        <header>
          <p class="kicker">${kicker}</p>
          <h1 id="title">${title}</h1>
          ${subtitle}
        </header>
        <main>${main}</main>
        <footer class="soft"><p>${footer}</p></footer>
      </div>
    </body>
  </html>`;
  return `<!doctype html>\n${withScript(page.toString(), script)}\n`;
}

/** Puts the script at the end. It is no markup: it comes from this package alone, and is not escaped. */
function withScript(page: string, script: string | null): string {
  if (script === null) return page;
  const end = page.lastIndexOf('</body>');
  return `${page.slice(0, end)}<script>${script}</script>\n${page.slice(end)}`;
}

function dataOf(data: Readonly<Record<string, string>>): Markup {
  return html`${Object.entries(data).map(([name, value]) => html` data-${name}="${value}"`)}`;
}
