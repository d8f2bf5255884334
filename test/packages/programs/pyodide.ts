/** CPython. */
import { imported, pathOf, tell } from '../program.js';

interface Pyodide {
  runPython(code: string): unknown;
}
interface Package {
  readonly loadPyodide: (options: object) => Promise<Pyodide>;
}

export async function run(): Promise<void> {
  const { loadPyodide } = await imported<Package>('pyodide/pyodide.mjs');
  const python = await loadPyodide({ indexURL: `${pathOf('pyodide')}/` });
  tell('sum', python.runPython('sum(x * x for x in range(10000))'));
  tell('big', python.runPython('str(3 ** 400)'));
  tell(
    'json',
    python.runPython('import json, re; json.dumps({"a": re.findall(r"\\d+", "1b22c333")})'),
  );
  tell('hash', python.runPython('import hashlib; hashlib.sha256(b"guest").hexdigest()'));
  tell('float', python.runPython('import math; repr([math.sin(i / 7) for i in range(20)])'));
  tell('javascript', python.runPython('from js import Math; Math.max(3, 5)'));
  try {
    python.runPython('def f(): raise ValueError("from the guest")\nf()');
  } catch (error) {
    tell('error', (error as Error).message.split('\n').slice(-2));
  }
  tell(
    'caught',
    python.runPython('try:\n  1 / 0\nexcept ZeroDivisionError as e:\n  r = str(e)\nr'),
  );
}
