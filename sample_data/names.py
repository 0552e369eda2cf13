"""Invented names: plausible for a northern Chinese city, none of a real place."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sample_data.layout import LANE, PRIMARY
from sample_data.subdivide import Ints

Words = npt.NDArray[np.object_]

PROVINCE, CITY, DISTRICT = "示例省", "江湾市", "江湾区"
RIVER, RAILWAY = "江湾河", "滨湾铁路"
SUBDISTRICTS = {
    "town": ("松浪", "江沿", "铁桥"),
    "district": ("松浪", "白桦", "丁香里", "榆荫", "江沿", "机务段", "铁桥", "长堤"),
}
_HEADS = (
    "安康和宁顺福泰祥瑞文明春晓东升光华兴隆永新长青北辰南苑平旭景建民惠德仁义信诚学府工农友谊团结红星曙光朝阳"
)
_TAILS = "平安宁泰和顺兴盛源达里园新民乐居苑桥台岭坪溪湾林桦榆松柳杨棠杏桂菊岗"
_STREET_HEADS = (
    "江河湖松榆桦柳杨椴柞槐杏梨桃丁菊兰梅竹云星月霞虹雪霜岚岭峰原铁钢电机车轮船渔港堤坝桥工农商文教卫军民学"
)
_STREET_TAILS = "安宁顺达兴旺盛丰源通贯平和光明华阳春晖暖清新景秀荫香浪波涛澜汀湾渡口台岗坡坎坪畔前"
_DIGITS = "零一二三四五六七八九"


def numeral(n: int) -> str:
    """1 to 99 in Chinese numerals."""
    if n < 10:
        return _DIGITS[n]
    tens, ones = divmod(n, 10)
    return ("" if tens == 1 else _DIGITS[tens]) + "十" + (_DIGITS[ones] if ones else "")


def pairs(heads: str, tails: str) -> Words:
    """All two-character words of different characters, in a fixed order."""
    first, second = dict.fromkeys(heads), dict.fromkeys(tails)
    return np.array([a + b for a in first for b in second if a != b], dtype=object)


def draw(words: Words, n: int, rng: np.random.Generator) -> Words:
    """`n` different words in random order; beyond the supply they return with 东, 西 …, then with numerals."""
    marks = ["", *"东西南北新上下前后中", *(numeral(k) for k in range(2, 100))]
    rounds = marks[: -(-n // len(words))]
    parts = [words[rng.permutation(len(words))] for _ in rounds]
    named = [
        [m + w for w in p] if i < 11 else [w + m for w in p]
        for i, (m, p) in enumerate(zip(rounds, parts, strict=True))
    ]
    pool = np.array([w for part in named for w in part], dtype=object)
    if n > len(pool):
        raise ValueError(f"only {len(pool)} names for {n}")
    return pool[:n]


def subdistrict_names(size: str, n: int, rng: np.random.Generator) -> Words:
    """Names of the subdistricts: the project's own eight, or drawn ones for a city."""
    fixed = SUBDISTRICTS.get(size)
    words = np.array(fixed, dtype=object) if fixed else draw(pairs(_STREET_HEADS, _TAILS), n, rng)
    return np.array([w + "街道" for w in words[:n]], dtype=object)


def community_names(n: int, rng: np.random.Generator) -> Words:
    """Names of communities, all different."""
    return np.array([w + "社区" for w in draw(pairs(_HEADS, _TAILS), n, rng)], dtype=object)


def compound_names(kinds: Words, rng: np.random.Generator) -> Words:
    """Names of compounds by kind (n,): estates, work-unit yards, villages of resettlement, one-storey rows."""
    endings = {
        "open_courtyard": ("小区", "街坊", "大院"), "renovated_old": ("小区", "新村"),
        "closed_highrise": ("花园", "府", "名苑", "家园", "城"), "work_unit": ("厂家属院", "机务家属院", "局家属院"),
        "resettlement": ("安居小区", "新居"), "one_storey": ("平房区",),
        "school": ("学校",), "civic": ("院",), "industrial": ("厂区",), "depot": ("机务厂区",),
    }  # fmt: skip
    words = draw(pairs(_TAILS[:20] + _STREET_TAILS[:14], _TAILS), len(kinds), rng)
    pick = rng.random(len(kinds))
    return np.array(
        [w + endings[k][int(p * len(endings[k]))] for w, k, p in zip(words, kinds, pick, strict=True)],
        dtype=object,
    )


def street_labels(rank: Ints, upright: npt.NDArray[np.bool_], rng: np.random.Generator) -> Words:
    """Names of street lines (n,): 大街 and 大道, 街 north-south, 路 east-west, 胡同; then numbered 道街."""
    words = pairs(_STREET_HEADS, _STREET_TAILS)
    words = words[rng.permutation(len(words))]
    n = len(rank)
    round_of, word = np.divmod(np.arange(n), len(words))
    order = np.argsort(rank, kind="stable")
    out = np.empty(n, dtype=object)
    for place, line in enumerate(order):
        big, lane = rank[line] == PRIMARY, rank[line] == LANE
        end = ("大街" if upright[line] else "大道") if big else ("街" if upright[line] else "路")
        if lane:
            end = "胡同" if upright[line] else "巷"
        turn = int(round_of[place])
        out[line] = words[word[place]] + (f"{numeral(turn)}道" if turn else "") + end
    return out
