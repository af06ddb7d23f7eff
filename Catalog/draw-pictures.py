#!/usr/bin/env python3
"""Draws the catalog's pictures: one JPEG of 800x600 for each file name in products.csv.

    products.csv ──file names──▶ PICTURES (one scene each, as data) ──▶ Scene ──▶ pictures/<name>.jpeg

Every vessel is a solid of revolution seen slightly from above: a profile of (height, radius) pairs becomes
an outline, the liquid is the same profile with a smaller radius, and its surface is an ellipse. Drawing is
done at twice the size and scaled down, which smooths the edges. Whatever is scattered (beans, ice, bubbles)
comes from a generator seeded with the file name, so the same Pillow gives the same bytes.

Usage: draw-pictures.py [FILE NAME ...]     (needs Pillow; no names: all of them)
Ends non-zero if a picture of the catalog has no scene, a scene has no product, or a file exceeds 40 KB.
"""

import csv
import io
import math
import random
import sys
import zlib
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter

HERE = Path(__file__).resolve().parent
WIDTH, HEIGHT, SCALE = 800, 600, 2
TABLE = 430  # the y of the table's far edge
FLOOR = 520  # the y where a vessel stands
TILT = 0.2  # height of a circle seen from the side, as a share of its width
LARGEST_FILE = 40_000


def rgb(colour):
    """'#rrggbb' or a tuple, as a tuple."""
    if isinstance(colour, tuple):
        return colour[:3]
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))


def mix(first, second, share):
    return tuple(round(a + (b - a) * share) for a, b in zip(rgb(first), rgb(second)))


def smooth(points, steps=14):
    """A Catmull-Rom curve through (y, radius) points: the outline of a turned vessel."""
    padded = [points[0], *points, points[-1]]
    curve = []
    for p0, p1, p2, p3 in zip(padded, padded[1:], padded[2:], padded[3:]):
        for step in range(steps):
            t = step / steps
            curve.append(
                tuple(
                    0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t**3)
                    for a, b, c, d in zip(p0, p1, p2, p3)
                )
            )
    curve.append(points[-1])
    return curve


class Scene:
    """A canvas with a table, and the shapes a drink is made of. Coordinates are those of the 800x600 picture."""

    def __init__(self, name, wall, table):
        self.random = random.Random(zlib.crc32(name.encode()))
        self.wall, self.table = rgb(wall), rgb(table)
        size = (WIDTH * SCALE, HEIGHT * SCALE)
        self.image = Image.new("RGB", size, self.wall)
        self._backdrop()

    # Foundations: masks, paint, shade.

    def mask(self):
        mask = Image.new("L", self.image.size, 0)
        return mask, ImageDraw.Draw(mask)

    def paint(self, mask, colour, opacity=1.0, blur=0):
        if blur:
            mask = mask.filter(ImageFilter.GaussianBlur(blur * SCALE))
        if opacity < 1:
            mask = mask.point(lambda value: round(value * opacity))
        self.image.paste(rgb(colour), (0, 0), mask)

    def shade(self, mask, stops, opacity=1.0, vertical=False):
        """Fills a mask with a gradient over its own box; `stops` are (share, colour), shares ascending."""
        box = mask.getbbox()
        if box is None:
            return
        strip = Image.new("RGB", (256, 1))
        for x in range(256):
            share = x / 255
            below = max((s for s in stops if s[0] <= share), key=lambda s: s[0], default=stops[0])
            above = min((s for s in stops if s[0] >= share), key=lambda s: s[0], default=stops[-1])
            span = above[0] - below[0]
            strip.putpixel((x, 0), mix(below[1], above[1], (share - below[0]) / span if span else 0))
        if vertical:
            strip = strip.rotate(-90, expand=True)
        strip = strip.resize((box[2] - box[0], box[3] - box[1]), Image.BILINEAR)
        part = mask.crop(box)
        if opacity < 1:
            part = part.point(lambda value: round(value * opacity))
        self.image.paste(strip, box[:2], part)

    def polygon(self, points, colour, opacity=1.0, blur=0):
        mask, draw = self.mask()
        draw.polygon([(x * SCALE, y * SCALE) for x, y in points], fill=255)
        self.paint(mask, colour, opacity, blur)

    def ellipse(self, x, y, rx, ry, colour, opacity=1.0, blur=0, angle=0.0):
        self.polygon(oval(x, y, rx, ry, angle), colour, opacity, blur)

    def ring(self, x, y, rx, ry, colour, width, opacity=1.0):
        mask, draw = self.mask()
        draw.ellipse([v * SCALE for v in (x - rx, y - ry, x + rx, y + ry)], outline=255, width=round(width * SCALE))
        self.paint(mask, colour, opacity)

    def stroke(self, points, colour, width, opacity=1.0, blur=0):
        mask, draw = self.mask()
        scaled = [(x * SCALE, y * SCALE) for x, y in points]
        draw.line(scaled, fill=255, width=round(width * SCALE), joint="curve")
        radius = width * SCALE / 2
        for x, y in (scaled[0], scaled[-1]):
            draw.ellipse([x - radius, y - radius, x + radius, y + radius], fill=255)
        self.paint(mask, colour, opacity, blur)

    def _backdrop(self):
        glow, draw = self.mask()
        draw.ellipse([v * SCALE for v in (120, -80, 680, 520)], fill=255)
        self.paint(glow, mix(self.wall, "#ffffff", 0.55), 0.8, blur=90)
        top, draw = self.mask()
        draw.rectangle([0, TABLE * SCALE, WIDTH * SCALE, HEIGHT * SCALE], fill=255)
        self.shade(top, [(0, mix(self.table, "#ffffff", 0.12)), (1, mix(self.table, "#000000", 0.18))], vertical=True)
        self.polygon([(0, TABLE), (WIDTH, TABLE), (WIDTH, TABLE + 3), (0, TABLE + 3)], "#ffffff", 0.25)

    # Vessels.

    def shadow(self, x, radius, y=FLOOR):
        self.ellipse(x + 14, y + 4, radius * 1.25, radius * 0.26, "#000000", 0.38, blur=12)

    def turned(self, x, profile, stops, opacity=1.0, tilt=TILT):
        """A solid of revolution around the vertical through x; `profile` runs from the top to the bottom."""
        self.shade(self.outline(x, profile, tilt), stops, opacity)

    def outline(self, x, profile, tilt=TILT):
        mask, draw = self.mask()
        left = [(x - r, y) for y, r in profile]
        right = [(x + r, y) for y, r in profile]
        draw.polygon([(px * SCALE, py * SCALE) for px, py in left + right[::-1]], fill=255)
        for y, r in (profile[0], profile[-1]):
            draw.ellipse([v * SCALE for v in (x - r, y - r * tilt, x + r, y + r * tilt)], fill=255)
        return mask

    def glass(self, x, profile, liquid=None, level=0.0, foot=None, layers=None, inset=5):
        """A clear vessel, filled with `liquid` from `level` (0 brim, 1 bottom) down; `layers` are (share, colour)."""
        top, bottom = profile[0][0], profile[-1][0]
        self.shadow(x, foot or profile[-1][1])
        self.turned(x, profile, [(0, "#ffffff"), (0.5, self.wall), (1, "#ffffff")], 0.30)
        if liquid:
            surface = top + (bottom - top) * level
            inner = [(y, max(r - inset, 1)) for y, r in profile if y >= surface]
            mask = self.outline(x, inner[:-1] + [(inner[-1][0] - 5, inner[-1][1])])
            if layers:
                self.shade(mask, layers, vertical=True)
                light, draw = self.mask()
                draw.rectangle([0, 0, (x - inner[0][1] * 0.35) * SCALE, HEIGHT * SCALE], fill=255)
                self.paint(ImageChops.multiply(mask, light.filter(ImageFilter.GaussianBlur(20))), "#ffffff", 0.18)
            else:
                deep, bright = mix(liquid, "#000000", 0.25), mix(liquid, "#ffffff", 0.22)
                self.shade(mask, [(0, deep), (0.25, bright), (0.6, liquid), (1, deep)])
            y, r = inner[0]
            tone = layers[0][1] if layers else liquid
            self.ellipse(x, y, r, r * TILT, mix(tone, "#ffffff", 0.35))
            self.ellipse(x, y + 1, r * 0.93, r * TILT * 0.86, mix(tone, "#ffffff", 0.16))

    def shine(self, x, profile, side=-0.72, width=9, opacity=0.5):
        """The streak of light on a vessel, and its rim: drawn after what is inside it."""
        low, high = round(len(profile) * 0.12), round(len(profile) * 0.8)
        self.stroke([(x + r * side, y) for y, r in profile[low:high]], "#ffffff", width, opacity, blur=1.5)
        y, r = profile[0]
        self.ring(x, y, r, r * TILT, "#ffffff", 2.5, 0.75)

    def cup(self, x, liquid, colour, top=270, radius=125, height=None, saucer=False, handle=True, squat=False):
        """A mug (or with `squat` a tea cup), its drink, and the place of the drink's surface as (y, rx, ry)."""
        bottom = FLOOR - (14 if saucer else 0)
        if squat:
            profile = smooth(
                [(top, radius), (top + 70, radius * 0.93), (bottom - 45, radius * 0.66), (bottom, radius * 0.42)]
            )
        else:
            profile = smooth(
                [(top, radius), (top + 80, radius * 0.97), (bottom - 40, radius * 0.92), (bottom, radius * 0.8)]
            )
        if saucer:
            self.ellipse(x + 12, FLOOR + 12, radius * 1.6, radius * 0.34, "#000000", 0.35, blur=12)
            self.ellipse(x, FLOOR + 5, radius * 1.5, radius * 0.30, mix(colour, "#000000", 0.22))
            self.ellipse(x, FLOOR, radius * 1.5, radius * 0.29, mix(colour, "#ffffff", 0.2))
            self.ellipse(x, FLOOR, radius * 0.9, radius * 0.16, mix(colour, "#000000", 0.1))
        else:
            self.shadow(x, profile[-1][1] * 1.05)
        if handle:
            middle, drop = top + (bottom - top) * (0.38 if squat else 0.46), (bottom - top) * (0.24 if squat else 0.29)
            self.ring(x + radius * 0.97, middle, radius * 0.42, drop, mix(colour, "#000000", 0.24), 22)
            self.ring(x + radius * 0.97, middle - 2, radius * 0.41, drop - 2, mix(colour, "#ffffff", 0.08), 13)
        dark, light = mix(colour, "#000000", 0.32), mix(colour, "#ffffff", 0.42)
        self.turned(x, profile, [(0, dark), (0.2, colour), (0.34, light), (0.6, colour), (1, dark)])
        self.ellipse(x, top, radius, radius * TILT, mix(colour, "#ffffff", 0.5))
        self.ellipse(x, top + 2, radius * 0.93, radius * TILT * 0.88, mix(colour, "#000000", 0.35))
        surface = (top + 7, radius * 0.89, radius * TILT * 0.76)
        self.ellipse(x, *surface, mix(liquid, "#000000", 0.15))
        self.ellipse(x, surface[0] + 1, surface[1] * 0.95, surface[2] * 0.88, liquid)
        self.ellipse(x - radius * 0.3, surface[0] - 3, radius * 0.3, surface[2] * 0.22, "#ffffff", 0.18, blur=3)
        return surface

    # What goes in, on and beside a drink.

    def steam(self, x, y, count=3):
        for index in range(count):
            start = x + (index - (count - 1) / 2) * 52
            wave, turn = self.random.uniform(10, 16), self.random.uniform(0, math.pi)
            points = [(start + wave * math.sin(turn + t / 9), y - 12 - t * 2.6) for t in range(46)]
            self.stroke(points, "#ffffff", 13, 0.42, blur=7)

    def art(self, x, surface, cream="#f6e6cf"):
        """A leaf of milk foam on a latte."""
        y, rx, ry = surface
        self.ellipse(x, y, rx * 0.88, ry * 0.84, mix(cream, "#8a5a30", 0.35), 0.5)
        for step in range(4):
            share = 0.62 - step * 0.13
            self.ellipse(x, y - ry * 0.45 + step * ry * 0.3, rx * share, ry * 0.17, cream)
        self.stroke([(x, y - ry * 0.72), (x, y + ry * 0.72)], "#9b6a3c", 2.5, 0.8)

    def foam(self, x, y, radius, colour="#fff6e8", height=70, bumps=22):
        """Whipped cream or a cloud: a heap of soft balls, the lit ones last."""
        balls = []
        for _ in range(bumps):
            lift = self.random.random()
            reach = radius * (1 - lift * 0.75)
            balls.append((lift, x + self.random.uniform(-reach, reach) * 0.85, y - lift * height))
        for lift, bx, by in sorted(balls):
            size = radius * (0.36 - lift * 0.1)
            self.ellipse(bx + 2, by + 4, size, size * 0.78, mix(colour, "#8c6a55", 0.22 - lift * 0.08))
            self.ellipse(bx, by, size * 0.96, size * 0.74, mix(colour, "#ffffff", 0.3 * lift))
            self.ellipse(bx - size * 0.25, by - size * 0.22, size * 0.45, size * 0.28, "#ffffff", 0.6, blur=3)

    def ice(self, x, y, size=52, angle=0.0):
        corners = [(-1, -1), (1, -1), (1, 1), (-1, 1)]
        turn = lambda k: [
            (
                x + k * size / 2 * (a * math.cos(angle) - b * math.sin(angle)),
                y + k * size / 2 * (a * math.sin(angle) + b * math.cos(angle)),
            )
            for a, b in corners
        ]
        self.polygon(turn(1), "#ffffff", 0.42)
        self.polygon(turn(0.72), "#ffffff", 0.30)
        outer = turn(1)
        self.stroke([outer[3], outer[0], outer[1]], "#ffffff", 3, 0.75)

    def wheel(self, x, y, radius, peel, flesh, angle=0.0, squeeze=1.0):
        """A slice of citrus fruit."""
        self.ellipse(x, y, radius, radius * squeeze, peel)
        self.ellipse(x, y, radius * 0.9, radius * 0.9 * squeeze, "#fff7dc")
        for segment in range(8):
            start = angle + segment * math.pi / 4 + 0.07
            arc = [
                (
                    x + radius * 0.8 * math.cos(start + t * 0.65 / 5),
                    y + radius * 0.8 * squeeze * math.sin(start + t * 0.65 / 5),
                )
                for t in range(6)
            ]
            middle = start + 0.325
            self.polygon(
                [(x + radius * 0.1 * math.cos(middle), y + radius * 0.1 * squeeze * math.sin(middle)), *arc], flesh
            )
        self.ellipse(
            x - radius * 0.3, y - radius * 0.4 * squeeze, radius * 0.35, radius * 0.15, "#ffffff", 0.35, blur=4
        )

    def leaf(self, x, y, length, angle, colour="#5d9b4a"):
        half = length * 0.24
        blade = [(length * t / 12, half * math.sin(math.pi * t / 12)) for t in range(13)]
        blade += [(length * t / 12, -half * math.sin(math.pi * t / 12)) for t in range(12, -1, -1)]
        place = lambda px, py: (
            x + px * math.cos(angle) - py * math.sin(angle),
            y + px * math.sin(angle) + py * math.cos(angle),
        )
        self.polygon([place(*p) for p in blade], colour)
        self.polygon([place(*p) for p in blade[:13]], mix(colour, "#000000", 0.14))
        self.stroke([place(0, 0), place(length * 0.92, 0)], mix(colour, "#ffffff", 0.45), 2)

    def flower(self, x, y, radius, petal, heart, petals=12, squeeze=0.8, width=0.2):
        for index in range(petals):
            angle = index * 2 * math.pi / petals + 0.2
            px, py = x + radius * 0.58 * math.cos(angle), y + radius * 0.58 * math.sin(angle) * squeeze
            tone = mix(petal, "#000000", 0.07 if index % 2 else 0)
            self.ellipse(px, py, radius * 0.45, radius * width, tone, angle=math.atan2(py - y, px - x))
        self.ellipse(x, y, radius * 0.26, radius * 0.26 * squeeze, heart)
        self.ellipse(x - radius * 0.06, y - radius * 0.06, radius * 0.1, radius * 0.08, "#ffffff", 0.4)

    def bean(self, x, y, size, angle, colour="#5b3420"):
        self.ellipse(x + 3, y + 5, size, size * 0.62, "#000000", 0.28, blur=3, angle=angle)
        self.ellipse(x, y, size, size * 0.66, mix(colour, "#000000", 0.2), angle=angle)
        self.ellipse(x - 1, y - 2, size * 0.9, size * 0.54, colour, angle=angle)
        cleft = [
            (
                x + s * size * 0.8 * math.cos(angle) - 0.12 * size * math.sin(s * 3) * math.sin(angle),
                y + s * size * 0.8 * math.sin(angle) + 0.12 * size * math.sin(s * 3) * math.cos(angle),
            )
            for s in (i / 6 - 1 for i in range(13))
        ]
        self.stroke(cleft, mix(colour, "#000000", 0.55), 3)

    def beans(self, count, left=90, right=710, colour="#5b3420", size=19, near=560):
        spots = sorted((self.random.uniform(FLOOR - 5, near), self.random.uniform(left, right)) for _ in range(count))
        for y, x in spots:
            self.bean(x, y, size * self.random.uniform(0.85, 1.15), self.random.uniform(0, math.pi), colour)

    def stick(self, x1, y1, x2, y2, width=22, colour="#9a5a2c"):
        """A stick of cinnamon."""
        across = (y2 - y1, x1 - x2)
        length = math.hypot(*across) or 1
        self.stroke([(x1 + 4, y1 + 6), (x2 + 4, y2 + 6)], "#000000", width, 0.2, blur=5)
        for share, tone in ((0, colour), (-0.28, mix(colour, "#ffffff", 0.25)), (0.3, mix(colour, "#000000", 0.3))):
            dx, dy = across[0] / length * width * share, across[1] / length * width * share
            self.stroke([(x1 + dx, y1 + dy), (x2 + dx, y2 + dy)], tone, width * (1 if share == 0 else 0.3))
        self.ellipse(x1, y1, width * 0.42, width * 0.34, mix(colour, "#000000", 0.5))
        self.ellipse(x1, y1, width * 0.18, width * 0.14, mix(colour, "#ffffff", 0.2))

    def anise(self, x, y, radius, colour="#7a4322"):
        for index in range(8):
            angle = index * math.pi / 4 + 0.2
            px, py = x + radius * 0.52 * math.cos(angle), y + radius * 0.52 * math.sin(angle) * 0.72
            turn = math.atan2(math.sin(angle) * 0.72, math.cos(angle))
            self.ellipse(px + 2, py + 3, radius * 0.48, radius * 0.2, "#000000", 0.2, blur=2, angle=turn)
            self.ellipse(px, py, radius * 0.48, radius * 0.18, colour, angle=turn)
            self.ellipse(px, py, radius * 0.2, radius * 0.08, mix(colour, "#ffffff", 0.4), angle=turn)

    def straw(self, x, y, lean, length, colour):
        top = (x + lean, y - length)
        self.stroke([(x, y), top], "#ffffff", 15)
        for step in range(0, 20, 2):
            a, b = step / 20, (step + 1) / 20
            self.stroke([(x + lean * a, y - length * a), (x + lean * b, y - length * b)], colour, 13)

    def bubbles(self, x, top, bottom, radius, count=40, opacity=0.6):
        for _ in range(count):
            size = self.random.uniform(1.5, 4.5)
            px, py = x + self.random.uniform(-radius, radius), self.random.uniform(top, bottom)
            self.ring(px, py, size, size, "#ffffff", 1.4, opacity)

    def marshmallow(self, x, y, size, colour="#fff7f2"):
        self.ellipse(x + 3, y + size * 0.75, size, size * 0.5, "#000000", 0.18, blur=3)
        self.turned(
            x,
            [(y, size), (y + size * 0.6, size)],
            [(0, mix(colour, "#c9a59b", 0.5)), (0.4, colour), (1, mix(colour, "#b08d84", 0.5))],
            tilt=0.42,
        )
        self.ellipse(x, y, size, size * 0.42, "#ffffff")

    def bag(self, x, colour, label, accent, width=250, height=360):
        """A standing coffee bag with a folded top and a picture of a bean as its label."""
        top, left, right = FLOOR - height, x - width / 2, x + width / 2
        self.shadow(x, width * 0.56, FLOOR + 2)
        mask, draw = self.mask()
        shape = [
            (left + 12, top),
            (right - 12, top),
            (right - 4, top + 60),
            (right + 6, FLOOR - 20),
            (right - 6, FLOOR + 6),
            (left + 6, FLOOR + 6),
            (left - 6, FLOOR - 20),
            (left + 4, top + 60),
        ]
        draw.polygon([(px * SCALE, py * SCALE) for px, py in shape], fill=255)
        dark, light = mix(colour, "#000000", 0.35), mix(colour, "#ffffff", 0.22)
        self.shade(mask, [(0, dark), (0.14, colour), (0.3, light), (0.7, colour), (1, dark)])
        self.polygon(
            [(left + 8, top - 6), (right - 8, top - 6), (right - 10, top + 34), (left + 10, top + 34)],
            mix(colour, "#000000", 0.22),
        )
        self.stroke([(left + 12, top + 34), (right - 12, top + 34)], mix(colour, "#ffffff", 0.35), 2.5, 0.7)
        for tin in (left + 6, right - 6):
            self.stroke([(tin, top + 8), (tin, top + 24)], accent, 9)
        panel = [(left + 36, top + 92), (right - 36, top + 92), (right - 32, FLOOR - 62), (left + 32, FLOOR - 62)]
        self.polygon(panel, label)
        middle = (top + 92 + FLOOR - 62) / 2
        self.ellipse(x, middle - 22, 52, 52, accent, 0.95)
        self.bean(x, middle - 22, 33, -0.75, mix(label, "#5b3420", 0.75))
        for row, reach in ((52, 58), (68, 40)):
            self.stroke([(x - reach, middle + row), (x + reach, middle + row)], accent, 6, 0.85)

    def save(self, path):
        small = self.image.resize((WIDTH, HEIGHT), Image.LANCZOS)
        for quality in range(88, 40, -4):
            data = io.BytesIO()
            small.save(data, "JPEG", quality=quality, optimize=True, progressive=True, subsampling=2)
            if data.tell() <= LARGEST_FILE:
                path.write_bytes(data.getvalue())
                return data.tell()
        sys.exit(f"{path.name}: larger than {LARGEST_FILE} bytes at any acceptable quality")


def oval(x, y, rx, ry, angle=0.0, steps=64):
    points = []
    for step in range(steps):
        a, b = rx * math.cos(2 * math.pi * step / steps), ry * math.sin(2 * math.pi * step / steps)
        points.append((x + a * math.cos(angle) - b * math.sin(angle), y + a * math.sin(angle) + b * math.cos(angle)))
    return points


# Profiles of the glasses, from the brim to the bottom (a stem and foot are drawn apart).
TUMBLER = smooth([(190, 112), (300, 105), (420, 96), (FLOOR, 86)])
HIGHBALL = smooth([(150, 96), (280, 92), (400, 86), (FLOOR, 80)])
TEA_GLASS = smooth([(235, 108), (300, 96), (370, 88), (440, 100), (500, 92), (FLOOR, 70)])
JAR = smooth([(180, 106), (240, 118), (360, 120), (470, 112), (FLOOR, 88)])
FLUTE = smooth([(110, 56), (200, 62), (290, 56), (350, 34), (376, 8)])
BOWL = smooth([(165, 92), (230, 112), (300, 100), (352, 56), (372, 8)])
HURRICANE = smooth([(140, 98), (200, 88), (270, 92), (340, 104), (400, 84), (440, 40), (452, 12)])


def stem(scene, x, top, colour="#ffffff", radius=78):
    scene.turned(
        x, [(top - 6, 8), (top + 30, 6), (FLOOR - 10, 7)], [(0, "#ffffff"), (0.5, scene.wall), (1, "#ffffff")], 0.75
    )
    scene.ellipse(x, FLOOR, radius, radius * TILT, colour, 0.45)
    scene.ring(x, FLOOR, radius, radius * TILT, "#ffffff", 3, 0.8)


def mug_of(scene, liquid, colour, x=390, **shape):
    return x, scene.cup(x, liquid, colour, **shape)


# One function a picture, in the catalog's order. PICTURES below says which wall and table each has.


def hot_chocolate(s):
    x, surface = mug_of(s, "#5a3220", "#c8463c")
    for mx, my, size in ((-62, -16, 26), (-8, -24, 28), (50, -16, 26), (-34, -2, 27), (24, 0, 28)):
        s.marshmallow(x + mx, surface[0] + my, size)
    s.steam(x, 232)
    for cx, cy in ((150, 540), (185, 556), (640, 552)):
        s.polygon([(cx, cy - 16), (cx + 34, cy - 20), (cx + 40, cy), (cx + 4, cy + 6)], "#4a2818")
        s.polygon([(cx, cy - 16), (cx + 34, cy - 20), (cx + 36, cy - 14), (cx + 2, cy - 10)], "#7b4a2e")


def cocoa_latte(s):
    s.glass(400, TUMBLER, "#b98560", 0.1, layers=[(0, "#f3e2cb"), (0.22, "#d3a67c"), (0.62, "#9a623c"), (1, "#4d2b1a")])
    s.foam(400, 210, 88, height=34, bumps=16)
    for _ in range(60):
        s.ellipse(400 + s.random.uniform(-68, 68), 186 + s.random.uniform(-16, 20), 2.2, 1.6, "#6b3f24", 0.8)
    s.shine(400, TUMBLER)
    s.stick(560, 548, 690, 528)


def mocha_latte(s):
    x, surface = mug_of(s, "#8a5430", "#f2ede4", top=300, radius=150, saucer=True, squat=True)
    s.art(x, surface)
    s.steam(x, 262)
    s.beans(7, 60, 180)


def latte(s):
    x, surface = mug_of(s, "#b77b46", "#e7b663")
    s.foam(x, surface[0] + 4, 92, height=40, bumps=20)
    for index in range(5):
        y = surface[0] - 40 + index * 11
        reach = 40 + index * 9
        s.stroke([(x - reach + t * reach / 10, y + 5 * math.sin(t * 0.9 + index)) for t in range(21)], "#b9691c", 4.5)
    s.steam(x, 212, 2)


def cascadian_coffee(s):
    for px, height in ((70, 250), (150, 180), (655, 210), (740, 270)):
        for step in range(4):
            y = TABLE - height + step * height / 4
            s.polygon(
                [(px, y), (px - 26 - step * 13, y + height / 3), (px + 26 + step * 13, y + height / 3)],
                mix("#2f5d4a", "#a8c6b4", 0.32),
            )
    x, surface = mug_of(s, "#2c180f", "#2f5d6b", top=290, radius=118)
    for _ in range(70):
        s.ellipse(
            x + s.random.uniform(-108, 108),
            s.random.uniform(325, 500),
            s.random.uniform(1, 2.6),
            s.random.uniform(1, 2),
            "#dfe9ea",
            0.7,
        )
    s.ring(x, 290, 118, 118 * TILT, "#1d2f36", 5)
    s.steam(x, 270)


def mocha(s):
    s.glass(400, TEA_GLASS, "#4a2818", 0.12, layers=[(0, "#a26a43"), (0.4, "#6b3d23"), (1, "#2e180e")])
    s.foam(400, 250, 92, height=78)
    for index in range(3):
        s.stroke(
            [(330 + t * 7, 214 - index * 20 + 7 * math.sin(t * 0.8 + index * 2)) for t in range(21 - index * 4)],
            "#43220f",
            5,
        )
    s.shine(400, TEA_GLASS)
    s.beans(6, 560, 720)


def mimosa(s):
    s.shadow(400, 70)
    stem(s, 400, 376)
    s.glass(400, FLUTE, "#f6a623", 0.14, foot=20, layers=[(0, "#ffe08a"), (0.5, "#f9b233"), (1, "#ef7d1a")])
    s.bubbles(400, 160, 330, 34)
    s.shine(400, FLUTE, width=6)
    s.wheel(452, 118, 44, "#ef8a1d", "#f9b04a")
    s.wheel(590, 530, 52, "#ef8a1d", "#f9b04a", squeeze=0.45)


def citrus_wine(s):
    s.shadow(390, 80)
    stem(s, 390, 372)
    s.glass(390, BOWL, "#e8d66a", 0.36, foot=20)
    s.wheel(400, 292, 52, "#e5c320", "#f5e46a", squeeze=0.9)
    s.shine(390, BOWL)
    s.wheel(580, 525, 56, "#7fae2e", "#c5df77", squeeze=0.5)
    s.wheel(660, 545, 48, "#e5c320", "#f5e46a", squeeze=0.5)


def unsmoothie(s):
    s.glass(390, JAR, "#a14a7f", 0.08, layers=[(0, "#e9a7c4"), (0.35, "#b8588f"), (0.7, "#7d3a78"), (1, "#f0d9a8")])
    for _ in range(26):
        s.ellipse(
            390 + s.random.uniform(-84, 84),
            s.random.uniform(240, 490),
            s.random.uniform(4, 10),
            s.random.uniform(4, 9),
            s.random.choice(["#5a2a62", "#d8456f", "#f6e3b8"]),
            0.85,
        )
    for bx, by, colour in ((345, 176, "#c22f4f"), (385, 166, "#3c3f8f"), (425, 174, "#c22f4f"), (450, 190, "#3c3f8f")):
        s.ellipse(bx, by, 25, 25, colour)
        s.ellipse(bx - 8, by - 9, 8, 6, "#ffffff", 0.5)
    s.straw(440, 200, 60, 140, "#3c8f7a")
    s.shine(390, JAR)


def watermelon_juice(s):
    s.glass(360, HIGHBALL, "#ea4b56", 0.14)
    s.ice(332, 232, 54, 0.3)
    s.ice(390, 258, 50, -0.4)
    s.straw(385, 205, 50, 150, "#4f9d5b")
    s.shine(360, HIGHBALL)
    s.ellipse(590, FLOOR + 22, 110, 16, "#000000", 0.3, blur=9)
    for radius, colour in ((165, "#2f7d3c"), (152, "#e9f2c7"), (143, "#ee4a55")):
        s.polygon(
            [(585, 350)]
            + [(585 + radius * math.cos(0.6 + t * 0.098), 380 + radius * math.sin(0.6 + t * 0.098)) for t in range(21)],
            colour,
        )
    for _ in range(13):
        angle, reach = s.random.uniform(0.8, 2.35), s.random.uniform(50, 125)
        s.ellipse(585 + reach * math.cos(angle), 382 + reach * math.sin(angle), 4.5, 7, "#2a1613", angle=angle - 1.57)
    s.leaf(340, 205, 72, -2.3)
    s.leaf(340, 205, 66, -1.5)


def coffee_beans_2(s):
    s.bag(400, "#a3382f", "#f4e6cf", "#e0a13a")
    s.beans(26, 110, 690, "#6d3d22")


def coffee_beans(s):
    s.bag(400, "#2f5f57", "#efe3cb", "#d08a3e")
    s.beans(26, 110, 690, "#4a2a1a")


def spiced_coffee(s):
    x, surface = mug_of(s, "#3b2114", "#8c5a86")
    s.anise(x - 10, surface[0] + 1, 40)
    s.steam(x, 236)
    s.stick(120, 545, 235, 522)
    s.stick(135, 566, 252, 545)
    s.anise(650, 545, 36)


def coffee_cloud(s):
    s.glass(400, TUMBLER, "#3a2013", 0.16, layers=[(0, "#7a4c2e"), (0.3, "#4a2a1a"), (1, "#1f100a")])
    s.foam(400, 205, 150, "#ffffff", height=105, bumps=34)
    s.shine(400, TUMBLER)


def coffee_grounds(s):
    s.bag(330, "#35507f", "#f1e7d3", "#d9a441", width=230)
    for layer in range(9):
        s.ellipse(590, 545 - layer * 11, 118 - layer * 12, 24 - layer * 2, mix("#3a2012", "#7a4c2c", layer / 10))
    for _ in range(300):
        angle, reach = s.random.uniform(0, math.tau), s.random.random() ** 0.6
        s.ellipse(
            590 + 150 * reach * math.cos(angle),
            552 - 70 * (1 - reach) + 16 * math.sin(angle),
            2.4,
            1.8,
            s.random.choice(["#2b160b", "#7e5230", "#4c2b18"]),
            0.85,
        )


def spiced_tea(s):
    s.glass(390, TEA_GLASS, "#b5521c", 0.14)
    s.stick(400, 250, 470, 130)
    s.anise(365, 262, 30)
    s.shine(390, TEA_GLASS)
    s.steam(350, 215, 2)
    for cx, cy in ((600, 540), (640, 528), (665, 552), (625, 560)):
        s.ellipse(cx, cy, 13, 8, "#8fa25a", angle=s.random.uniform(0, 3))
        s.ellipse(cx - 2, cy - 2, 7, 3, "#c5d08e")


def honey_daisy_tea(s):
    x, surface = mug_of(s, "#e0a531", "#f7f1e3", top=300, radius=148, saucer=True, squat=True)
    s.flower(x - 30, surface[0], 42, "#ffffff", "#f0b429", squeeze=0.45, width=0.13)
    s.flower(x + 45, surface[0] + 5, 34, "#ffffff", "#f0b429", squeeze=0.45, width=0.13)
    s.flower(115, 520, 54, "#ffffff", "#f0b429")
    s.flower(190, 560, 42, "#ffffff", "#f0b429")
    s.steam(x, 262)
    s.stroke([(660, 405), (712, 330)], "#b5793a", 13)
    for index in range(5):
        s.ellipse(656 - index * 9, 412 + index * 13, 34 - abs(index - 2) * 5, 9, "#c98f4b", angle=0.6)
    s.stroke([(618, 470), (616, 545)], "#e8a01c", 7, 0.9)
    s.ellipse(616, 552, 44, 10, "#e8a01c", 0.9)


def tea_blend(s):
    tin = smooth([(200, 118), (300, 119), (420, 119), (FLOOR, 118)])
    s.shadow(380, 122)
    s.turned(380, tin, [(0, "#123f3d"), (0.28, "#2f8078"), (0.5, "#1f625c"), (1, "#0d302f")])
    lid = [(150, 121), (205, 121)]
    s.turned(380, lid, [(0, "#6f5420"), (0.28, "#f0d48a"), (0.5, "#c9a24b"), (1, "#5b4418")])
    s.ellipse(380, 150, 121, 121 * TILT, "#e9cc82")
    s.ring(380, 150, 96, 96 * TILT, "#b38d3b", 3)
    s.ellipse(380, 365, 78, 92, "#f3e8cd")
    s.ellipse(380, 365, 70, 84, "#1f625c", 0.12)
    for index in range(5):
        angle = -math.pi / 2 + (index - 2) * 0.5
        s.leaf(380, 410, 88, angle, ["#3f7d3a", "#8aa34a", "#5d9b4a", "#b58b3a", "#6b4a2a"][index])
    for _ in range(120):
        x = s.random.gauss(620, 45)
        y = 552 - max(0, 40 - abs(x - 620) * 0.6) * s.random.random() + s.random.uniform(-6, 8)
        s.ellipse(
            x,
            y,
            s.random.uniform(7, 13),
            3,
            s.random.choice(["#3b2a1a", "#5d6b2f", "#7a5a2c", "#2e3a1e", "#b58b3a"]),
            angle=s.random.uniform(0, 3.1),
        )


def spring_tea(s):
    s.stroke([(40, 120), (180, 150), (300, 120), (420, 70)], "#6b4a3a", 9)
    for bx, by in ((110, 125), (170, 160), (240, 128), (310, 130), (370, 88), (430, 66)):
        s.flower(bx, by, 34, "#f8c4d4", "#d9668b", petals=5, squeeze=1, width=0.36)
    x, surface = mug_of(s, "#d9c96a", "#b9d8b0", top=320, radius=140, saucer=True, squat=True)
    s.flower(x, surface[0], 34, "#f8c4d4", "#d9668b", petals=5, squeeze=0.45, width=0.2)
    s.ellipse(600, 540, 16, 9, "#f8c4d4", angle=0.4)
    s.ellipse(650, 560, 16, 9, "#f3aec4", angle=-0.5)


def citrus_spice_chai(s):
    x, surface = mug_of(s, "#cf9a63", "#3f7f86")
    s.wheel(x + 60, surface[0] - 24, 50, "#e8791b", "#f7a645", squeeze=0.92)
    for _ in range(60):
        s.ellipse(x + s.random.gauss(-20, 30), surface[0] + s.random.uniform(-6, 8), 2.2, 1.5, "#7a4a20", 0.75)
    s.steam(x - 40, 236, 2)
    s.stick(130, 556, 250, 528)
    s.anise(640, 545, 34)


def orchid_tea(s):
    s.stroke([(690, 540), (700, 400), (670, 260), (600, 170)], "#5c8a4a", 8)
    for bx, by, size in ((600, 165, 62), (668, 250, 56), (704, 345, 48)):
        s.flower(bx, by, size, "#d98fd6", "#f4d35e", petals=5, squeeze=0.95, width=0.34)
        s.ellipse(bx, by + size * 0.2, size * 0.16, size * 0.22, "#8f2f86")
    x, surface = mug_of(s, "#c9b24a", "#f3eef7", x=340, top=315, radius=140, saucer=True, squat=True)
    s.ellipse(x - 20, surface[0], 34, 9, "#d98fd6", angle=0.1)
    s.steam(x, 280)


def sweet_tea(s):
    s.glass(390, HIGHBALL, "#b0601c", 0.12, layers=[(0, "#d98a3a"), (0.5, "#b0601c"), (1, "#7c3b0e")])
    for ix, iy, angle in ((355, 215, 0.3), (420, 228, -0.3), (380, 275, 0.8), (425, 300, 0.1), (352, 320, -0.5)):
        s.ice(ix, iy, 54, angle)
    s.straw(415, 200, 44, 150, "#c8463c")
    s.shine(390, HIGHBALL)
    s.wheel(478, 158, 50, "#e5c320", "#f5e46a")
    s.leaf(350, 188, 70, -2.3)
    s.leaf(352, 188, 64, -1.5)


def cinnamon_tea(s):
    s.glass(400, TEA_GLASS, "#a3431a", 0.14, layers=[(0, "#c96a2a"), (0.6, "#a3431a"), (1, "#70280c")])
    s.stick(395, 260, 330, 130)
    s.stick(425, 258, 470, 140)
    s.shine(400, TEA_GLASS)
    s.steam(400, 210, 2)
    s.stick(560, 552, 690, 522)
    s.stick(575, 570, 702, 548)


def tea(s):
    x, surface = mug_of(s, "#9c4f1d", "#f4efe6", top=300, radius=145, saucer=True, squat=True)
    for offset in range(-2, 3):
        s.ellipse(x + offset * 44, 372 - abs(offset) * 6, 13, 15, "#3f6fa8", 0.85)
        s.ellipse(x + offset * 44, 372 - abs(offset) * 6, 5, 6, "#f4efe6")
    s.stroke([(x + 60, surface[0]), (x + 118, 330), (x + 122, 400)], "#ffffff", 2.5)
    s.polygon([(x + 105, 400), (x + 140, 400), (x + 140, 446), (x + 105, 446)], "#c8463c")
    s.leaf(x + 110, 432, 26, -0.6, "#f3e8cd")
    s.steam(x - 20, 262)


def champagne(s):
    bottle = smooth([(70, 24), (120, 25), (180, 27), (240, 50), (300, 78), (400, 80), (FLOOR, 78)])
    s.shadow(290, 84)
    s.turned(290, bottle, [(0, "#0e2416"), (0.25, "#3f7a4c"), (0.45, "#1f4a2b"), (1, "#081a0f")])
    s.turned(
        290,
        smooth([(64, 27), (120, 28), (185, 30), (205, 36)]),
        [(0, "#8a6415"), (0.3, "#ffe9a3"), (0.55, "#d9ab3d"), (1, "#7a560f")],
    )
    s.turned(
        290, [(340, 80), (450, 81)], [(0, "#c9bd9a"), (0.3, "#fffaeb"), (0.7, "#efe4c6"), (1, "#b5a782")], tilt=0.12
    )
    s.flower(290, 398, 34, "#d9ab3d", "#8a6415", petals=8, squeeze=1, width=0.2)
    s.shadow(540, 70)
    stem(s, 540, 376)
    s.glass(540, FLUTE, "#f0d98a", 0.12, foot=20)
    s.bubbles(540, 150, 340, 36, 60)
    s.shine(540, FLUTE, width=6)


def cocktail(s):
    coupe = smooth([(200, 140), (235, 128), (280, 84), (318, 40), (340, 9)])
    s.shadow(400, 90)
    stem(s, 400, 340)
    s.glass(400, coupe, "#e8537f", 0.1, foot=20, layers=[(0, "#ff9fb8"), (0.5, "#ea4f80"), (1, "#a3265e")])
    s.shine(400, coupe)
    s.stroke([(330, 250), (520, 150)], "#d9b26a", 5)
    s.ellipse(412, 206, 25, 24, "#b3132f")
    s.ellipse(403, 198, 7, 6, "#ffffff", 0.6)
    s.ellipse(466, 178, 21, 20, "#7fae2e")
    s.stroke([(412, 184), (424, 150), (448, 132)], "#5a3a1e", 3)
    for _ in range(5):
        px, py = s.random.uniform(90, 710), s.random.uniform(60, 330)
        for angle in (0, math.pi / 2):
            s.ellipse(px, py, 11, 2, "#fff1b8", 0.9, angle=angle)


def coffee(s):
    x, surface = mug_of(s, "#2a160c", "#f4efe6")
    for band, colour in enumerate(("#3f8f4f", "#efc23a", "#c8463c")):
        s.turned(
            x,
            [(400 + band * 16, 121), (414 + band * 16, 120)],
            [(0, mix(colour, "#000000", 0.3)), (0.34, colour), (1, mix(colour, "#000000", 0.3))],
            tilt=0.12,
        )
    s.steam(x, 240)
    s.beans(9, 60, 210)
    s.beans(4, 600, 720)


def green_tea(s):
    bowl = smooth([(310, 150), (380, 140), (450, 112), (500, 76), (FLOOR, 62)])
    s.shadow(390, 90)
    s.turned(390, bowl, [(0, "#2c3a36"), (0.3, "#7b948a"), (0.55, "#4f655d"), (1, "#202b28")])
    s.ellipse(390, 310, 150, 150 * TILT, "#9db3a8")
    s.ellipse(390, 312, 140, 26, "#2c3a36")
    s.ellipse(390, 317, 134, 22, "#8fb548")
    s.ellipse(390, 318, 126, 19, "#a4c75a")
    for bx, by, size in ((300, 314, 5), (320, 322, 3), (440, 326, 4), (470, 316, 6)):
        s.ring(bx, by, size, size * 0.6, "#e4f0c0", 1.5, 0.9)
    s.steam(390, 290)
    for stone, (sx, sy, rx, ry) in enumerate(((640, 540, 66, 22), (640, 506, 48, 18), (638, 478, 32, 13))):
        s.ellipse(sx + 6, sy + 8, rx, ry, "#000000", 0.25, blur=6)
        s.ellipse(sx, sy, rx, ry, ("#6f7672", "#8a918c", "#a7ada8")[stone])
        s.ellipse(sx - rx * 0.2, sy - ry * 0.4, rx * 0.5, ry * 0.25, "#ffffff", 0.25, blur=4)
    s.leaf(120, 548, 90, -0.3)
    s.leaf(120, 548, 70, -0.9)


def juice(s):
    s.glass(390, TUMBLER, "#ee8127", 0.12, layers=[(0, "#f9b64c"), (0.6, "#ee8127"), (1, "#d6541d")])
    s.ice(355, 252, 54, 0.3)
    s.ice(420, 270, 52, -0.35)
    s.straw(420, 232, 52, 160, "#5d9b4a")
    s.shine(390, TUMBLER)
    s.ellipse(618, 552, 70, 15, "#000000", 0.3, blur=8)
    s.ellipse(590, 495, 46, 52, "#c9302f")
    s.ellipse(630, 495, 46, 52, "#c9302f")
    s.ellipse(580, 478, 14, 18, "#ffffff", 0.4, blur=4)
    s.stroke([(610, 456), (616, 425)], "#5a3a1e", 6)
    s.leaf(614, 440, 52, -0.5)
    s.polygon([(95, 548), (205, 500), (225, 520), (215, 538)], "#f08a24")
    for turn in (-0.1, -0.6, -1.0):
        s.leaf(210, 516, 62, turn)


def oj(s):
    s.glass(370, TUMBLER, "#f7a01d", 0.1, layers=[(0, "#ffc95c"), (1, "#f08c0f")])
    for _ in range(40):
        s.ellipse(
            370 + s.random.uniform(-80, 80),
            s.random.uniform(240, 480),
            s.random.uniform(4, 8),
            2,
            "#ffdf8f",
            0.6,
            angle=s.random.uniform(0, 3),
        )
    s.shine(370, TUMBLER)
    s.wheel(472, 186, 62, "#ef8a1d", "#f9b04a")
    s.ellipse(625, 556, 76, 16, "#000000", 0.3, blur=8)
    s.ellipse(620, 490, 66, 66, "#ef8a1d")
    s.ellipse(600, 468, 26, 22, "#ffffff", 0.28, blur=9)
    s.leaf(624, 428, 60, -0.35)


def summer(s):
    s.shadow(390, 84)
    stem(s, 390, 452)
    s.glass(
        390,
        HURRICANE,
        "#f2762e",
        0.12,
        foot=20,
        layers=[(0, "#ffd95a"), (0.4, "#f9963a"), (0.75, "#e8456b"), (1, "#b3265e")],
    )
    s.ice(360, 205, 46, 0.4)
    s.ice(415, 215, 44, -0.3)
    s.shine(390, HURRICANE)
    s.stroke([(420, 200), (475, 70)], "#d9b26a", 5)
    ribs = [470 - 92 * math.cos(math.pi * index / 8) for index in range(9)]
    for index, (a, b) in enumerate(zip(ribs, ribs[1:])):
        s.polygon([(472, 58), (a, 112), ((a + b) / 2, 122), (b, 112)], "#3c8f9a" if index % 2 else "#f6f0e0")
    s.wheel(300, 150, 48, "#ef8a1d", "#f9b04a")


def water(s):
    bottle = smooth([(110, 22), (150, 24), (190, 40), (240, 66), (330, 62), (420, 68), (FLOOR, 64)])
    s.shadow(290, 70)
    s.turned(290, bottle, [(0, "#7fb6d6"), (0.25, "#e8f6fd"), (0.5, "#b6dcef"), (1, "#6aa3c6")], 0.85)
    s.turned(290, [(90, 26), (122, 26)], [(0, "#1c4f86"), (0.3, "#5b94cf"), (1, "#163f6b")])
    s.turned(290, [(330, 64), (420, 69)], [(0, "#d5e6ee"), (0.3, "#ffffff"), (1, "#bcd3df")], tilt=0.12)
    s.polygon([(240, 412), (272, 356), (292, 384), (312, 346), (342, 412)], "#3d7fb4")
    s.polygon([(302, 364), (312, 346), (321, 364), (312, 360)], "#ffffff")
    s.stroke([(246, 250), (246, 480)], "#ffffff", 8, 0.5, blur=2)
    s.glass(530, smooth([(300, 78), (400, 74), (FLOOR, 66)]), "#bfe3f2", 0.18)
    s.ice(505, 372, 44, 0.3)
    s.ice(555, 380, 42, -0.4)
    s.shine(530, smooth([(300, 78), (400, 74), (FLOOR, 66)]))


# File name: (scene, wall, table).
PICTURES = {
    "hot-chocolate.jpeg": (hot_chocolate, "#f3c9b0", "#8a5a3c"),
    "cocoa-latte.jpeg": (cocoa_latte, "#d9c3a5", "#6f4a32"),
    "mocha-latte.jpeg": (mocha_latte, "#b9cfc4", "#7d5637"),
    "latte.jpeg": (latte, "#9fc0c9", "#a06b3f"),
    "cascadian-coffee.jpeg": (cascadian_coffee, "#c3d3cf", "#6b5341"),
    "mocha.jpeg": (mocha, "#e7c6b9", "#5e3f34"),
    "mimosa.jpeg": (mimosa, "#f7d7a6", "#b98a5a"),
    "citrus-wine.jpeg": (citrus_wine, "#b4cda0", "#8f7a4f"),
    "unsmoothie.jpeg": (unsmoothie, "#d4c4e6", "#8a6f9a"),
    "watermelon-juice.jpeg": (watermelon_juice, "#bfe3cf", "#6f9f86"),
    "coffee-beans-2.jpeg": (coffee_beans_2, "#efcfa0", "#9a6a44"),
    "coffee-beans.jpeg": (coffee_beans, "#d6dcc0", "#8a6a4a"),
    "spiced-coffee.jpeg": (spiced_coffee, "#e6c9a8", "#7a4f38"),
    "coffee-cloud.jpeg": (coffee_cloud, "#9db8d9", "#5f6f8f"),
    "coffee-grounds.jpeg": (coffee_grounds, "#e5d3b5", "#9a7550"),
    "spiced-tea.jpeg": (spiced_tea, "#f0c08a", "#7d4a2c"),
    "honey-daisy-tea.jpeg": (honey_daisy_tea, "#a9cbe0", "#c79a5a"),
    "tea-blend.jpeg": (tea_blend, "#ead6b4", "#a87c50"),
    "spring-tea.jpeg": (spring_tea, "#d6e6ee", "#b5a07a"),
    "citrus-spice-chai.jpeg": (citrus_spice_chai, "#f4c79a", "#9a5f3a"),
    "orchid-tea.jpeg": (orchid_tea, "#c9d9c4", "#7f6f8a"),
    "sweet-tea.jpeg": (sweet_tea, "#a9d3d9", "#b08a5f"),
    "cinnamon-tea.jpeg": (cinnamon_tea, "#ecd2bd", "#8a5236"),
    "tea.jpeg": (tea, "#b5c7dd", "#7a5a48"),
    "champagne.jpeg": (champagne, "#e9d9b6", "#54524a"),
    "cocktail.jpeg": (cocktail, "#7c6fa6", "#3f3560"),
    "coffee.jpeg": (coffee, "#e3c58f", "#6d4730"),
    "green-tea.jpeg": (green_tea, "#cfdfba", "#8a9a6a"),
    "juice.jpeg": (juice, "#bfe0c0", "#a8794a"),
    "oj.jpeg": (oj, "#a8d8ea", "#c98f4a"),
    "summer.jpeg": (summer, "#8fd3d6", "#e0bb7a"),
    "water.jpeg": (water, "#cfe6f2", "#7f9fb5"),
}


def main(names):
    with open(HERE / "products.csv", newline="", encoding="utf-8") as file:
        wanted = {row["filename"] for row in csv.DictReader(file)}
    if wanted != set(PICTURES):
        sys.exit(f"no scene for {sorted(wanted - set(PICTURES))}, no product for {sorted(set(PICTURES) - wanted)}")
    unknown = set(names) - wanted
    if unknown:
        sys.exit(f"not in the catalog: {sorted(unknown)}")
    folder = HERE / "pictures"
    folder.mkdir(exist_ok=True)
    for name in names or PICTURES:
        draw, wall, table = PICTURES[name]
        scene = Scene(name, wall, table)
        draw(scene)
        print(f"{name:26} {scene.save(folder / name):6} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
