import { LineCounter, isMap, isNode, parseDocument, type Document } from 'yaml';
import { z } from 'zod';

/** What is wrong with a campaign file: one line that begins with file, line and column. */
export class CampaignFileError extends Error {
  override readonly name = 'CampaignFileError';
}

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const oneOrMore = <T extends z.ZodType>(of: T) => z.union([of, z.array(of).min(1)]);

const entry = z.strictObject({
  race: z.string(),
  variant: z.string().optional(),
  /** Those rows of verify whose name holds the text; only without a variant. */
  row: z.string().optional(),
  knobs: z.record(z.string(), oneOrMore(scalar)).optional(),
  cpus: oneOrMore(z.int().min(1).max(64)).optional(),
  sync: z.enum(['rendezvous', 'stride', 'free']).optional(),
  weight: z.number().positive().max(1000).optional(),
});

const file = z.strictObject({
  campaign: z.string().min(1).max(100).optional(),
  duration: z.string().optional(),
  slice: z.string().optional(),
  'prove-every': z.string().optional(),
  rows: z.array(entry).min(1),
});

export type CampaignEntry = z.infer<typeof entry>;
export type CampaignContent = z.infer<typeof file>;

/** A path into the file: `['rows', 1, 'cpus']`. */
export type Path = readonly (string | number)[];

/** A campaign as its file says it, and where in the file each thing stands. */
export interface CampaignFile {
  readonly content: CampaignContent;
  /** An error about the value at a path: `weekend.yaml:7:13: rows[1].cpus: ...`. */
  errorAt(path: Path, message: string): CampaignFileError;
}

/** Reads the text of a campaign file. Throws CampaignFileError for the first thing that is wrong with it. */
export function parseCampaignFile(name: string, text: string): CampaignFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [syntax] = document.errors;
  if (syntax !== undefined) {
    const { line, col } = lines.linePos(syntax.pos[0]);
    throw new CampaignFileError(`${name}:${line}:${col}: ${syntax.message.split('\n')[0]}`);
  }
  const errorAt = (path: Path, message: string): CampaignFileError => {
    const { line, col } = lines.linePos(offsetOf(document, path));
    const where = pathWords(path);
    return new CampaignFileError(`${name}:${line}:${col}: ${where === '' ? '' : `${where}: `}${message}`);
  };
  const parsed = file.safeParse(document.toJS());
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw errorAt(...placeOf(issue));
  }
  return { content: parsed.data, errorAt };
}

/** Where an issue is and what it says, in the words of this file. */
function placeOf(issue: z.core.$ZodIssue): [Path, string] {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  switch (issue.code) {
    case 'unrecognized_keys':
      return [[...path, issue.keys[0]], `no such field; there are ${fieldsAt(path).join(', ')}`];
    case 'invalid_union':
      return [
        path,
        path.includes('cpus')
          ? 'must be a whole number from 1 to 64, or a list of them'
          : 'must be a value or a list of values',
      ];
    case 'invalid_type':
      return [path, path.length === 0 ? 'must be a mapping with the field rows' : `must be ${issue.expected}`];
    default:
      return [path, issue.message.charAt(0).toLowerCase() + issue.message.slice(1)];
  }
}

function fieldsAt(path: Path): string[] {
  return Object.keys(path.length === 0 ? file.shape : entry.shape);
}

/** Offset of the value at a path; of its key where the key itself is in question; of the nearest thing that is there. */
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

/** `rows[1].knobs.split_ptl` */
function pathWords(path: Path): string {
  return path.map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i === 0 ? '' : '.'}${part}`)).join('');
}
