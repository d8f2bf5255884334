/** What the addon tells of debugging information: see wembed_debug.h. */

declare const kind: unique symbol;

export interface DebugHandle {
  readonly [kind]: 'debug';
}

/** See wembed_debug_place_t. */
export interface RawPlace {
  function: string;
  file: string;
  line: number;
  column: number;
  inlined: boolean;
  near: boolean;
}

/** See wembed_debug_info_t. */
export interface RawDebugInfo {
  units: number;
  version: number;
  zeroed: boolean;
  codeStart: number;
  codeBytes: number;
  problem: string;
  external: string;
  producer: string;
  language: number;
  types: number;
  functions: number;
  variables: number;
  missing: string[];
}

/** What has a name, and where it is declared. */
export interface RawDeclared {
  name?: string;
  /** Namespaces and classes. */
  scope?: string;
  file?: string;
  line?: number;
}

/** See wembed_debug_member_t. */
export interface RawDebugMember {
  kind: number;
  type?: number;
  name?: string;
  offset?: number;
  value: bigint;
  bits?: number;
  bitOffset?: number;
  artificial?: true;
}

/** See wembed_debug_type_t. */
export interface RawDebugType extends RawDeclared {
  kind: number;
  encoding: number;
  bytes?: number;
  align?: number;
  target?: number;
  declaration?: true;
  enumClass?: true;
  vector?: true;
  variants?: true;
  members: RawDebugMember[];
}

/** See wembed_debug_function_t. */
export interface RawDebugFunction extends RawDeclared {
  linkageName?: string;
  address?: number;
  result?: number;
  external?: true;
  declaration?: true;
  prototyped?: true;
  parameters: RawDebugMember[];
}

/** See wembed_debug_variable_t. */
export interface RawDebugVariable extends RawDeclared {
  linkageName?: string;
  address?: number;
  type?: number;
  external?: true;
  global?: true;
}

/** A part of the addon's functions; `Runtime` and `Failure` are its handles and errors. */
export interface RawDebugBinding<Runtime, Failure> {
  /** Copies the bytes. */
  debugOpen(
    runtime: Runtime,
    bytes: Uint8Array,
    split: readonly Uint8Array[],
  ): DebugHandle | Failure | undefined;
  /** Copies the bytes; for a module that was just loaded. */
  moduleSetDebug(
    module: object,
    bytes: Uint8Array,
    split: readonly Uint8Array[],
  ): Failure | undefined;
  debugInfo(debug: DebugHandle): RawDebugInfo | undefined;
  debugRead(debug: DebugHandle): Failure | undefined;
  debugType(debug: DebugHandle, index: number): RawDebugType | undefined;
  debugFunction(debug: DebugHandle, index: number): RawDebugFunction | undefined;
  debugVariable(debug: DebugHandle, index: number): RawDebugVariable | undefined;
  debugPlaces(debug: DebugHandle, address: number): RawPlace[] | undefined;
}
