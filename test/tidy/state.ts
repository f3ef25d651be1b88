import { mask } from './mask.js';
import { lineAt, within, type Rule } from './source.js';

const FOLDERS = ['machine', 'kernel', 'mm', 'arch', 'race', 'sharedarraybuffer-utils'].map((name) => `lib/${name}`);

/** Nothing that runs on a simulated CPU keeps state in a variable of its module. */
export const noModuleState: Rule = (files) =>
  within(files, ...FOLDERS, 'stress').flatMap((file) => {
    const { code } = mask(file.text);
    const findings: string[] = [];
    let depth = 0;
    for (const match of code.matchAll(/[({[]|[)}\]]|\b(?:let|var)\b/g)) {
      if ('({['.includes(match[0])) depth++;
      else if (')}]'.includes(match[0])) depth--;
      else if (depth === 0) {
        const at = `${file.path}:${lineAt(code, match.index)}`;
        findings.push(
          `${at}: module-level ${match[0]} would silently be one copy per worker. Put it in the shared buffer or on Cpu.`,
        );
      }
    }
    return findings;
  });
