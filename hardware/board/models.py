"""Blocks as STEP files (ISO 10303-21, AP214), so that board, box and pictures know heights.

A part is a few blocks: enough to see whether a lid closes, not to see a maker's logo.
"""

from pathlib import Path

from hardware.board.footprints import ALL, Body

_FACES = ((0, 3, 2, 1), (4, 5, 6, 7), (0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7))
_NORMALS = ((0, 0, -1), (0, 0, 1), (0, -1, 0), (1, 0, 0), (0, 1, 0), (-1, 0, 0))


class _File:
    """Numbered entities."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def add(self, text: str) -> int:
        self.lines.append(f"#{len(self.lines) + 1}={text};")
        return len(self.lines)

    def refs(self, numbers: list[int]) -> str:
        return "(" + ",".join(f"#{number}" for number in numbers) + ")"

    def triple(self, kind: str, x: float, y: float, z: float) -> int:
        return self.add(f"{kind}('',({x:.4f},{y:.4f},{z:.4f}))")


def _solid(file: _File, body: Body) -> int:
    """A block. y is turned over: KiCad's boards look down, models up."""
    x1, x2 = body.x, body.x + body.width
    y1, y2 = -body.y - body.height, -body.y
    z1, z2 = body.z, body.z + body.depth
    corners = [(x, y, z) for z in (z1, z2) for x, y in ((x1, y1), (x2, y1), (x2, y2), (x1, y2))]
    points = [file.triple("CARTESIAN_POINT", *corner) for corner in corners]
    vertices = [file.add(f"VERTEX_POINT('',#{point})") for point in points]
    edges: dict[tuple[int, int], int] = {}
    faces: list[int] = []
    for ring, normal in zip(_FACES, _NORMALS, strict=True):
        bounds: list[int] = []
        for a, b in zip(ring, (*ring[1:], ring[0]), strict=True):
            if (b, a) in edges:
                bounds.append(file.add(f"ORIENTED_EDGE('',*,*,#{edges[b, a]},.F.)"))
                continue
            step = [corners[b][axis] - corners[a][axis] for axis in range(3)]
            length = sum(abs(value) for value in step)
            along = file.triple("DIRECTION", *(value / length for value in step))
            vector = file.add(f"VECTOR('',#{along},1.)")
            line = file.add(f"LINE('',#{points[a]},#{vector})")
            edges[a, b] = file.add(f"EDGE_CURVE('',#{vertices[a]},#{vertices[b]},#{line},.T.)")
            bounds.append(file.add(f"ORIENTED_EDGE('',*,*,#{edges[a, b]},.T.)"))
        loop = file.add(f"EDGE_LOOP('',{file.refs(bounds)})")
        bound = file.add(f"FACE_OUTER_BOUND('',#{loop},.T.)")
        axis = file.triple("DIRECTION", *normal)
        side = file.triple("DIRECTION", *((0, 1, 0) if normal[0] else (1, 0, 0)))
        place = file.add(f"AXIS2_PLACEMENT_3D('',#{points[ring[0]]},#{axis},#{side})")
        plane = file.add(f"PLANE('',#{place})")
        faces.append(file.add(f"ADVANCED_FACE('',(#{bound}),#{plane},.T.)"))
    shell = file.add(f"CLOSED_SHELL('',{file.refs(faces)})")
    return file.add(f"MANIFOLD_SOLID_BREP('',#{shell})")


def _colour(file: _File, solid: int, rgb: tuple[float, float, float]) -> int:
    colour = file.add("COLOUR_RGB('',%.3f,%.3f,%.3f)" % rgb)
    fill = file.add(f"FILL_AREA_STYLE_COLOUR('',#{colour})")
    style = file.add(f"FILL_AREA_STYLE('',(#{fill}))")
    area = file.add(f"SURFACE_STYLE_FILL_AREA(#{style})")
    side = file.add(f"SURFACE_SIDE_STYLE('',(#{area}))")
    usage = file.add(f"SURFACE_STYLE_USAGE(.BOTH.,#{side})")
    assigned = file.add(f"PRESENTATION_STYLE_ASSIGNMENT((#{usage}))")
    return file.add(f"STYLED_ITEM('',(#{assigned}),#{solid})")


def step(name: str, bodies: tuple[Body, ...]) -> str:
    """The text of a STEP file."""
    file = _File()
    app = file.add("APPLICATION_CONTEXT('automotive design')")
    file.add(
        f"APPLICATION_PROTOCOL_DEFINITION('international standard','automotive_design',2000,#{app})"
    )
    context = file.add(f"PRODUCT_CONTEXT('',#{app},'mechanical')")
    product = file.add(f"PRODUCT('{name}','{name}','',(#{context}))")
    version = file.add(f"PRODUCT_DEFINITION_FORMATION('','',#{product})")
    design = file.add(f"PRODUCT_DEFINITION_CONTEXT('part definition',#{app},'design')")
    defined = file.add(f"PRODUCT_DEFINITION('','',#{version},#{design})")
    shape = file.add(f"PRODUCT_DEFINITION_SHAPE('','',#{defined})")
    length = file.add("(LENGTH_UNIT()NAMED_UNIT(*)SI_UNIT(.MILLI.,.METRE.))")
    angle = file.add("(NAMED_UNIT(*)PLANE_ANGLE_UNIT()SI_UNIT($,.RADIAN.))")
    solid_angle = file.add("(NAMED_UNIT(*)SI_UNIT($,.STERADIAN.)SOLID_ANGLE_UNIT())")
    precision = file.add(
        f"UNCERTAINTY_MEASURE_WITH_UNIT(LENGTH_MEASURE(1.E-05),#{length},'accuracy','')"
    )
    space = file.add(
        "(GEOMETRIC_REPRESENTATION_CONTEXT(3)"
        f"GLOBAL_UNCERTAINTY_ASSIGNED_CONTEXT((#{precision}))"
        f"GLOBAL_UNIT_ASSIGNED_CONTEXT((#{length},#{angle},#{solid_angle}))"
        "REPRESENTATION_CONTEXT('',''))"
    )
    origin = file.triple("CARTESIAN_POINT", 0, 0, 0)
    up, right = file.triple("DIRECTION", 0, 0, 1), file.triple("DIRECTION", 1, 0, 0)
    frame = file.add(f"AXIS2_PLACEMENT_3D('',#{origin},#{up},#{right})")
    solids = [_solid(file, body) for body in bodies]
    drawn = file.add(
        f"ADVANCED_BREP_SHAPE_REPRESENTATION('',{file.refs([frame, *solids])},#{space})"
    )
    file.add(f"SHAPE_DEFINITION_REPRESENTATION(#{shape},#{drawn})")
    styled = [_colour(file, solid, body.rgb) for solid, body in zip(solids, bodies, strict=True)]
    file.add(
        f"MECHANICAL_DESIGN_GEOMETRIC_PRESENTATION_REPRESENTATION('',{file.refs(styled)},#{space})"
    )
    head = (
        "ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION((''),'2;1');\n"
        f"FILE_NAME('{name}.step','2025-01-01T00:00:00',(''),(''),'yellowgate','','');\n"
        "FILE_SCHEMA(('AUTOMOTIVE_DESIGN { 1 0 10303 214 1 1 1 1 }'));\nENDSEC;\nDATA;\n"
    )
    return head + "\n".join(file.lines) + "\nENDSEC;\nEND-ISO-10303-21;\n"


def write(folder: Path) -> None:
    """A file for each footprint that has a body."""
    models = folder / "models"
    models.mkdir(exist_ok=True)
    for footprint in ALL.values():
        if footprint.bodies:
            text = step(footprint.name, footprint.bodies)
            (models / f"{footprint.name}.step").write_text(text, encoding="utf-8")
