// Box of a station. Millimetres. Parts and their places come from parts.csv through parts.scad.
//
// Seen from the front: x to the right, y up, z towards you; the origin is the inner lower left
// corner of the back wall. Everything that lets water in points down.
//
//   openscad -o body.stl -D 'part="body"' enclosure.scad      (body, lid, saddle, plug, tray)
//
// Print body and saddle with the back on the bed, the lid face down; PETG or ASA, four walls.
// Nothing hangs over: no supports. The plug is TPU. The tray is for a stripboard station only.

include <parts.scad>

part = "closed"; // body, lid, saddle, plug, tray | closed, open, below: pictures | collision, lid_clash, tray_clash: must be empty

cavity = [88, 160, 42]; // inner width, height, depth
side = 4;               // side walls: room for the gasket's groove
back = 3;
lid_thick = 4;
window = 1.6;           // plastic in front of the reader: reads 15 to 25 mm beyond it
corner_r = 6;
hood = 14;              // the rain lip stands out this far beyond the lid
cord = 2;               // silicone cord of the gasket
pipe_d = 76;            // the gate's pipe: 3 inch; 60 to 115 fit as well
strap = 22;             // slots for straps up to 20 mm wide
insert_d = 4.0;         // hole for an M3 heat-set insert
gland_d = 12.4;         // M12 x 1.5
sma_d = 6.6;
led_d = 5.1;
led_window = 0.6;       // three layers of plastic in front of a light: closed, and bright at night
usb = [13, 10];         // hole for the moulded end of a micro-USB cable
slack = 0.4;            // between printed parts

lug_r = 5.5;
lug_x = [-side - 4, cavity.x + side + 4];
lug_y = [14, 80, 150];
eps = 0.01;
$fn = 48;

function box_of(name) = [for (p = part_boxes) if (p[0] == name) p][0];
function place(name) = box_of(name)[2];
function size(name) = box_of(name)[3];
function centre(name) = place(name) + size(name) / 2;

module outline(grow) { // the cavity's outline, grown
    translate([-grow, -grow]) offset(corner_r) offset(-corner_r)
        square([cavity.x + 2 * grow, cavity.y + 2 * grow]);
}

module at_lugs(ys = lug_y) {
    for (x = lug_x, y = ys) translate([x, y]) children();
}

module lugs_2d() { // ears outside the seal: no screw goes through into the box
    for (x = lug_x, y = lug_y) hull() {
        translate([x, y]) circle(lug_r);
        translate([x < 0 ? -side : cavity.x + side, y - lug_r]) square([eps, 2 * lug_r]);
    }
}

module shell() {
    translate([0, 0, -back]) linear_extrude(back) outline(side);
    linear_extrude(cavity.z) difference() { outline(side); outline(0); }
    translate([0, 0, -back]) linear_extrude(back + cavity.z) difference() {
        lugs_2d();
        outline(side - eps);
    }
    for (x = [-side, cavity.x + side - 6]) // square corners carry the ends of the roof
        translate([x, cavity.y + side - 6, -back]) linear_extrude(back + 30) difference() {
            square(6);
            translate([-x, -cavity.y - side + 6]) outline(side - eps);
        }
    rain_lip();
}

module rain_lip() { // a roof over lid and ears, with a groove where drops let go
    top = cavity.y + side;
    front = cavity.z + lid_thick + hood;
    start = 27.4; // everything grows at 45 degrees from here: prints without supports
    translate([-side, 0, 0]) rotate([90, 0, 90]) linear_extrude(cavity.x + 2 * side) difference() {
        polygon([[top - 2, start - 5.4], [top - 2, 32], [top, 32], [top + slack, 32 + slack],
                 [top + slack, front], [top + 3.4, front], [top + 3.4, start]]);
        translate([top + slack, front - 3]) circle(1.2, $fn = 4);
    }
    for (edge = [-side, cavity.x + side]) // wings over the ears
        translate([edge, top + 3.4, 0]) rotate([90, 0, 0]) linear_extrude(3.4 - slack)
            mirror([edge < 0 ? 1 : 0, 0])
                polygon([[-3, start], [0, start], [10, start + 10], [10, front], [-3, front]]);
}

module gasket_groove() {
    translate([0, 0, cavity.z - 1.4]) linear_extrude(2) difference() {
        outline(side / 2 + cord / 2);
        outline(side / 2 - cord / 2);
    }
}

module standoffs(name, across, along) { // four pillars with a hole for M2 self-tapping screws
    c = centre(name);
    h = place(name).z;
    for (dx = [-1, 1], dy = [-1, 1])
        translate([c.x + dx * across / 2, c.y + dy * along / 2, -eps]) difference() {
            cylinder(d = 4.6, h = h);
            translate([0, 0, 1]) cylinder(d = 1.7, h = h);
        }
}

module board_posts(high) { // M2 self-tapping screws hold the carrier, or the tray of plan B
    for (hole = board_holes) translate([hole.x, hole.y, -eps]) difference() {
        cylinder(d = 4.4, h = high);
        translate([0, 0, 1]) cylinder(d = 1.7, h = high);
    }
}

module inside() { // what the parts stand on
    board_posts(board_at.z);
    standoffs("radio", 22, 20);
    standoffs("rtc", 30, 16);
    b = place("battery");
    for (x = [b.x - 2, b.x + size("battery").x + 0.4]) // ribs keep the cells from wandering
        translate([x, b.y + 8, -eps]) cube([1.6, size("battery").y - 16, 14]);
    cradle();
}

module cradle() { // half a ring for the sounder; its underside grows out of the wall at 45 degrees
    z = centre("buzzer");
    r = size("buzzer").x / 2;
    difference() {
        translate([z.x - r - 1.2, 0, 0]) rotate([90, 0, 90]) linear_extrude(2 * r + 2.4)
            polygon([[-eps, z.z - r - 5], [3, z.z - r - 2], [3, z.z], [-eps, z.z]]);
        translate([z.x, -1, z.z]) rotate([-90, 0, 0]) cylinder(r = r + slack / 2, h = 5);
    }
}

module down_hole(x, z, d) { // its upper quarter is cut flat, so that it prints without support
    translate([x, 1, z]) rotate([90, 0, 0]) linear_extrude(side + 2) {
        circle(d = d);
        flat = d / 2 * tan(22.5);
        polygon([[-flat, 0], [-flat, d / 2], [flat, d / 2], [flat, 0]]);
        polygon([for (a = [0, 45, 135, 180]) d / 2 * [cos(a), sin(a)], [-flat, d / 2], [flat, d / 2]]);
    }
}

module openings() {
    translate([usb_at.x - usb.x / 2, -side - 1, usb_at.y - usb.y / 2]) cube([usb.x, side + 2, usb.y]);
    for (hole = [["gland", gland_d], ["antenna", sma_d]]) {
        c = centre(hole[0]);
        down_hole(c.x, c.z, hole[1]);
    }
    z = centre("buzzer");
    down_hole(z.x, z.z, 2.4);
    for (a = [0 : 60 : 300]) down_hole(z.x + 5 * cos(a), z.z + 5 * sin(a), 2.4);
}

module body() {
    difference() {
        shell();
        gasket_groove();
        openings();
        translate([0, 0, cavity.z - 9]) linear_extrude(10) at_lugs() circle(d = insert_d);
        translate([0, 0, -back - 1]) linear_extrude(10)
            at_lugs([lug_y[0], lug_y[2]]) circle(d = insert_d);
    }
    inside();
}

module reader_pocket() {
    r = place("reader");
    translate([r.x - slack, r.y - slack, cavity.z - 1])
        cube([size("reader").x + 2 * slack, size("reader").y + 2 * slack, 1 + lid_thick - window]);
}

module reader_mark() { // a ring that a cold thumb finds: where the tag goes
    c = centre("reader");
    translate([c.x, c.y, cavity.z + lid_thick - 0.5]) linear_extrude(1) difference() {
        circle(d = 40);
        circle(d = 34);
    }
}

module label_frame() { // a line round the place of the reflective label: a recess would sag
    translate([9, 28, cavity.z + lid_thick - 0.5]) difference() {
        cube([70, 40, 1]);
        translate([1, 1, -1]) cube([68, 38, 3]);
    }
}

module lid() {
    difference() {
        union() {
            translate([0, 0, cavity.z]) linear_extrude(lid_thick) { outline(side); lugs_2d(); }
            translate([0, 0, cavity.z - 1.5]) linear_extrude(1.5 + eps) difference() {
                outline(-slack);
                outline(-slack - 1.6);
            }
        }
        reader_pocket();
        reader_mark();
        for (name = ["led_green", "led_red"]) translate([centre(name).x, centre(name).y, cavity.z - 2])
            cylinder(d = led_d, h = lid_thick + 2 - led_window); // blind: no water, no glue
        label_frame();
        translate([0, 0, cavity.z - 1]) linear_extrude(lid_thick + 2) at_lugs() circle(d = 3.4);
    }
    c = centre("reader"); // two screws with washers hold the reader's edges
    for (x = [c.x - size("reader").x / 2 - 5, c.x + size("reader").x / 2 + 5])
        translate([x, c.y, cavity.z - 5]) difference() {
            cylinder(d = 7, h = 5 + eps);
            translate([0, 0, -1]) cylinder(d = 2.1, h = 5);
        }
}

module saddle() { // screwed to the back of the ears: holds a pipe lying or standing
    c = [cavity.x / 2, (lug_y[0] + lug_y[2]) / 2];
    thick = 5;
    face = -back - thick;
    difference() {
        union() {
            translate([0, 0, face]) linear_extrude(thick) hull()
                at_lugs([lug_y[0], lug_y[2]]) circle(lug_r);
            for (dx = [-31, 31], dy = [-31, 31])
                translate([c.x + dx - 17, c.y + dy - 17, face - 16]) cube([34, 34, 16 + eps]);
        }
        for (turn = [0, 90]) translate([c.x, c.y, face - pipe_d / 2]) rotate([90, 0, turn])
            cylinder(d = pipe_d, h = 300, center = true, $fn = 96);
        // Straps round a lying pipe go through the blocks, round a standing one behind the plate:
        // two tunnels that crossed would have a ceiling on four posts.
        for (d = [-31, 31])
            translate([c.x + d - strap / 2, c.y - 100, face - 3]) cube([strap, 200, 3]);
        for (d = [-50, 50])
            translate([c.x - 100, c.y + d - strap / 2, -back - 2.8]) cube([200, strap, 3]);
        translate([0, 0, face - 1]) linear_extrude(8) at_lugs([lug_y[0], lug_y[2]]) circle(d = 3.4);
        translate([0, 0, face - eps]) linear_extrude(2) // the heads lie below the pipe
            at_lugs([lug_y[0], lug_y[2]]) circle(d = 6.4);
    }
}

module plug() { // closes the USB hole: a flange outside, a ridge inside the wall
    translate([-9, -7, 0]) cube([18, 14, 2]);
    translate([-usb.x / 2 + 0.1, -usb.y / 2 + 0.1, 2 - eps]) cube([usb.x - 0.2, usb.y - 0.2, side]);
    translate([0, 0, 2 + side - eps]) for (step = [[0.1, -0.1], [0.7, 0.3]]) hull() {
        translate([0, 0, 0]) linear_extrude(eps) square([usb.x - 0.2, usb.y - 0.2], center = true);
        translate([0, 0, step[0]]) linear_extrude(eps + step[0] / 2)
            square([usb.x + 2 * step[1], usb.y + 2 * step[1]], center = true);
    }
}

module tray() { // plan B: carries the Pico and a stripboard where the carrier board would lie
    translate(board_at) difference() {
        cube([board_size.x, board_size.y, 2]);
        for (hole = board_holes) translate([hole.x - board_at.x, hole.y - board_at.y, -1])
            cylinder(d = 2.4, h = 4);
    }
    floor = board_at.z + 2;
    for (dx = [-5.7, 5.7], dy = [-23.5, 23.5]) // the Pico's holes, its socket where the board has it
        translate([usb_at.x + dx, 27 + dy, floor - eps]) difference() {
            cylinder(d = 4.4, h = usb_at.y - 2.35 - floor);
            translate([0, 0, 2]) cylinder(d = 1.7, h = 20);
        }
    translate([strip_at.x, strip_at.y, floor - eps]) difference() { // a rim; two drops of glue
        translate([-1.5, -1.5, 0]) cube([strip_size.x + 3, strip_size.y + 3, 3]);
        translate([-0.2, -0.2, 1.5]) cube([strip_size.x + 0.4, strip_size.y + 0.4, 3]);
        translate([2, 2, -1]) cube([strip_size.x - 4, strip_size.y - 4, 5]);
    }
}

module solid(shape, at, dim) {
    c = at + dim / 2;
    if (shape == "box") translate(at) cube(dim);
    if (shape == "tube_y") translate([c.x, at.y, c.z]) rotate([-90, 0, 0]) cylinder(d = dim.x, h = dim.y);
    if (shape == "tube_z") translate([c.x, c.y, at.z]) cylinder(d = dim.x, h = dim.z);
}

module contents(shrink = 0) {
    colours = ["black", "dimgray", "gray", "khaki", "steelblue", "mediumpurple", "gold",
               "limegreen", "red"];
    gap = [shrink, shrink, shrink];
    for (i = [0 : len(part_boxes) - 1]) color(colours[i % len(colours)])
        solid(part_boxes[i][1], part_boxes[i][2] + gap, part_boxes[i][3] - 2 * gap);
    for (b = board_boxes) color(b[0] == "carrier" ? "seagreen" : b[0][0] == "J" ? "ivory" : "dimgray")
        solid(b[1], b[2] + gap, b[3] - 2 * gap);
}

module pipe() {
    color("khaki") translate([cavity.x / 2, 82, -back - 4 - pipe_d / 2]) rotate([0, 90, 0])
        cylinder(d = pipe_d, h = 260, center = true, $fn = 96);
}

module antenna() {
    s = centre("antenna");
    color("black") translate([s.x, -side, s.z]) rotate([90, 0, 0]) {
        cylinder(d = 9, h = 12);
        cylinder(d = 6, h = 90);
    }
}

module marks() { // paint in the ring, reflective label in its recess
    c = centre("reader");
    color("black") translate([c.x, c.y, cavity.z + lid_thick - 0.5]) linear_extrude(0.6)
        difference() { circle(d = 40); circle(d = 34); }
    color("white") translate([10, 29, cavity.z + lid_thick - 0.1]) cube([68, 38, 0.3]);
    color("black") translate([44, 48, cavity.z + lid_thick]) linear_extrude(0.6)
        text("GATE", size = 15, halign = "center", valign = "center");
}

module leds() {
    for (l = [["led_green", "lime"], ["led_red", "red"]]) color(l[1])
        translate([centre(l[0]).x, centre(l[0]).y, cavity.z + lid_thick - 0.1])
            cylinder(d = led_d, h = 0.3); // shines through the closed window
}

module picture(gap) {
    color("gold") render(convexity = 8) body();
    color("gray") render(convexity = 8) saddle();
    antenna();
    if (gap > 0) contents();
    translate([0, 0, gap]) { color("orange") render(convexity = 8) lid(); leds(); marks(); }
}

if (part == "body") translate([0, 0, back]) body();
if (part == "lid") translate([0, 0, cavity.z + lid_thick]) rotate([180, 0, 0]) lid();
if (part == "saddle") translate([0, 0, -back]) rotate([180, 0, 0]) saddle();
if (part == "plug") plug();
if (part == "tray") translate([0, 0, -board_at.z]) tray();
if (part == "closed") rotate([90, 0, 0]) { picture(0); pipe(); } // as it hangs
if (part == "open") rotate([90, 0, 0]) picture(110);
if (part == "below") rotate([90, 0, 0]) picture(0);
if (part == "collision") intersection() {
    union() { body(); lid(); }
    contents(0.05);
}
if (part == "tray_clash") intersection() {
    union() { body(); lid(); }
    translate([0, 0, 0.02]) tray();
}
if (part == "lid_clash") intersection() { // touching faces apart
    body();
    translate([0, 0, 0.02]) lid();
}
