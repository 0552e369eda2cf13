"""Party organisations and departments: two trees beside the areas, tied to them by dated links."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from sample_data.spec import Spec, apportion, rng_for

DEPARTMENTS = (
    "社会工作部", "政法委（综治中心）", "城市管理综合执法局", "住房和城乡建设局", "供热办公室", "公安分局", "交警大队",
    "消防救援大队", "应急管理局", "民政局", "司法局", "市场监督管理局", "卫生健康局", "教育局", "人力资源和社会保障局",
    "医疗保障局", "水务局", "生态环境局", "园林绿化中心", "环境卫生中心", "市政设施中心", "营商环境局", "退役军人事务局",
    "残疾人联合会",
)  # fmt: skip


def make_departments(areas: gpd.GeoDataFrame) -> pd.DataFrame:
    """Departments: code, name, parent; the district's and one enforcement team a subdistrict."""
    rows: list[tuple[str, str, str | None]] = []
    for code, name in areas.loc[areas["level"] == "district", ["code", "name"]].itertuples(index=False):
        rows.append((f"D{code}", f"{name}人民政府", None))
        rows += [(f"D{code}{i + 1:02d}", f"{name}{d}", f"D{code}") for i, d in enumerate(DEPARTMENTS)]
    subs = areas[areas["level"] == "subdistrict"]
    for code, name, parent in subs[["code", "name", "parent"]].itertuples(index=False):
        rows.append((f"D{code}", f"{name}办事处", f"D{parent}"))
        rows.append((f"D{code}01", f"{name}综合行政执法队", f"D{code}"))
    return pd.DataFrame(rows, columns=["code", "name", "parent"])


TEAM = "team"
OUTSIDE = "城市管理综合执法局"
DISPATCHED = ("dispatched", "handling", "feedback", "inspecting", "suspended", "closed")


def handling(status: pd.Series, handler: pd.Series, grid: pd.Series, first: str) -> pd.Series:
    """The code of the department a matter was dispatched to, None before; `handler` is `TEAM` or one's name.

    What lies in no grid (a missing `grid`) has no subdistrict, so no team: an office of the district `first` does it.
    """
    name = handler.where((handler != TEAM) | grid.notna(), OUTSIDE)
    where = grid.fillna(first).astype(str)
    number = {d: f"{i + 1:02d}" for i, d in enumerate(DEPARTMENTS)}
    office = "D" + where.str[:6] + name.map(number)
    found = office.where(name != TEAM, "D" + where.str[:9] + "01")
    return found.astype(object).where(status.isin(DISPATCHED), None)


def make_party(areas: gpd.GeoDataFrame, spec: Spec, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Party organisations and their dated links to areas.

    Branches and groups do not match grids one to one: some grids have a branch, some a group, some both,
    some neither, and some branches serve two grids.
    """
    rng = rng_for(seed, "party")
    table = areas[["code", "level", "name", "parent"]]
    orgs: list[tuple[str, str, str, str | None]] = []
    links: list[tuple[str, str, str]] = []
    for code, level, name, parent in table.itertuples(index=False):
        if level in {"district", "subdistrict"}:
            label = f"中共{name}委员会" if level == "district" else f"中共{name}工作委员会"
            orgs.append((f"P{code}", "committee", label, f"P{parent}" if level == "subdistrict" else None))
        elif level == "community":
            kind = "committee" if rng.random() < 0.6 else "general_branch"
            label = f"{name}党委" if kind == "committee" else f"{name}党总支"
            orgs.append((f"P{code}", kind, label, f"P{parent}"))
        else:
            continue
        links.append((f"P{code}", code, "2021-07-01"))
    grids = table[table["level"] == "grid"]
    sizes = grids.groupby("parent", sort=True).size()
    branches = apportion(spec.party_branches, sizes.to_numpy(), 1)
    groups = apportion(spec.party_groups, sizes.to_numpy() * rng.uniform(0.6, 1.4, len(sizes)))
    by_community = dict(list(grids.groupby("parent", sort=True)))
    for community, n_branch, n_group in zip(sizes.index, branches.tolist(), groups.tolist(), strict=True):
        _community(community, by_community[community], n_branch, n_group, orgs, links, rng)
    frame = pd.DataFrame(orgs, columns=["code", "kind", "name", "parent"])
    return frame, pd.DataFrame(links, columns=["party_org", "area", "valid_from"])


def _community(
    community: str, grids: pd.DataFrame, n_branch: int, n_group: int,
    orgs: list[tuple[str, str, str, str | None]], links: list[tuple[str, str, str]], rng: np.random.Generator,
) -> None:  # fmt: skip
    """Branches on the first grids of a shuffled order, some serving two; groups anywhere, under a branch."""
    codes, titles = grids["code"].to_numpy(), grids["name"].to_numpy()
    order = rng.permutation(len(codes))
    for i in range(n_branch):
        home = order[i % len(order)]
        code = f"P{community}{i + 1:02d}"
        orgs.append((code, "branch", f"{titles[home]}党支部", f"P{community}"))
        links.append((code, codes[home], f"202{rng.integers(1, 6)}-0{rng.integers(1, 10)}-01"))
        extra = order[(n_branch + i) % len(order)]
        if n_branch + i < len(order) and rng.random() < 0.35:
            links.append((code, codes[extra], f"2024-0{rng.integers(1, 10)}-01"))
    for i in range(n_group):
        home = int(rng.integers(len(order)))
        branch = 1 + int(rng.integers(n_branch))
        code = f"P{community}{branch:02d}{i + 1:02d}"
        orgs.append((code, "group", f"{titles[home]}第{i + 1}党小组", f"P{community}{branch:02d}"))
        links.append((code, codes[home], f"202{rng.integers(2, 6)}-0{rng.integers(1, 10)}-01"))
