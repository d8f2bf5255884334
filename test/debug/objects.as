// What AssemblyScript passes: text, lists, typed arrays, objects, references.
@external("host", "log") declare function log(message: string): void;
@external("host", "ask") declare function ask(names: string[]): string;

enum Color { Red, Green = 5 }

class Base { id: i32 = 7; }
class Point extends Base {
  x: f64; y: f64 = 0; flag: bool = true; small: i8 = -3; big: u64 = 5;
  next: Point | null = null;
  name: string = "origin";
  tags: string[] = ["a"];
}

let kept: Point | null = null;

export function greet(name: string): string { return "Hello, " + name + "!"; }
export function maybe(text: string | null): string | null { return text ? text : null; }
export function sum(list: i32[]): i32 { let all = 0; for (let i = 0; i < list.length; i++) all += list[i]; return all; }
export function doubled(list: Float64Array): Float64Array { for (let i = 0; i < list.length; i++) list[i] *= 2; return list; }
export function bytes(data: ArrayBuffer): ArrayBuffer { return data.slice(1); }
export function fixed(list: StaticArray<u16>): StaticArray<u16> { list[0] += 1; return list; }
export function sorted(names: string[]): string[] { names.push("zoe"); return names.sort(); }
export function grid(rows: i32[][]): i32[][] { rows.push([rows.length]); return rows; }
export function wide(list: u64[]): u64 { return list[list.length - 1]; }
export function flags(list: bool[]): bool[] { list.reverse(); return list; }
export function make(x: f64, name: string): Point { const p = new Point(); p.x = x; p.name = name; return p; }
export function length(p: Point): f64 { return Math.sqrt(p.x * p.x + p.y * p.y); }
export function keep(p: Point | null): void { kept = p; }
export function last(): Point | null { return kept; }
export function chain(count: i32): Point { let p = new Point(); for (let i = 0; i < count; i++) { const q = new Point(); q.next = p; q.x = i; p = q; } return p; }
export function points(): Point[] { return [make(1, "one"), make(2, "two")]; }
export function table(): Map<string, i32> { const m = new Map<string, i32>(); m.set("a", 1); return m; }
export function put(m: Map<string, i32>, key: string, value: i32): i32 { m.set(key, value); return m.size; }
export function color(c: Color): Color { return c == Color.Red ? Color.Green : Color.Red; }
export function churn(count: i32): i32 { let all = 0; for (let i = 0; i < count; i++) all += ("x" + i.toString()).length; return all; }
export function tell(): string { log("asked"); return ask(["one", "two"]); }
