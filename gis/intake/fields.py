"""The fields of each layer: names a file may use for them, types, what is required, what is allowed."""

from __future__ import annotations

from dataclasses import dataclass, field

from gis.areas.tables import LEVELS
from gis.formats.geometry import Kind
from gis.intake.model import LayerKind
from gis.register.tables import BARRIER_KINDS, COUNTS, GATE_ACCESS, STATION_STATUS

CODE_NAMES = ("编号", "编码", "代码", "id", "tazid", "osmid")
NAME_NAMES = ("名称", "名字", "sitename", "title")


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its type (`text, int, float, bool, list`), other names of its column, bounds and default."""

    name: str
    type: str = "text"
    also: tuple[str, ...] = ()
    required: bool = False
    choices: tuple[str, ...] = ()
    default: str | None = None
    longest: int | None = None
    least: float | None = None


@dataclass(frozen=True, slots=True)
class Spec:
    """A layer: its fields and the shapes it may hold; `many` keeps multi-part geometry, `one` unpacks single parts."""

    fields: tuple[Field, ...]
    kinds: tuple[Kind, ...]
    promote: bool = False
    required_geometry: bool = True
    names: dict[str, str] = field(default_factory=dict)


def _code(longest: int = 40) -> Field:
    return Field("code", also=CODE_NAMES, required=True, longest=longest)


_COUNT_NAMES = {
    "households": ("户数",), "registered": ("户籍人口",), "actual": ("实有人口", "常住人口"),
    "floating": ("流动人口",), "age_0_14": (), "age_15_59": (), "age_60_79": (), "age_80": (),
}  # fmt: skip

SPECS: dict[LayerKind, Spec] = {
    LayerKind.AREAS: Spec(
        (
            _code(32),
            Field("level", also=("层级", "级别"), required=True, choices=LEVELS),
            Field("name", also=NAME_NAMES, required=True),
            Field("parent", also=("上级", "上级编码"), longest=32),
            Field("kind", also=("类型",), choices=("comprehensive", "dedicated")),
            Field("grid_lead", also=("网格长",)),
            Field("grid_worker", also=("网格员",)),
            Field("substitute", also=("替岗",)),
        ),
        (Kind.POLYGON,),
        promote=True,
    ),
    LayerKind.COMPOUNDS: Spec(
        (
            _code(),
            Field("name", also=NAME_NAMES, required=True),
            Field("kind", also=("类型",), longest=32),
            Field("walled", "bool", also=("围墙",), default="false"),
        ),
        (Kind.POLYGON,),
        promote=True,
    ),
    LayerKind.GATES: Spec(
        (
            _code(),
            Field("compound", also=("小区",), longest=40),
            Field("access", also=("通行",), choices=GATE_ACCESS, default="public"),
            Field("hours", also=("开放时间", "opening_hours")),
        ),
        (Kind.POINT,),
    ),
    LayerKind.BUILDINGS: Spec(
        (
            _code(),
            Field("name", also=NAME_NAMES),
            Field("use", also=("用途",), longest=32),
            Field("storeys", "int", also=("层数", "楼层", "floors"), least=0),
            Field("address", also=("地址", "installationaddress")),
            Field("compound", also=("小区",), longest=40),
            *(Field(name, "int", also=_COUNT_NAMES[name], least=0) for name in COUNTS),
        ),
        (Kind.POINT, Kind.POLYGON),
    ),
    LayerKind.ENTRANCES: Spec((_code(), Field("building", also=("楼栋",), required=True)), (Kind.POINT,)),
    LayerKind.STATIONS: Spec(
        (
            _code(),
            Field("type", also=("类型", "站点类型"), required=True, longest=40),
            Field("name", also=NAME_NAMES, required=True),
            Field("status", also=("状态",), choices=STATION_STATUS, default="existing"),
            Field("hours", also=("开放时间", "服务时间", "opening_hours", "servicetime")),
            Field("floor_area_m2", "float", also=("建筑面积", "面积"), least=0),
            Field("capacity", "int", also=("容量",), least=0),
            Field("services", "list", also=("服务项目", "服务")),
            Field("building", also=("楼栋",), longest=40),
        ),
        (Kind.POINT,),
    ),
    LayerKind.STREETS: Spec(
        (
            _code(),
            Field("name", also=NAME_NAMES),
            Field("kind", also=("类型", "highway"), longest=32),
            Field("foot_forward", "bool", default="true"),
            Field("foot_backward", "bool", default="true"),
            Field("steps", "bool", default="false"),
            Field("slope_pct", "float"),
            Field("level", "float"),
            Field("bridge", "bool", default="false"),
            Field("tunnel", "bool", default="false"),
        ),
        (Kind.LINE,),
    ),
    LayerKind.BARRIERS: Spec(
        (
            _code(),
            Field("kind", also=("类型",), required=True, choices=BARRIER_KINDS),
            Field("name", also=NAME_NAMES),
        ),
        (Kind.LINE, Kind.POLYGON),
    ),
}
