/** The IDL of WebCodecs and of what it refers to, out of @webref/idl. */
import { type Dictionary, type Enumeration, type Field, type IdlType, type Interface, parse } from 'webidl2';

/** In the order in which they are read: later ones extend earlier ones. */
export const idlFiles = [
  'webidl',
  'geometry',
  'html',
  'mediastream-recording',
  'mediacapture-extensions',
  'webcodecs',
  'webcodecs-aac-codec-registration',
  'webcodecs-av1-codec-registration',
  'webcodecs-avc-codec-registration',
  'webcodecs-flac-codec-registration',
  'webcodecs-hevc-codec-registration',
  'webcodecs-opus-codec-registration',
  'webcodecs-vp9-codec-registration',
] as const;

/** A bundle for a page has the texts by file name in this variable: there is no file system. */
declare const bundledIdl: Readonly<Record<string, string>> | undefined;

async function readTexts(): Promise<Readonly<Record<string, string>>> {
  if (typeof bundledIdl !== 'undefined') {
    return bundledIdl;
  }
  const { readFile } = await import('node:fs/promises');
  const read = async (name: string): Promise<[string, string]> => [
    name,
    await readFile(new URL(import.meta.resolve(`@webref/idl/${name}.idl`)), 'utf8'),
  ];
  return Object.fromEntries(await Promise.all(idlFiles.map(read)));
}

/** What a type comes to when typedefs are followed. */
export type Kind =
  | { kind: 'dictionary'; name: string }
  | { kind: 'enum'; values: readonly string[] }
  | { kind: 'callback' }
  | { kind: 'interface'; name: string }
  | { kind: 'sequence'; item: IdlType }
  | { kind: 'buffer' }
  | { kind: 'union' }
  | { kind: 'primitive'; name: string }
  | { kind: 'other' };

const primitives: ReadonlySet<string> = new Set([
  'boolean',
  'double',
  'float',
  'unrestricted double',
  'unrestricted float',
  'unsigned short',
  'long',
  'unsigned long',
  'long long',
  'unsigned long long',
  'DOMString',
]);

export class IdlModel {
  readonly interfaces: readonly Interface[];
  readonly #dictionaries = new Map<string, { inheritance: string | null; members: Field[] }>();
  readonly #enums = new Map<string, Enumeration>();
  readonly #typedefs = new Map<string, IdlType>();
  readonly #callbacks = new Set<string>();

  constructor(texts: Readonly<Record<string, string>>) {
    const interfaces: Interface[] = [];
    for (const file of idlFiles) {
      for (const definition of parse(texts[file] ?? '')) {
        switch (definition.type) {
          case 'interface':
            if (file === 'webcodecs' || definition.name === 'DOMRectReadOnly') interfaces.push(definition);
            break;
          case 'dictionary':
            this.#addDictionary(definition);
            break;
          case 'enum':
            this.#enums.set(definition.name, definition);
            break;
          case 'typedef':
            this.#typedefs.set(definition.name, definition.idlType);
            break;
          case 'callback':
            this.#callbacks.add(definition.name);
            break;
          default:
            // Namespaces, mixins: nothing of theirs is in WebCodecs.
            definition satisfies never;
        }
      }
    }
    this.interfaces = interfaces;
  }

  #addDictionary({ name, inheritance, members }: Dictionary): void {
    const known = this.#dictionaries.get(name) ?? { inheritance: null, members: [] };
    known.inheritance ??= inheritance;
    known.members.push(...members);
    this.#dictionaries.set(name, known);
  }

  /** In the order in which they are converted: inherited ones first, then by name. */
  members(dictionary: string): Field[] {
    const known = this.#dictionaries.get(dictionary);
    if (!known) throw new Error(`no dictionary ${dictionary}`);
    const inherited = known.inheritance === null ? [] : this.members(known.inheritance);
    return [...inherited, ...known.members.toSorted((a, b) => (a.name < b.name ? -1 : 1))];
  }

  /** Whether objects of this interface can be there, here. */
  isKnown(name: string): boolean {
    return name in globalThis || this.interfaces.some((known) => known.name === name);
  }

  kindOf(type: IdlType): Kind {
    if (type.generic === 'sequence' && typeof type.idlType !== 'string') {
      const [item] = type.idlType;
      return item ? { kind: 'sequence', item } : { kind: 'other' };
    }
    if (type.union) return { kind: 'union' };
    if (typeof type.idlType !== 'string' || type.generic !== '') return { kind: 'other' };
    const name = type.idlType;
    if (name === 'AllowSharedBufferSource') return { kind: 'buffer' };
    const aliased = this.#typedefs.get(name);
    if (aliased) return this.kindOf(aliased);
    const enumeration = this.#enums.get(name);
    if (enumeration) return { kind: 'enum', values: enumeration.values.map(({ value }) => value) };
    if (this.#dictionaries.has(name)) return { kind: 'dictionary', name };
    if (this.#callbacks.has(name)) return { kind: 'callback' };
    if (primitives.has(name)) return { kind: 'primitive', name };
    return { kind: 'interface', name };
  }
}

export const idl = new IdlModel(await readTexts());
