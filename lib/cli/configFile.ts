/** Defaults of flags by command, from the racehammer.config file of the working directory. Called by program.ts. */

import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { notLoadable } from '../harness/host/raceFiles.js';
import { whyNotLoaded } from '../harness/host/whyNotLoaded.js';
import { flagOf } from '../run/flagName.js';
import { errorWords } from '../run/schemaErrors.js';
import { unknownWord } from '../run/unknownWord.js';
import { UsageError, quoted } from '../run/usageError.js';
import type { CommandSpec } from './options/command.js';
import type { Option, Typed } from './options/option.js';

/** What a command finds as if it had been typed, by the names of its table. */
export type Configured = Readonly<Record<string, Typed>>;

/** `{ run: { cpus: 4 }, 'soak status': { json: true } }`: flags without their dashes. */
type Config = Readonly<
  Record<string, Readonly<Record<string, boolean | number | string | readonly (number | string)[]>>>
>;

const FILES = ['ts', 'mts', 'js', 'mjs', 'json'].map((ending) => `racehammer.config.${ending}`);
const SCHEMA = new URL('../../../schema/config.schema.json', import.meta.url);

/** Returns what the file says of a command; nothing if there is no file. Throws UsageError with file and field. */
export async function configuredFlags(
  spec: CommandSpec,
  commands: () => Promise<readonly CommandSpec[]>,
  folder = '.',
): Promise<Configured> {
  const files = FILES.map((file) => join(folder, file)).filter((file) => existsSync(file));
  if (files.length > 1)
    throw new UsageError(`${files.map((file) => quoted(file)).join(' and ')}: there can be one of them`);
  const [file] = files;
  if (file === undefined) return {};
  const config = await checked(file, await load(file), await commands());
  return Object.fromEntries(
    Object.entries(config[spec.name] ?? {}).flatMap(([flag, value]) => {
      const name = nameOf(spec, flag)!;
      const typed = typedOf(value, spec.options[name]);
      requireReadable(file, spec, name, typed);
      return typed === undefined ? [] : [[name, typed] as const];
    }),
  );
}

async function load(file: string): Promise<unknown> {
  const why = notLoadable(file);
  if (why !== null) throw refused(file, why);
  const url = pathToFileURL(resolve(file)).href;
  try {
    if (file.endsWith('.json')) return JSON.parse(readFileSync(file, 'utf8')) as unknown;
    return ((await import(url)) as { readonly default?: unknown }).default;
  } catch (error) {
    throw refused(file, `cannot be loaded: ${whyNotLoaded(error, url)}`);
  }
}

/** Names first, since the schema would only say that there is one too many. */
async function checked(file: string, config: unknown, commands: readonly CommandSpec[]): Promise<Config> {
  for (const [name, flags] of Object.entries(config ?? {})) {
    // For editors.
    if (name === '$schema') continue;
    const spec = commands.find((known) => known.name === name);
    if (spec === undefined)
      throw unknown(
        file,
        'command',
        name,
        commands.map((known) => known.name),
      );
    for (const flag of Object.keys((flags ?? {}) as object))
      if (nameOf(spec, flag) === undefined) throw unknown(file, 'flag', flag, flagsOf(spec), name);
  }
  const { Ajv2020 } = await import('ajv/dist/2020.js');
  const validate = new Ajv2020({ allowUnionTypes: true }).compile(JSON.parse(readFileSync(SCHEMA, 'utf8')) as object);
  if (!validate(config)) throw refused(file, errorWords(validate.errors ?? []));
  return config as Config;
}

function unknown(file: string, noun: string, word: string, known: readonly string[], of?: string): UsageError {
  return refused(file, unknownWord(noun, word, known, of).message);
}

function refused(file: string, why: string): UsageError {
  return new UsageError(`file ${quoted(file)}: ${why}`);
}

/** Returns the flags of a command as they stand in the file. */
function flagsOf({ options }: CommandSpec): string[] {
  return Object.keys(options)
    .filter((name) => name !== 'config')
    .map((name) => flagOf(name).slice('--'.length));
}

/** Finds an option as it stands in the file, under its former names as well. */
function nameOf({ options }: CommandSpec, flag: string): string | undefined {
  const known = Object.entries(options).filter(([name]) => name !== 'config');
  return known.find(([name, { formerly = [] }]) =>
    [name, ...formerly].some((each) => flagOf(each) === `--${flag}`),
  )?.[0];
}

/** Throws where the command would, and says which file it is. */
function requireReadable(file: string, { name: command, options }: CommandSpec, name: string, typed: Typed): void {
  try {
    options[name].read(typed, flagOf(name));
  } catch (error) {
    throw error instanceof UsageError ? refused(file, `${command}: ${error.message}`) : error;
  }
}

/** Returns what the parser would have made of it; undefined for what nobody needs to type. */
function typedOf(value: Config[string][string], { isNegative, off }: Option<unknown>): Typed {
  if (typeof value === 'object') return value.map(String);
  if (typeof value !== 'boolean') return String(value);
  if (isNegative === true) return value ? undefined : false;
  return value || off !== undefined ? value : undefined;
}
