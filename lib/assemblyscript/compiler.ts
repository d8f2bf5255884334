/** What a transform sees of AssemblyScript's compiler, as far as it is used here. */

export interface AscType {
  /** As the compiler writes it: `i32`, `bool`, `usize`. */
  toString(): string;
  /** The class that a reference leads to. */
  readonly classReference: AscClass | null;
  /** Whether what it refers to lies in the collected heap. */
  readonly isManaged: boolean;
  readonly isNullableReference: boolean;
  /** Bits of a value. */
  readonly size: number;
  readonly isSignedIntegerValue: boolean;
  readonly isIntegerValue: boolean;
  readonly isFloatValue: boolean;
  readonly isBooleanValue: boolean;
}

export interface AscClass {
  readonly name: string;
  readonly internalName: string;
  /** In the runtime type information. */
  readonly id: number;
  /** Bytes of an object. */
  readonly nextMemoryOffset: number;
  readonly members: ReadonlyMap<string, AscMember> | null;
  readonly base: AscClass | null;
  extendsPrototype(prototype: unknown): boolean;
  extends(other: AscClass): boolean;
  getArrayValueType(): AscType;
}

/** A property, by its prototype where it has one. */
export interface AscMember {
  readonly name: string;
  readonly instance?: AscMember | null;
  readonly isField?: boolean;
  readonly type?: AscType;
  readonly memoryOffset?: number;
}

export interface AscFunction {
  readonly signature: {
    readonly parameterTypes: readonly AscType[];
    readonly returnType: AscType;
  };
  getParameterName(index: number): string;
}

/** An element of a file: what is a function has `instances` or a `signature`. */
export interface AscElement {
  readonly instances?: ReadonlyMap<string, AscFunction> | null;
  readonly signature?: unknown;
}

export interface AscFile {
  readonly source: { readonly sourceKind: number };
  readonly exports: ReadonlyMap<string, AscElement> | null;
}

export interface AscProgram {
  readonly filesByName: ReadonlyMap<string, AscFile>;
  readonly moduleImports: ReadonlyMap<string, ReadonlyMap<string, AscElement>>;
  readonly stringInstance: AscClass;
  readonly arrayBufferInstance: AscClass;
  readonly arrayBufferViewInstance: AscClass;
  readonly arrayPrototype: unknown;
  readonly staticArrayPrototype: unknown;
}

export interface AscModule {
  addCustomSection(name: string, contents: Uint8Array): void;
}
