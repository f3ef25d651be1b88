/**
 * Reads campaign files of `soak`. Called by lib/cli/soak/checkedFlags.ts and rows.ts, which turn the entries into rows.
 */

import { readFileSync } from 'node:fs';
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import { LineCounter, isMap, isNode, isScalar, parseDocument, visit, type Document } from 'yaml';
import type { MemoryModel, Sync } from '../race/settings.js';

/** Thrown for a bad campaign file; the message is one line that begins with file, line and column. */
export class CampaignFileError extends Error {
  override readonly name = 'CampaignFileError';
}

/** One entry of a campaign; fields that are left out get the defaults of the race. */
export interface CampaignEntry {
  readonly race: string;
  readonly variant?: string;
  readonly row?: string;
  readonly knobs?: Readonly<Record<string, string | readonly string[]>>;
  readonly cpus?: number | readonly number[];
  readonly sync?: Sync;
  readonly memory?: MemoryModel;
  readonly instrument?: boolean;
  readonly weight?: number;
}

export interface CampaignContent {
  readonly campaign?: string;
  readonly duration?: string;
  readonly slice?: string;
  readonly 'prove-every'?: string;
  readonly classes?: boolean;
  readonly rows: readonly CampaignEntry[];
}

/** A path into the file: `['rows', 1, 'cpus']`. */
export type Path = readonly (string | number)[];

/** The content of a campaign file, with the position of each value. */
export interface CampaignFile {
  readonly content: CampaignContent;
  /** Makes an error about the value at a path: `weekend.yaml:7:13: rows[1].cpus: ...`. */
  errorAt(path: Path, message: string): CampaignFileError;
}

const SCHEMA = new URL('../../../schema/campaign.schema.json', import.meta.url);

/** Most rows of a campaign, since each of them must get slices. */
export const ROWS_MAX = 2000;
/** Largest campaign file. It has room for ROWS_MAX rows; the time to parse YAML can grow with the square of the length. */
export const CAMPAIGN_BYTES_MAX = 2 ** 18;

/** Reads the text of a campaign file. Throws CampaignFileError for the first mistake. */
export function parseCampaignFile(name: string, text: string): CampaignFile {
  const lines = new LineCounter();
  const wrongAt = (offset: number, what: string): CampaignFileError => {
    const { line, col } = lines.linePos(offset);
    return new CampaignFileError(`${name}:${line}:${col}: ${what}`);
  };
  // The parser's own check compares each key with each other.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const [syntax] = document.errors;
  if (syntax !== undefined) throw wrongAt(syntax.pos[0], syntaxWords(syntax.message));
  const twice = keyTwice(document);
  if (twice !== undefined) throw wrongAt(twice, 'Map keys must be unique');
  const errorAt = (path: Path, message: string): CampaignFileError => {
    const where = pathWords(path);
    return wrongAt(offsetOf(document, path), `${where === '' ? '' : `${where}: `}${message}`);
  };
  const content = contentOf(document, errorAt);
  const fault = campaignFault(content);
  if (fault !== null) throw errorAt(...fault);
  return { content: withTexts(content as CampaignContent), errorAt };
}

/** Returns what is wrong with the content of a campaign, with its place; null if nothing is. */
export function campaignFault(content: unknown): readonly [Path, string] | null {
  const schemas = new Ajv2020({ allowUnionTypes: true, validateSchema: false, verbose: true });
  const validate = schemas.compile(JSON.parse(readFileSync(SCHEMA, 'utf8')) as object);
  if (validate(content)) return null;
  const [error] = validate.errors ?? [];
  return placeOf(error);
}

/** Returns a parser's message as one line. Deep nesting overflows the stack of the parser, which recurses. */
function syntaxWords(message: string): string {
  return /call stack/.test(message) ? 'is nested too deeply' : message.split('\n')[0];
}

/** Returns the offset of the first duplicate key; undefined if there is none. */
function keyTwice(document: Document.Parsed): number | undefined {
  let found: number | undefined;
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) {
          found = key.range?.[0] ?? 0;
          return visit.BREAK;
        }
        seen.add(key.value);
      }
      return undefined;
    },
  });
  return found;
}

/** Returns the content. Throws for an alias of nothing, and for aliases that would expand into millions of values. */
function contentOf(document: Document.Parsed, errorAt: CampaignFile['errorAt']): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw errorAt([], error instanceof Error ? error.message.split('\n')[0] : String(error));
  }
}

/** Turns knob values into texts, also those that YAML reads as numbers. */
function withTexts(content: CampaignContent): CampaignContent {
  const textOf = (value: string | readonly string[]): string | string[] =>
    Array.isArray(value) ? value.map(String) : String(value);
  const rows = content.rows.map((row) =>
    row.knobs === undefined
      ? row
      : { ...row, knobs: Object.fromEntries(Object.entries(row.knobs).map(([knob, value]) => [knob, textOf(value)])) },
  );
  return { ...content, rows };
}

/** Returns the path of a schema error and its message in the words of a campaign. */
function placeOf({ instancePath, keyword, params, message, parentSchema }: ErrorObject): [Path, string] {
  const path = instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  const named = params as Readonly<Record<string, unknown>>;
  switch (keyword) {
    case 'additionalProperties': {
      const known = Object.keys((parentSchema?.['properties'] ?? {}) as object);
      return [[...path, String(named['additionalProperty'])], `no such field; there are ${known.join(', ')}`];
    }
    case 'required':
      return [path, `the field ${String(named['missingProperty'])} is missing`];
    case 'type':
      return [
        path,
        path.length === 0 ? 'must be a mapping with the field rows' : `must be ${[named['type']].flat().join(' or ')}`,
      ];
    case 'enum':
      return [path, `must be one of ${(named['allowedValues'] as string[]).join(', ')}`];
    case 'minItems':
      return [path, 'must not be empty'];
    case 'maxItems':
      return [path, `must not have more than ${String(named['limit'])} entries`];
    default:
      return [path, message ?? keyword];
  }
}

/** Returns the offset of the key at a path, else of the value there, else of the nearest parent. */
function offsetOf(document: Document.Parsed, path: Path): number {
  const parent: unknown = path.length <= 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (isMap(parent)) {
    const pair = parent.items.find(({ key }) => isNode(key) && String(key) === String(path.at(-1)));
    if (pair !== undefined && isNode(pair.key)) return pair.key.range?.[0] ?? 0;
  }
  const node: unknown = path.length === 0 ? document.contents : document.getIn(path, true);
  if (isNode(node)) return node.range?.[0] ?? 0;
  return path.length === 0 ? 0 : offsetOf(document, path.slice(0, -1));
}

/** Returns `rows[1].knobs.split_ptl` */
export function pathWords(path: Path): string {
  return path.map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i === 0 ? '' : '.'}${part}`)).join('');
}
