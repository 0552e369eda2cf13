"""The photo child: limits itself, decodes one image from its input, writes it anew. Run by `photos.clean`."""

from __future__ import annotations

import io
import json
import sys
import warnings
from typing import Any

from gis.formats.child import confine, refuse

LIMITS = {"memory_bytes": 1 << 30, "cpu_s": 30, "output_bytes": 64 << 20}
MOST_PIXELS = 25_000_000
FORMATS = ("JPEG", "PNG", "WEBP")
MOVING = ("PNG", "WEBP")
QUALITY = 85
GPS_IFD = 0x8825


def main() -> None:
    """Standard input holds the image; standard output gets a line of JSON and the JPEG after it."""
    confine(LIMITS)
    warnings.simplefilter("ignore")  # cameras write odd tags; what harms is refused by its size, below
    data = sys.stdin.buffer.read()
    facts, jpeg = renew(data)
    sys.stdout.buffer.write(json.dumps(facts).encode() + b"\n" + jpeg)


def renew(data: bytes) -> tuple[dict[str, Any], bytes]:
    """Decode, turn upright, drop everything but the pixels; tells width, height, place it was taken, and its look."""
    from PIL import Image, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
        width, height = image.size
        if width * height > MOST_PIXELS:
            refuse("image_too_large", "照片超过 2500 万像素", "the photo has more than 25 million pixels")
        # A JPEG of several pictures (MPO: a telephone's HDR photo) shows its first; it does not move.
        if image.format in MOVING and getattr(image, "n_frames", 1) > 1:
            refuse("image_animated", "不接受动图", "moving pictures are not accepted")
        lon, lat = _place(image)
        image.load()
        upright = _upright(image).convert("RGB")
        plain = Image.frombytes("RGB", upright.size, upright.tobytes())
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        refuse("image_too_large", "照片超过 2500 万像素", "the photo has more than 25 million pixels")
    except UnidentifiedImageError:
        refuse("not_an_image", "不是 JPEG、PNG 或 WebP 照片", "not a JPEG, PNG or WebP photo")
    except (OSError, ValueError, SyntaxError, IndexError, KeyError, EOFError, Warning):
        refuse("image_unreadable", "照片损坏，无法读取", "the photo is damaged and cannot be read")
    out = io.BytesIO()
    plain.save(out, "JPEG", quality=QUALITY, optimize=True)
    facts = {
        "width": plain.width,
        "height": plain.height,
        "taken_lon": lon,
        "taken_lat": lat,
        "look": _look(plain),
    }
    return facts, out.getvalue()


def _look(image: Any) -> int:
    """A difference hash of 64 bits, signed as the database keeps it: what two photos of one thing share."""
    from imagehash import dhash

    bits = int(str(dhash(image)), 16)
    return bits - (1 << 64) if bits >= 1 << 63 else bits


def _upright(image: Any) -> Any:
    """The image turned as its camera says; as it is when the tags cannot be read."""
    from PIL import ImageOps

    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # noqa: BLE001 - a camera's wrong tags must not cost the photo
        return image


def _place(image: Any) -> tuple[float | None, float | None]:
    """Longitude and latitude of the EXIF GPS tags in degrees; (None, None) when absent or senseless."""
    try:
        tags = image.getexif().get_ifd(GPS_IFD)
        lat = _degrees(tags[2]) * (-1 if tags[1] == "S" else 1)
        lon = _degrees(tags[4]) * (-1 if tags[3] == "W" else 1)
    except Exception:  # noqa: BLE001 - a camera's wrong tags must not cost the photo
        return None, None
    return (lon, lat) if -180 <= lon <= 180 and -90 <= lat <= 90 else (None, None)


def _degrees(parts: Any) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    return degrees + minutes / 60 + seconds / 3600


if __name__ == "__main__":
    main()
