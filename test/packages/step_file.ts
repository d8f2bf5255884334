/** A box as a STEP file, ISO 10303-21, as programs for engineering exchange them. */

type Point = readonly [number, number, number];

/** Numbers the entities as they are written. */
class Writer {
  readonly lines: string[] = [];

  add(entity: string): string {
    this.lines.push(`#${this.lines.length + 1}=${entity};`);
    return `#${this.lines.length}`;
  }

  point(point: Point): string {
    return this.add(`CARTESIAN_POINT('',(${point.map((x) => x.toFixed(2)).join()}))`);
  }

  direction(direction: Point): string {
    return this.add(`DIRECTION('',(${direction.map((x) => x.toFixed(2)).join()}))`);
  }
}

const corners = Array.from({ length: 8 }, (_, i): Point => [
  (i & 1) * 10,
  ((i >> 1) & 1) * 20,
  (i >> 2) * 30,
]);
const corner = (index = 0): Point => corners[index] ?? [0, 0, 0];

/** Corners counterclockwise from outside, the normal, and a direction in the face. */
const faces: readonly (readonly [corners: readonly number[], normal: Point, inside: Point])[] = [
  [[0, 2, 3, 1], [0, 0, -1], [1, 0, 0]],
  [[4, 5, 7, 6], [0, 0, 1], [1, 0, 0]],
  [[0, 1, 5, 4], [0, -1, 0], [1, 0, 0]],
  [[2, 6, 7, 3], [0, 1, 0], [1, 0, 0]],
  [[0, 4, 6, 2], [-1, 0, 0], [0, 1, 0]],
  [[1, 3, 7, 5], [1, 0, 0], [0, 1, 0]],
]; // prettier-ignore

function shell(writer: Writer): string {
  const vertices = corners.map((at) => writer.add(`VERTEX_POINT('',${writer.point(at)})`));
  const edges = new Map<string, string>();
  const edge = (from: number, to: number): string => {
    const [a, b] = [Math.min(from, to), Math.max(from, to)];
    const key = `${a}-${b}`;
    const [start, end] = [corner(a), corner(b)];
    const way = end.map((x, i) => Math.sign(x - (start[i] ?? 0))) as unknown as Point;
    if (!edges.has(key)) {
      const vector = writer.add(`VECTOR('',${writer.direction(way)},1.)`);
      const line = writer.add(`LINE('',${writer.point(start)},${vector})`);
      edges.set(key, writer.add(`EDGE_CURVE('',${vertices[a]},${vertices[b]},${line},.T.)`));
    }
    return writer.add(`ORIENTED_EDGE('',*,*,${edges.get(key)},${from === a ? '.T.' : '.F.'})`);
  };
  const made = faces.map(([around, normal, inside]) => {
    const loop = around.map((from, i) => edge(from, around[(i + 1) % 4] ?? 0));
    const bound = writer.add(`FACE_OUTER_BOUND('',${writer.add(`EDGE_LOOP('',(${loop.join()}))`)},.T.)`);
    const origin = writer.point(corner(around[0]));
    const axes = `${origin},${writer.direction(normal)},${writer.direction(inside)}`;
    const plane = writer.add(`PLANE('',${writer.add(`AXIS2_PLACEMENT_3D('',${axes})`)})`);
    return writer.add(`ADVANCED_FACE('',(${bound}),${plane},.T.)`);
  }); // prettier-ignore
  return writer.add(`CLOSED_SHELL('',(${made.join()}))`);
}

/** The lines of the file. */
export function stepFile(): string[] {
  const writer = new Writer();
  const solid = writer.add(`MANIFOLD_SOLID_BREP('box',${shell(writer)})`);
  const length = writer.add('(LENGTH_UNIT()NAMED_UNIT(*)SI_UNIT(.MILLI.,.METRE.))');
  const angle = writer.add('(NAMED_UNIT(*)PLANE_ANGLE_UNIT()SI_UNIT($,.RADIAN.))');
  const solidAngle = writer.add('(NAMED_UNIT(*)SI_UNIT($,.STERADIAN.)SOLID_ANGLE_UNIT())');
  const accuracy = writer.add(
    `UNCERTAINTY_MEASURE_WITH_UNIT(LENGTH_MEASURE(1.E-07),${length},'accuracy','')`,
  );
  const context = writer.add(
    `(GEOMETRIC_REPRESENTATION_CONTEXT(3)GLOBAL_UNCERTAINTY_ASSIGNED_CONTEXT((${accuracy}))` +
      `GLOBAL_UNIT_ASSIGNED_CONTEXT((${length},${angle},${solidAngle}))REPRESENTATION_CONTEXT('',''))`,
  );
  const shape = writer.add(`ADVANCED_BREP_SHAPE_REPRESENTATION('',(${solid}),${context})`);
  const application = writer.add(`APPLICATION_CONTEXT('automotive design')`);
  const of = writer.add(`PRODUCT_CONTEXT('',${application},'mechanical')`);
  const product = writer.add(`PRODUCT('box','box','',(${of}))`);
  const formation = writer.add(`PRODUCT_DEFINITION_FORMATION('','',${product})`);
  const design = writer.add(
    `PRODUCT_DEFINITION_CONTEXT('part definition',${application},'design')`,
  );
  const definition = writer.add(`PRODUCT_DEFINITION('design','',${formation},${design})`);
  const shapeOf = writer.add(`PRODUCT_DEFINITION_SHAPE('','',${definition})`);
  writer.add(`SHAPE_DEFINITION_REPRESENTATION(${shapeOf},${shape})`);
  return [
    'ISO-10303-21;',
    'HEADER;',
    `FILE_DESCRIPTION(('a box'),'2;1');`,
    `FILE_NAME('box.step','2020-01-01T00:00:00',(''),(''),'','','');`,
    `FILE_SCHEMA(('AUTOMOTIVE_DESIGN { 1 0 10303 214 1 1 1 1 }'));`,
    'ENDSEC;',
    'DATA;',
    ...writer.lines,
    'ENDSEC;',
    'END-ISO-10303-21;',
    '',
  ];
}
