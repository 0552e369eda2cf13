"""How a search for sites and a report are asked for."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from api.schemas import Strict

GeoJson = Annotated[dict[str, Any], WithJsonSchema({"title": "GeoJSON", "description": "RFC 7946"})]
"""Its members are told by the standard; those nobody reads are foreign members."""


class CandidatesIn(BaseModel):
    """Where stations may stand: along streets, at points, or in parcels (GeoJSON, property `land_use`)."""

    model_config = ConfigDict(extra="forbid", strict=True)

    kind: Literal["streets", "points", "parcels"]
    spacing_m: float | int | None = None
    points: list[list[float]] | None = Field(default=None, description="[lon, lat] each, at most 20,000")
    features: GeoJson | list[Any] | None = Field(default=None, description="a FeatureCollection")


class SitingIn(BaseModel):
    """How many stations, by which model, where; the question as in `GET /api/v1/coverage`."""

    model_config = ConfigDict(extra="forbid", strict=True)

    types: list[str]
    minutes: float | None = None
    metres: float | None = None
    profile: str | None = None
    area: str | None = None
    scenario: str | None = Field(default=None, max_length=40)
    model: Literal["coverage", "set_cover", "p_median", "capacity", "backup", "min_coverage"] = "coverage"
    stations: int | None = Field(default=None, description="how many; not for set_cover")
    target: float | None = Field(default=None, description="set_cover: share of those who can be covered; 1")
    candidates: CandidatesIn = Field(default_factory=lambda: CandidatesIn(kind="streets"))
    exclude: GeoJson | None = Field(default=None, description="GeoJSON polygons without stations")
    capacity: int | None = Field(default=None, description="capacity: residents a station serves")
    theta: float | None = Field(default=None, description="backup: worth of a second cover; 0.3")
    min_coverage: float | None = Field(
        default=None, description="min_coverage: least share of each community"
    )
    land_use: list[str] | None = Field(default=None, description="codes of parcels that count; all without")


class CoverageReportIn(Strict):
    """The question of a report, as the query parameters of `/coverage` have it."""

    types: list[str] = Field(min_length=1, max_length=27)
    minutes: float | None = None
    metres: float | None = None
    profile: str = Field(default="standard", max_length=20)
    area: str | None = Field(default=None, max_length=40)
    at: str | None = Field(default=None, max_length=8)
    capacity: bool = False
    scenario: str | None = Field(default=None, max_length=40)
