"""Photos of the sample's matters, before and after: drawn from a seed, as the matters are invented, and marked so."""

from __future__ import annotations

import io
import math
import random
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

WIDE, HIGH = 480, 360
GROUND = 250
"""Where walls end and the pavement begins, in pixels from above."""
WALLS = ("#c9b79c", "#b8a99a", "#a9b4bd", "#c4a58a", "#b5b49a")
Box = tuple[int, int, int, int]


def draw(scene: str, slot: str, seed: int) -> bytes:
    """A JPEG of a scene (of `SCENES`) in a slot: `before`, `after`, or `check`, which looks from elsewhere.

    The same arguments give the same picture; another seed gives another street.
    """
    from PIL import Image, ImageDraw, ImageFont, ImageOps

    rng = random.Random(f"picture {seed}")  # noqa: S311 - a sample
    image = Image.new("RGB", (WIDE, HIGH), rng.choice(("#cfe3f1", "#d9e4ea", "#c4d7e8")))
    pen = ImageDraw.Draw(image)
    _street(pen, rng)
    at = rng.randint(150, 300)
    SCENES[scene](pen, rng, at, slot == "before")
    if slot == "check":
        image = ImageOps.mirror(image).crop((24, 18, WIDE - 12, HIGH - 9)).resize((WIDE, HIGH))
        pen = ImageDraw.Draw(image)
    pen.text((8, HIGH - 16), f"SAMPLE {slot}", fill="#444444", font=ImageFont.load_default())
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return out.getvalue()


def _street(pen: ImageDraw, rng: random.Random) -> None:
    """Two or three houses, a pavement, a tree."""
    left = rng.randint(-60, -20)
    while left < WIDE:
        wide, top = rng.randint(120, 200), rng.randint(20, 110)
        pen.rectangle((left, top, left + wide, GROUND), fill=rng.choice(WALLS), outline="#7d7466")
        for x in range(left + 14, left + wide - 22, 34):
            for y in range(top + 16, GROUND - 30, 42):
                pen.rectangle((x, y, x + 18, y + 24), fill=rng.choice(("#5f7a8c", "#7f98a6", "#e8dca0")))
        left += wide + rng.randint(4, 30)
    pen.rectangle((0, GROUND, WIDE, HIGH), fill="#9a9a96")
    pen.rectangle((0, GROUND, WIDE, GROUND + 34), fill="#b9b4a8")
    for x in range(rng.randint(0, 40), WIDE, 60):
        pen.line((x, GROUND, x - 16, GROUND + 34), fill="#a29c8f")
    trunk = rng.choice((rng.randint(20, 90), rng.randint(390, 460)))
    pen.rectangle((trunk - 5, GROUND - 80, trunk + 5, GROUND + 10), fill="#6d5138")
    pen.ellipse((trunk - 42, GROUND - 150, trunk + 42, GROUND - 62), fill="#5d8a55")


def _heap(pen: ImageDraw, rng: random.Random, box: Box, colours: tuple[str, ...], n: int) -> None:
    """Many small things one over the other."""
    left, top, right, bottom = box
    for _ in range(n):
        x, y, size = rng.randint(left, right), rng.randint(top, bottom), rng.randint(8, 22)
        turns = sorted(rng.uniform(0, 2 * math.pi) for _ in range(6))
        points = [(x + size * math.cos(turn), y + 0.7 * size * math.sin(turn)) for turn in turns]
        pen.polygon(points, fill=rng.choice(colours), outline="#55504a")


def _rubbish(pen: ImageDraw, rng: random.Random, at: int, before: bool) -> None:
    """Bins that overflow, or stand in a row with their lids closed."""
    for n, colour in enumerate(("#3d7a46", "#3a5f92", "#8a3b34")):
        left = at + 46 * n
        pen.rectangle((left, GROUND - 36, left + 38, GROUND + 22), fill=colour, outline="#222222")
        pen.rectangle((left - 3, GROUND - 44, left + 41, GROUND - 36), fill="#2c2c2c")
    if before:
        colours = ("#e6e2d3", "#c7b27c", "#8fa0a8", "#d0d0d0", "#6f7f5c")
        _heap(pen, rng, (at - 20, GROUND - 52, at + 150, GROUND - 38), colours, 14)
        _heap(pen, rng, (at - 40, GROUND + 10, at + 170, GROUND + 44), colours, 26)


def _debris(pen: ImageDraw, rng: random.Random, at: int, before: bool) -> None:
    """A heap of rubble on the grass, or the grass."""
    pen.rectangle((at - 90, GROUND + 6, at + 120, GROUND + 70), fill="#7fa05f")
    for _ in range(60):
        x, y = rng.randint(at - 88, at + 118), rng.randint(GROUND + 10, GROUND + 68)
        pen.line((x, y, x + 2, y - 6), fill="#5f8345")
    if before:
        _heap(
            pen,
            rng,
            (at - 50, GROUND + 12, at + 80, GROUND + 52),
            ("#a08d7b", "#8b5e4a", "#c2bbb0", "#767676"),
            44,
        )


def _manhole(pen: ImageDraw, _: random.Random, at: int, before: bool) -> None:
    """A cover beside its hole, or in it."""
    top = GROUND + 40
    pen.ellipse(
        (at - 48, top - 16, at + 48, top + 18), fill="#1d1d1d" if before else "#5f6163", outline="#333333"
    )
    if before:
        pen.ellipse((at + 14, top - 28, at + 104, top + 4), fill="#6a6d6f", outline="#333333")
        pen.line((at - 60, top + 30, at + 70, top + 26), fill="#e0b020", width=3)
    else:
        for n in range(-30, 31, 12):
            pen.line((at + n, top - 10, at + n, top + 12), fill="#494b4d", width=2)


def _shed(pen: ImageDraw, _: random.Random, at: int, before: bool) -> None:
    """A blue shed going up on a flat roof, or the roof alone."""
    pen.rectangle((at - 110, 120, at + 110, GROUND), fill="#bfb09a", outline="#7d7466")
    pen.rectangle((at - 116, 112, at + 116, 122), fill="#938a7c")
    if before:
        pen.polygon(
            [(at - 80, 112), (at - 80, 70), (at, 48), (at + 80, 70), (at + 80, 112)],
            fill="#4c87b9",
            outline="#2f5f88",
        )
        for x in range(at - 70, at + 80, 18):
            pen.line((x, 72, x, 112), fill="#3b709c")
        for x in (at - 96, at + 92):
            pen.line((x, 112, x, 40), fill="#c08a2a", width=3)


def _wires(pen: ImageDraw, rng: random.Random, at: int, before: bool) -> None:
    """A wire from a window to an electric bicycle, or one that charges at a post."""
    for x in (at - 26, at + 26):
        pen.ellipse((x - 18, GROUND + 8, x + 18, GROUND + 44), outline="#222222", width=4)
    pen.line([(at - 26, GROUND + 26), (at, GROUND), (at + 26, GROUND + 26)], fill="#b03a3a", width=5)
    pen.line([(at + 18, GROUND + 2), (at + 14, GROUND - 18), (at + 26, GROUND - 20)], fill="#222222", width=4)
    if before:
        points = [(at - 30 + 6 * n, 96 + (GROUND - 96) * n // 8 + rng.randint(-4, 4)) for n in range(9)]
        pen.line(points, fill="#d04010", width=3)
    else:
        pen.rectangle((at + 70, GROUND - 50, at + 88, GROUND + 30), fill="#3a8f6a", outline="#1f5f44")
        pen.line([(at + 70, GROUND - 20), (at + 40, GROUND + 4)], fill="#222222", width=3)


def _leak(pen: ImageDraw, rng: random.Random, at: int, before: bool) -> None:
    """A wet patch on a wall with a puddle below, or the wall painted anew."""
    pen.rectangle((at - 70, 110, at + 70, GROUND), fill="#d8d2c6" if before else "#eee9de", outline="#8b857a")
    if before:
        for _ in range(26):
            x, y, size = at + rng.randint(-40, 40), rng.randint(130, 220), rng.randint(8, 26)
            pen.ellipse(
                (x - size, y - size, x + size, y + size), fill=rng.choice(("#a89f8c", "#b3a992", "#9a927f"))
            )
        pen.ellipse((at - 60, GROUND + 6, at + 64, GROUND + 30), fill="#7f93a0")


SCENES: dict[str, Callable[[ImageDraw, random.Random, int, bool], None]] = {
    "shed": _shed,
    "rubbish": _rubbish,
    "debris": _debris,
    "manhole": _manhole,
    "wires": _wires,
    "leak": _leak,
}
