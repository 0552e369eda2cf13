"""The compiled loops of repairing: labels forgotten and found again, links and arcs renumbered.

Kept apart from `kernels`; what both need is imported, and so compiled into this file's cache: whoever changes
`kernels._offer`, `_push`, `_roomy` or `spread_labels` touches this file too.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gis.base.compiled import compiled
from gis.walking.kernels import (
    UNREACHABLE,
    Arcs,
    Edges,
    Flags,
    Ints,
    Seeds,
    Shorts,
    _offer,
    _push,
    _roomy,
    spread_labels,
)

Answers = tuple[Ints, Shorts, Ints, Shorts]
"""The columns of `search.Nearest`: cost, station, second cost, second station."""
NEVER = -2  # the station of a label that no search ever gives, so that it differs from every label


@compiled
def arcs_of(u: Shorts, v: Shorts, forward: Ints, backward: Ints, nodes: int) -> Any:
    """The arcs of `cost.graph` (start, target, cost, edge, heading), sorted by source, edge, heading, by counting."""
    start = np.zeros(nodes + 1, np.int64)
    for e in range(len(u)):
        if backward[e] >= 0:
            start[u[e] + 1] += 1
        if forward[e] >= 0:
            start[v[e] + 1] += 1
    for node in range(nodes):
        start[node + 1] += start[node]
    free = start[:-1].copy()
    count = start[nodes]
    target, edge = np.empty(count, np.int32), np.empty(count, np.int32)
    cost, heading = np.empty(count, np.int64), np.empty(count, np.bool_)
    for e in range(len(u)):
        if backward[e] >= 0:
            at = free[u[e]]
            free[u[e]] = at + 1
            target[at], cost[at], edge[at], heading[at] = v[e], backward[e], e, False
        if forward[e] >= 0:
            at = free[v[e]]
            free[v[e]] = at + 1
            target[at], cost[at], edge[at], heading[at] = u[e], forward[e], e, True
    return start, target, cost, edge, heading


@compiled
def forget(labels: Ints, arcs: Arcs, dirty: Ints) -> Flags:
    """Which labels (n, 2) may derive from a label at one of the nodes `dirty`: these, and whatever is tight behind."""
    lost = np.zeros((len(labels), 2), np.bool_)
    stack, size = np.empty(max(2 * len(dirty), 64), np.int64), 0
    for node in dirty:
        for slot in range(2):
            if labels[node, 2 * slot] < UNREACHABLE and not lost[node, slot]:
                lost[node, slot] = True
                stack[size] = 2 * node + slot
                size += 1
    while size > 0:
        size -= 1
        at, mine = stack[size] >> 1, stack[size] & 1
        cost, station = labels[at, 2 * mine], labels[at, 2 * mine + 1]
        for arc in range(arcs.start[at], arcs.start[at + 1]):
            node, further = arcs.target[arc], cost + arcs.cost[arc]
            for slot in range(2):
                alike = labels[node, 2 * slot] == further and labels[node, 2 * slot + 1] == station
                if alike and not lost[node, slot]:
                    lost[node, slot] = True
                    if size == len(stack):
                        longer = np.empty(2 * size, np.int64)
                        longer[:size] = stack
                        stack = longer
                    stack[size] = 2 * node + slot
                    size += 1
    return lost


@compiled
def carry(labels: Ints, lost: Flags, number: Ints, station: Ints, nodes: int) -> Any:
    """Labels in new numbers: as they were (n, 4), without what is lost (n, 4), and the nodes that miss one (n).

    `number` is the new node of each old one (-1: gone), `station` the new station (-1: gone). A node that is new
    was never labelled and misses both.
    """
    was = np.full((nodes, 4), NEVER, np.int64)
    now = np.full((nodes, 4), UNREACHABLE, np.int64)
    short = np.ones(nodes, np.bool_)
    for old in range(len(labels)):
        node = number[old]
        if node < 0:
            continue
        short[node] = False
        free = 0
        for slot in range(2):
            cost, who = labels[old, 2 * slot], labels[old, 2 * slot + 1]
            if cost < UNREACHABLE:
                who = station[who]
            was[node, 2 * slot], was[node, 2 * slot + 1] = cost, who
            if lost[old, slot] or who < 0:
                short[node] = True
            elif cost < UNREACHABLE:
                now[node, free], now[node, free + 1] = cost, who
                free += 2
    return was, now, short


@compiled
def mend(  # noqa: PLR0917 - kernels take plain positional arguments
    labels: Ints, short: Flags, arcs: Arcs, edges: Edges, seeds: Seeds, fresh: Flags, limit: int, bits: int
) -> None:
    """Complete `labels` in place: what the nodes `short` of a label get from their neighbours and from the seeds.

    The stations `fresh` are searched for everywhere. From there on as `kernels.label_nodes`.
    """
    heap, size = _from_seeds(labels, short, seeds, fresh, limit, bits, np.empty(4096, np.int64))
    for e in range(len(edges.u)):
        if short[edges.u[e]] and edges.forward[e] >= 0:
            heap, size = _pulled(labels, edges.u[e], edges.v[e], edges.forward[e], limit, bits, heap, size)
        if short[edges.v[e]] and edges.backward[e] >= 0:
            heap, size = _pulled(labels, edges.v[e], edges.u[e], edges.backward[e], limit, bits, heap, size)
    spread_labels(labels, arcs, limit, bits, heap, size)


@compiled
def _from_seeds(labels: Any, short: Any, seeds: Seeds, fresh: Any, limit: Any, bits: Any, heap: Any) -> Any:
    """Offer the seeds of the stations to search for, and at the nodes short of a label everybody's."""
    size = 0
    heap = _roomy(heap, 0, len(seeds.node))
    for station in range(len(seeds.start) - 1):
        for seed in range(seeds.start[station], seeds.start[station + 1]):
            node, cost = seeds.node[seed], seeds.cost[seed]
            if (fresh[station] or short[node]) and cost <= limit and _offer(labels[node], cost, station):
                _push(heap, size, (cost << bits) | node)
                size += 1
    return heap, size


@compiled
def _pulled(  # noqa: PLR0917 - inlined by the compiler
    labels: Any, node: Any, other: Any, step: Any, limit: Any, bits: Any, heap: Any, size: Any
) -> Any:
    """Offer a node the labels of a neighbour."""
    heap = _roomy(heap, size, 2)
    for slot in range(0, 4, 2):
        further = labels[other, slot] + step
        if further <= limit and _offer(labels[node], further, labels[other, slot + 1]):
            _push(heap, size, (further << bits) | node)
            size += 1
    return heap, size


@compiled
def differ(was: Ints, now: Ints) -> Flags:
    """Which nodes have another label than they had, (n)."""
    answer = np.zeros(len(was), np.bool_)
    for node in range(len(was)):
        for column in range(4):
            if was[node, column] != now[node, column]:
                answer[node] = True
    return answer


@compiled
def touched_points(point: Shorts, edge: Shorts, hit: Flags, points: int) -> Flags:
    """Which points have a link to one of the edges `hit`."""
    answer = np.zeros(points, np.bool_)
    for link in range(len(point)):
        if hit[edge[link]]:
            answer[point[link]] = True
    return answer


@compiled
def touched_edges(u: Shorts, v: Shorts, hit: Flags) -> Flags:
    """Which edges end at one of the nodes `hit`."""
    answer = np.empty(len(u), np.bool_)
    for e in range(len(u)):
        answer[e] = hit[u[e]] or hit[v[e]]
    return answer


@compiled
def renumber_answers(old: Answers, number: Shorts, out: Answers, first: int, last: int) -> None:
    """Copy the rows first..last-1 of an answer, its stations in new numbers; the last of `number` is that of none."""
    for i in range(first, last):
        out[0][i], out[2][i] = old[0][i], old[2][i]
        out[1][i], out[3][i] = number[old[1][i]], number[old[3][i]]


@compiled
def answers_differ(
    was: Answers, now: Answers, number: Ints, row: Ints, answer: Flags, first: int, last: int
) -> None:
    """Which of the rows first..last-1 have another cost or station, first or second.

    `number` and `row` name the stations of the one and the other; their last is that of no station.
    """
    for i in range(first, last):
        other = was[0][i] != now[0][i] or was[2][i] != now[2][i]
        other = other or _other(was[1][i], now[1][i], number, row)
        answer[i] = other or _other(was[3][i], now[3][i], number, row)


@compiled
def _other(old: Any, new: Any, number: Any, row: Any) -> Any:
    """Whether two stations are not the same one."""
    return number[old] != row[new] or (old < 0) != (new < 0)


@compiled
def kept_links(point: Shorts, gone: Flags) -> int:
    """How many links belong to points that are not `gone`."""
    count = 0
    for link in range(len(point)):
        if not gone[point[link]]:
            count += 1
    return count


@compiled
def merge_links(old: Any, new: Any, gone: Flags, point_number: Ints, edge_number: Ints, out: Any) -> bool:
    """Write the old links of points not `gone` in new numbers, and the new ones, in order of points, to `out`.

    Each of the three is a tuple of the columns point, edge, position, leg, gate; no point is in both. False when a
    kept link would lead to an edge that is gone.
    """
    at, right, sound = 0, 0, True
    for left in range(len(old[0])):
        if gone[old[0][left]]:
            continue
        point = point_number[old[0][left]]
        while right < len(new[0]) and new[0][right] < point:
            _write(out, at, new, right, new[0][right], new[1][right])
            at, right = at + 1, right + 1
        edge = edge_number[old[1][left]]
        sound = sound and edge >= 0
        _write(out, at, old, left, point, edge)
        at += 1
    while right < len(new[0]):
        _write(out, at, new, right, new[0][right], new[1][right])
        at, right = at + 1, right + 1
    return sound


@compiled
def _write(out: Any, at: Any, given: Any, row: Any, point: Any, edge: Any) -> None:
    out[0][at], out[1][at] = point, edge
    out[2][at], out[3][at], out[4][at] = given[2][row], given[3][row], given[4][row]


@compiled
def replace_rows(old: Any, new: Any, low: Ints, high: Ints, start: Ints, out: Any) -> None:
    """A column with the rows low[i]..high[i]-1 replaced by those start[i]..start[i+1]-1 of `new`; ranges rise."""
    at, done = 0, 0
    for i in range(len(low)):
        for row in range(done, low[i]):
            out[at + row - done] = old[row]
        at, done = at + low[i] - done, high[i]
        for row in range(start[i], start[i + 1]):
            out[at + row - start[i]] = new[row]
        at += start[i + 1] - start[i]
    for row in range(done, len(old)):
        out[at + row - done] = old[row]


@compiled
def replace_edges(
    old: Shorts, new: Shorts, low: Ints, high: Ints, start: Ints, number: Shorts, out: Shorts
) -> bool:
    """`replace_rows` of a column of edges in new numbers; False when a row that stays leads to an edge that is gone."""
    at, done, least = 0, 0, 0
    for i in range(len(low) + 1):
        until = low[i] if i < len(low) else len(old)
        for row in range(done, until):
            edge = number[old[row]]
            least = min(least, edge)
            out[at + row - done] = edge
        at += until - done
        if i < len(low):
            done = high[i]
            for row in range(start[i], start[i + 1]):
                out[at + row - start[i]] = new[row]
            at += start[i + 1] - start[i]
    return least >= 0
