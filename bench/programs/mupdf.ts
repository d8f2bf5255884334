/** A document to pixels, by a C library whose errors are exceptions of the legacy kind. */
import { imported } from '../../test/packages/program.js';

interface Page {
  toPixmap(matrix: readonly number[], space: unknown, alpha: boolean): { getPixels(): Uint8Array };
}
interface Mupdf {
  readonly Document: {
    openDocument(data: Uint8Array, type: string): { loadPage(i: number): Page };
  };
  readonly Matrix: { scale(x: number, y: number): readonly number[] };
  readonly ColorSpace: { readonly DeviceRGB: unknown };
}

const cells = Array.from({ length: 40 }, (_, i) => `<tr><td>${i}<td><b>${i * i}</b>`);
const html = `<h1>Guests</h1><p>A page with text, a list and a table.</p><table>${cells.join('')}</table>`;

export async function start(): Promise<() => unknown> {
  const { Document, Matrix, ColorSpace } = await imported<Mupdf>('mupdf/dist/mupdf.js');
  return () => {
    const page = Document.openDocument(Buffer.from(html), 'text/html').loadPage(0);
    return page.toPixmap(Matrix.scale(1, 1), ColorSpace.DeviceRGB, false).getPixels().length;
  };
}
