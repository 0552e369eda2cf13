"""What people report, read from `matters.toml`: kinds of matter with seasons, places and wording."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Matter:
    """One kind of matter: category, weight in its family, months, where it happens, what people write."""

    family: str
    scheme: str
    kind: str
    code: str
    weight: float
    months: tuple[int, ...]
    place: str  # home, street, shop, river
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All kinds of matter, the share of each family, who handles it, and who reports."""

    matters: tuple[Matter, ...]
    families: dict[str, float]
    handlers: dict[str, str]
    sources: dict[str, float]

    def with_codes(self, codes: set[str]) -> list[int]:
        """Positions of the matters whose category has one of `codes`."""
        return [i for i, m in enumerate(self.matters) if m.code in codes]

    def of_family(self, family: str) -> list[int]:
        """Positions of the matters of `family`."""
        return [i for i, m in enumerate(self.matters) if m.family == family]


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """The catalogue, read once."""
    raw = tomllib.loads(Path(__file__).with_name("matters.toml").read_text(encoding="utf-8"))
    matters = tuple(
        Matter(
            family=m["family"],
            scheme=m["scheme"],
            kind=m["kind"],
            code=m["code"],
            weight=m["weight"],
            months=tuple(m.get("months") or raw["seasons"][m["season"]]),
            place=m["place"],
            texts=tuple(m["texts"]),
        )
        for m in raw["matter"]
    )
    return Catalogue(matters, raw["families"], raw["handlers"], raw["sources"])
