import { createRequire } from 'node:module';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { HoconSyntaxError } from './errors.js';
import { checkStructure } from './structure.js';

/** The parts of @pushcorn/hocon-parser (CommonJS, without types) that are used here. */
interface HoconLibrary {
  (options: { url: string; strict: boolean; builder: string }): Promise<unknown>;
  Context: { parseData: (data: unknown) => unknown };
  SourceAdapter: Adapter;
  TransformAdapter: Adapter;
  BuilderAdapter: Adapter;
  getClass(name: string): Adapter;
  registerComponent(...components: Adapter[]): void;
}
type Adapter = new (...args: never[]) => { context: { url: { href: string } }; notFound: symbol };

let prepared: HoconLibrary | undefined;

/**
 * The library, made to follow the specification where a configuration depends on it, and to be nothing but a reader:
 *
 * - numbers and booleans stay the texts they were (`00123` as a password, `1.50`, 20 digits): the variable's format
 *   decides what they are;
 * - a file that is included and does not exist is an error: the defaults in its place would go unnoticed;
 * - a closing brace too many, or none where a value should be, is an error (the library takes it in silence);
 * - what goes beyond HOCON is off, also in the library's strict mode: transforms (one of them evaluates code),
 *   includes of scripts, of URLs and of the class path.
 */
export function hoconLibrary(): HoconLibrary {
  if (prepared !== undefined) return prepared;
  const library = createRequire(import.meta.url)('@pushcorn/hocon-parser') as HoconLibrary;
  library.Context.parseData = (data) => (typeof data === 'string' ? textOrNull(data.trim()) : data);
  library.registerComponent(
    fileSource(library),
    ...['HttpSource', 'HttpsSource', 'ModulepathSource'].map((name) =>
      refusing(library.getClass(`sources.${name}`), name, 'onLoad', 'only files can be included'),
    ),
    refusing(library.BuilderAdapter, 'ScriptBuilder', 'build', 'a script cannot be included'),
    ...TRANSFORMS.map((name) =>
      refusing(library.TransformAdapter, `${name}Transform`, 'onApply', 'values cannot be transformed with |'),
    ),
  );
  prepared = library;
  return library;
}

const TRANSFORMS = [
  ...['Base64Decode', 'Base64Encode', 'Eval', 'Filter', 'Hash', 'Invoke', 'Map'],
  ...['Query', 'Reduce', 'Slice', 'Sort', 'Trim', 'Unique'],
];

function textOrNull(text: string): string | null {
  return text === 'null' ? null : text;
}

/** Components are registered under their class's name, so these replace the library's own. */
function named<C extends Adapter>(name: string, component: C): C {
  Object.defineProperty(component, 'name', { value: name });
  return component;
}

function refusing(base: Adapter, name: string, method: string, reason: string): Adapter {
  const component = named(name, class extends base {});
  Object.defineProperty(component.prototype, method, {
    value: () => Promise.reject(new HoconSyntaxError(undefined, undefined, reason)),
  });
  return component;
}

/** What the library tries for an include without an extension. */
const EXTENSIONS = ['.conf', '.json', '.properties'];

function fileSource(library: HoconLibrary): Adapter {
  const optional = new Set<string>();
  return named(
    'FileSource',
    class extends library.getClass('sources.FileSource') {
      onLoadFile(): Promise<unknown> {
        const path = fileURLToPath(this.context.url.href);
        // `include "base"` stands for base.conf and base.json: where one exists, the library goes on to them.
        const endings = EXTENSIONS.map((extension) => path + extension);
        const expands = !existsSync(path) && endings.some((candidate) => existsSync(candidate));
        if (expands) for (const candidate of endings) optional.add(candidate);
        const absent = expands || (optional.has(path) && !existsSync(path));
        return absent ? Promise.resolve(this.notFound) : readChecked(path);
      }
    },
  );
}

async function readChecked(path: string): Promise<string> {
  if (!existsSync(path)) throw new HoconSyntaxError(undefined, undefined, `${path}, which it includes, does not exist`);
  const text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  checkStructure(path, text);
  return text;
}
