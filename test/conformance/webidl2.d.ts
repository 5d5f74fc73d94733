/** What the suite reads of webidl2's syntax trees: https://github.com/w3c/webidl2.js#documentation */
declare module 'webidl2' {
  export interface ExtendedAttribute {
    readonly name: string;
  }

  export interface IdlType {
    /** `Promise`, `sequence` or nothing. */
    readonly generic: string;
    readonly nullable: boolean;
    readonly union: boolean;
    readonly idlType: string | readonly IdlType[];
    readonly extAttrs: readonly ExtendedAttribute[];
  }

  export interface Argument {
    readonly name: string;
    readonly idlType: IdlType;
    readonly optional: boolean;
    readonly variadic: boolean;
  }

  export interface Field {
    readonly type: 'field';
    readonly name: string;
    readonly idlType: IdlType;
    readonly extAttrs: readonly ExtendedAttribute[];
    readonly required: boolean;
    /** Without a value: `null`, an empty sequence or an empty dictionary. */
    readonly default: { readonly type: string; readonly value?: unknown } | null;
  }

  export interface Attribute {
    readonly type: 'attribute';
    readonly name: string;
    readonly idlType: IdlType;
    readonly special: string;
    readonly readonly: boolean;
    readonly extAttrs: readonly ExtendedAttribute[];
  }

  export interface Operation {
    readonly type: 'operation';
    /** Empty for a getter that has no name. */
    readonly name: string;
    readonly idlType: IdlType;
    readonly special: string;
    readonly arguments: readonly Argument[];
    readonly extAttrs: readonly ExtendedAttribute[];
  }

  export interface Constructor {
    readonly type: 'constructor';
    readonly arguments: readonly Argument[];
  }

  export interface Interface {
    readonly type: 'interface';
    readonly name: string;
    readonly partial: boolean;
    readonly inheritance: string | null;
    readonly members: readonly (Attribute | Operation | Constructor)[];
  }

  export interface Dictionary {
    readonly type: 'dictionary';
    readonly name: string;
    readonly partial: boolean;
    readonly inheritance: string | null;
    readonly members: readonly Field[];
  }

  export interface Enumeration {
    readonly type: 'enum';
    readonly name: string;
    readonly values: readonly { readonly value: string }[];
  }

  export interface Typedef {
    readonly type: 'typedef';
    readonly name: string;
    readonly idlType: IdlType;
  }

  export interface Callback {
    readonly type: 'callback';
    readonly name: string;
  }

  export type Definition = Interface | Dictionary | Enumeration | Typedef | Callback;

  export function parse(text: string): Definition[];
}
