"""The compiled loops of the search: integers in, integers out, no trigonometry, no float sums.

One file, because numba's cache sees changes only in the file of the function that Python calls.
All costs are int64 micrometres or microseconds. A heap entry is one integer `cost << bits | node`, so that
one comparison decides the order.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from gis.base.compiled import compiled

Ints = npt.NDArray[np.int64]
Shorts = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]

UNREACHABLE = 2**62
FORBIDDEN = -1
_SAFE = 3_000_000_000  # two factors below this multiply without overflow


class Arcs(NamedTuple):
    """Reversed directed graph by rows: from each node the arcs to where a walker may come from."""

    start: Ints
    target: Shorts
    cost: Ints
    edge: Shorts
    forward: Flags


class Edges(NamedTuple):
    """Per edge: ends, length in µm and the cost each way (FORBIDDEN where nobody may walk)."""

    u: Shorts
    v: Shorts
    length: Ints
    forward: Ints
    backward: Ints


class Seeds(NamedTuple):
    """Where the searches begin, by rows: the nodes of each origin and the cost from there to it."""

    start: Ints
    node: Shorts
    cost: Ints


class Places(NamedTuple):
    """Links by rows (of points, or of edges): `who` is the edge or the point, position µm, cost of the leg."""

    start: Ints
    who: Shorts
    position: Ints
    leg: Ints


@compiled
def scaled(value: Any, numerator: Any, denominator: Any) -> Any:
    """Quotient and remainder of value·numerator/denominator for factors up to 2**48, exact beyond 64 bits.

    The quotient estimated in floats is off by one at most; the remainder is right modulo 2**64, hence
    right, and corrects it.
    """
    if value < _SAFE and numerator < _SAFE:
        product = value * numerator
        quotient = product // denominator
        return quotient, product - quotient * denominator
    quotient = np.int64(np.float64(value) * np.float64(numerator) / np.float64(denominator))
    remainder = np.int64(
        np.uint64(value) * np.uint64(numerator) - np.uint64(quotient) * np.uint64(denominator)
    )
    while remainder < 0:
        quotient -= 1
        remainder += denominator
    while remainder >= denominator:
        quotient += 1
        remainder -= denominator
    return quotient, remainder


@compiled
def part_cost(cost: Any, part_um: Any, length_um: Any) -> Any:
    """Cost of walking `part_um` of an edge: floor(cost · part / length); the whole edge costs `cost`."""
    if part_um == 0 or cost == 0:
        return 0
    if part_um == length_um:
        return cost
    if cost == length_um:
        return part_um
    return scaled(cost, part_um, length_um)[0]


@compiled
def part_within(cost: Any, remaining: Any, length_um: Any) -> Any:
    """The longest part of an edge that costs at most `remaining`: largest x with floor(cost·x/length) <= it."""
    if cost <= remaining:
        return length_um
    quotient, remainder = scaled(remaining + 1, length_um, cost)
    return quotient if remainder > 0 else quotient - 1


@compiled
def _roomy(heap: Any, size: Any, more: Any) -> Any:
    """The heap with room for `more` keys beside its `size`."""
    if size + more <= heap.size:
        return heap
    larger = np.empty(2 * (size + more), np.int64)
    larger[:size] = heap[:size]
    return larger


@compiled
def _push(heap: Any, size: Any, key: Any) -> Any:
    """Add `key` to the `size` keys of a heap with room; it returns nothing, so that no array is counted."""
    child = size
    while child > 0:
        parent = (child - 1) >> 1
        if heap[parent] <= key:
            break
        heap[child] = heap[parent]
        child = parent
    heap[child] = key


@compiled
def _pop(heap: Any, size: Any) -> Any:
    """Remove the first of `size` keys."""
    last = heap[size - 1]
    hole = 0
    while True:
        child = 2 * hole + 1
        if child >= size - 1:
            break
        if child + 1 < size - 1 and heap[child + 1] < heap[child]:
            child += 1
        if heap[child] >= last:
            break
        heap[hole] = heap[child]
        hole = child
    heap[hole] = last


@compiled
def _settle(  # noqa: PLR0917 - inlined by the compiler
    arcs: Arcs, distance: Any, heap: Any, size: Any, nodes: Any, costs: Any, begin: Any, limit: Any, bits: Any
) -> Any:
    """Empty the heap: nodes and costs from `begin` on, in order of cost; arrays grow as needed."""
    found, mask = begin, (1 << bits) - 1
    while size > 0:
        here, at = heap[0] >> bits, heap[0] & mask
        _pop(heap, size)
        size -= 1
        if here > distance[at]:
            continue
        if found == nodes.size:
            more_nodes, more_costs = np.empty(2 * found, np.int32), np.empty(2 * found, np.int64)
            more_nodes[:found], more_costs[:found] = nodes, costs
            nodes, costs = more_nodes, more_costs
        nodes[found], costs[found] = at, here
        found += 1
        if size + arcs.start[at + 1] - arcs.start[at] > heap.size:
            heap = _roomy(heap, size, arcs.start[at + 1] - arcs.start[at])
        for arc in range(arcs.start[at], arcs.start[at + 1]):
            further, node = here + arcs.cost[arc], arcs.target[arc]
            if further <= limit and further < distance[node]:
                distance[node] = further
                _push(heap, size, (further << bits) | node)
                size += 1
    return heap, nodes, costs, found


@compiled
def search_each(arcs: Arcs, seeds: Seeds, first: int, last: int, limit: int, bits: int) -> Any:
    """Bounded searches from the origins first..last-1, each by itself.

    Returns how many nodes each origin reached (its ties and order: cost, then node), and all nodes and costs.
    """
    distance = np.full(arcs.start.size - 1, UNREACHABLE, np.int64)
    heap = np.empty(1024, np.int64)
    nodes, costs = np.empty(65536, np.int32), np.empty(65536, np.int64)
    counts = np.zeros(last - first, np.int64)
    found = 0
    for origin in range(first, last):
        begin, size = found, 0
        heap = _roomy(heap, 0, seeds.start[origin + 1] - seeds.start[origin])
        for seed in range(seeds.start[origin], seeds.start[origin + 1]):
            node, cost = seeds.node[seed], seeds.cost[seed]
            if cost <= limit and cost < distance[node]:
                distance[node] = cost
                _push(heap, size, (cost << bits) | node)
                size += 1
        heap, nodes, costs, found = _settle(arcs, distance, heap, size, nodes, costs, begin, limit, bits)
        for index in range(begin, found):
            distance[nodes[index]] = UNREACHABLE
        counts[origin - first] = found - begin
    return counts, nodes[:found].copy(), costs[:found].copy()


@compiled
def _offer(best: Any, cost: Any, station: Any) -> Any:
    """Keep the two best of distinct stations in `best` = [cost, station, cost, station]; True when kept."""
    if cost > best[2] or (cost == best[2] and station >= best[3]):
        return False
    if station == best[1]:
        if cost >= best[0]:
            return False
        best[0] = cost
    elif cost < best[0] or (cost == best[0] and station < best[1]):
        best[2], best[3] = best[0], best[1]
        best[0], best[1] = cost, station
    else:
        best[2], best[3] = cost, station
    return True


@compiled
def spread_labels(labels: Any, arcs: Arcs, limit: Any, bits: Any, heap: Any, size: Any) -> None:
    """Carry the labels of the nodes on the heap on to their neighbours, until nothing gets better."""
    mask = (1 << bits) - 1
    while size > 0:
        here, at = heap[0] >> bits, heap[0] & mask
        _pop(heap, size)
        size -= 1
        for slot in range(0, 4, 2):
            if labels[at, slot] != here:
                continue
            station = labels[at, slot + 1]
            heap = _roomy(heap, size, arcs.start[at + 1] - arcs.start[at])
            for arc in range(arcs.start[at], arcs.start[at + 1]):
                further, node = here + arcs.cost[arc], arcs.target[arc]
                if further <= limit and _offer(labels[node], further, station):
                    _push(heap, size, (further << bits) | node)
                    size += 1


@compiled
def label_nodes(arcs: Arcs, seeds: Seeds, limit: int, bits: int) -> Ints:
    """Nearest and second nearest distinct station of every node, (n, 4) int64: cost, station, cost, station.

    A node is taken up again when a label of equal cost but lower station arrives late, therefore ties do
    not depend on the order of the heap. Exact up to `limit`; beyond it UNREACHABLE.
    """
    labels = np.full((arcs.start.size - 1, 4), UNREACHABLE, np.int64)
    heap, size = np.empty(4096, np.int64), 0
    heap = _roomy(heap, 0, seeds.node.size)
    for station in range(seeds.start.size - 1):
        for seed in range(seeds.start[station], seeds.start[station + 1]):
            node, cost = seeds.node[seed], seeds.cost[seed]
            if cost <= limit and _offer(labels[node], cost, station):
                _push(heap, size, (cost << bits) | node)
                size += 1
    spread_labels(labels, arcs, limit, bits, heap, size)
    return labels


@compiled
def label_points(  # noqa: PLR0917 - kernels take plain positional arguments
    labels: Ints,
    edges: Edges,
    points: Places,
    stations: Places,
    direct: Places,
    first: int,
    last: int,
    limit: int,
) -> Ints:
    """The two best stations of the points first..last-1, (points, 4): cost, station, cost, station.

    `points` has the edges of each point's links in rows, `stations` the stations linked to each edge,
    `direct` the stations a point reaches without a street.
    """
    best = np.full((last - first, 4), UNREACHABLE, np.int64)
    for point in range(first, last):
        mine = best[point - first]
        for pair in range(direct.start[point], direct.start[point + 1]):
            if direct.leg[pair] <= limit:
                _offer(mine, direct.leg[pair], direct.who[pair])
        for link in range(points.start[point], points.start[point + 1]):
            edge, at, leg = points.who[link], points.position[link], points.leg[link]
            length = edges.length[edge]
            if edges.forward[edge] >= 0 or at == length:  # who stands at a node needs no permission
                begun = leg + part_cost(edges.forward[edge], length - at, length)
                _offer_node(mine, labels[edges.v[edge]], begun, limit)
            if edges.backward[edge] >= 0 or at == 0:
                begun = leg + part_cost(edges.backward[edge], at, length)
                _offer_node(mine, labels[edges.u[edge]], begun, limit)
            for near in range(stations.start[edge], stations.start[edge + 1]):
                ahead = stations.position[near] - at
                each_way = edges.forward[edge] if ahead >= 0 else edges.backward[edge]
                if each_way >= 0 or ahead == 0:
                    part = part_cost(each_way, abs(ahead), length) if ahead != 0 else 0
                    if leg + part + stations.leg[near] <= limit:
                        _offer(mine, leg + part + stations.leg[near], stations.who[near])
    return best


@compiled
def _offer_node(mine: Any, label: Any, begun: Any, limit: Any) -> Any:
    for slot in range(0, 4, 2):
        if label[slot] < UNREACHABLE and begun + label[slot] <= limit:
            _offer(mine, begun + label[slot], label[slot + 1])


@compiled
def reach_parts(
    arcs: Arcs, edges: Edges, links: Places, reach: Seeds, first: int, last: int, limit: int
) -> Any:
    """Reached parts of edges of the origins first..last-1: columns origin, edge, from µm, to µm; may overlap.

    `reach` holds each origin's reached nodes and costs in rows, `links` the edges each origin is linked to.
    """
    room = links.start[last] - links.start[first]
    for origin in range(first, last):
        for index in range(reach.start[origin], reach.start[origin + 1]):
            room += arcs.start[reach.node[index] + 1] - arcs.start[reach.node[index]]
    parts = np.empty((room, 4), np.int64)
    used = 0
    for origin in range(first, last):
        for index in range(reach.start[origin], reach.start[origin + 1]):
            node, remaining = reach.node[index], limit - reach.cost[index]
            for arc in range(arcs.start[node], arcs.start[node + 1]):
                edge = arcs.edge[arc]
                length = edges.length[edge]
                within = part_within(arcs.cost[arc], remaining, length)
                parts[used, 0], parts[used, 1] = origin, edge
                parts[used, 2] = length - within if arcs.forward[arc] else 0
                parts[used, 3] = length if arcs.forward[arc] else within
                used += 1
        for link in range(links.start[origin], links.start[origin + 1]):
            edge, at, remaining = links.who[link], links.position[link], limit - links.leg[link]
            if remaining < 0:
                continue
            length, cost, back = edges.length[edge], edges.forward[edge], edges.backward[edge]
            parts[used, 0], parts[used, 1] = origin, edge
            parts[used, 2] = max(0, at - part_within(cost, remaining, length)) if cost >= 0 else at
            parts[used, 3] = min(length, at + part_within(back, remaining, length)) if back >= 0 else at
            used += 1
    return parts[:used]


@compiled
def search_tree(arcs: Arcs, seeds: Seeds, origin: int, limit: int, bits: int) -> Any:
    """One origin's search with the arc each node was reached by (-1: a seed or unreached); costs and arcs (n)."""
    distance = np.full(arcs.start.size - 1, UNREACHABLE, np.int64)
    came_by = np.full(arcs.start.size - 1, -1, np.int64)
    heap, size, mask = np.empty(1024, np.int64), 0, (1 << bits) - 1
    heap = _roomy(heap, 0, seeds.start[origin + 1] - seeds.start[origin])
    for seed in range(seeds.start[origin], seeds.start[origin + 1]):
        node, cost = seeds.node[seed], seeds.cost[seed]
        if cost <= limit and cost < distance[node]:
            distance[node] = cost
            _push(heap, size, (cost << bits) | node)
            size += 1
    while size > 0:
        here, at = heap[0] >> bits, heap[0] & mask
        _pop(heap, size)
        size -= 1
        if here > distance[at]:
            continue
        heap = _roomy(heap, size, arcs.start[at + 1] - arcs.start[at])
        for arc in range(arcs.start[at], arcs.start[at + 1]):
            further, node = here + arcs.cost[arc], arcs.target[arc]
            if further <= limit and further < distance[node]:
                distance[node], came_by[node] = further, arc
                _push(heap, size, (further << bits) | node)
                size += 1
    return distance, came_by
