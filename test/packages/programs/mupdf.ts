/** Documents to text and pixels; setjmp and longjmp by exceptions of the legacy kind. */
import { imported, tell } from '../program.js';

interface Page {
  getBounds(): number[];
  toStructuredText(): { asText(): string; asJSON(): string };
  toPixmap(matrix: readonly number[], space: unknown, alpha: boolean): { getPixels(): Uint8Array };
}
interface Mupdf {
  readonly Document: {
    openDocument(
      data: Uint8Array,
      type: string,
    ): { countPages(): number; loadPage(i: number): Page };
  };
  readonly Matrix: { scale(x: number, y: number): readonly number[] };
  readonly ColorSpace: { readonly DeviceRGB: unknown };
}

const html = `<h1>Guests</h1><p>A page with <b>text</b>, a list and a table.</p>
<ul><li>one<li>two</ul><table><tr><td>1<td>2<tr><td>3<td>4</table>`;

const pdf = `%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 4 0 R/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>endobj
4 0 obj<</Length 60>>stream
BT /F 18 Tf 20 50 Td (From a broken file) Tj ET 1 0 0 RG 10 10 90 30 re S
endstream endobj
trailer<</Root 1 0 R>>`;

export async function run(): Promise<void> {
  const mupdf = await imported<Mupdf>('mupdf/dist/mupdf.js');
  const { Document, Matrix, ColorSpace } = mupdf;
  for (const [data, type] of [[html, 'text/html'], [pdf, 'application/pdf']] as const) {
    const document = Document.openDocument(Buffer.from(data), type);
    tell('pages', document.countPages());
    const page = document.loadPage(0);
    tell('bounds', page.getBounds());
    tell('text', page.toStructuredText().asText());
    tell('pixels', page.toPixmap(Matrix.scale(2, 2), ColorSpace.DeviceRGB, false).getPixels());
  } // prettier-ignore
  try {
    Document.openDocument(Buffer.from('nothing of the kind'), 'application/pdf').countPages();
  } catch (error) {
    tell('error', String(error));
  }
}
