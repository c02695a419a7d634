// Made from parts.csv by parts.py: edit the table, not this file.
part_boxes = [
    ["pico", "box", [10, 1.5, 4], [21, 51, 12]],
    ["carrier", "box", [36, 22, 4], [46, 28, 12]],
    ["buzzer", "tube_y", [33, 0, 12], [22, 10, 22]],
    ["gland", "tube_y", [59, 0, 13], [19, 12, 19]],
    ["battery", "box", [4, 53, 1], [80, 50, 21]],
    ["radio", "box", [10, 116, 4], [29, 26, 12]],
    ["antenna", "tube_y", [18, 145, 8], [13, 15, 13]],
    ["rtc", "box", [44, 112, 4], [38, 22, 15]],
    ["reader", "box", [22.5, 113, 30], [43, 41, 14.2]],
    ["led_green", "tube_z", [19, 87, 24], [7, 7, 18]],
    ["led_red", "tube_z", [62, 87, 24], [7, 7, 18]],
];
