"""The architecture picture, drawn: a region holds its network, the network its zones and tiers.

Columns are zones, rows are tiers; the cluster lies across the private row and the database across
the row that no route leads out of, because that is where they are. What is not in the network stands
beside it. All measures are px of the SVG's own coordinate system; the page scales it.
"""

from __future__ import annotations

from html import escape
from typing import Final

from report.html.svg import Canvas, chip_width, width_of
from report.scene import Cluster, Namespace, Picture, Region, Store, Subnet, Tile, Zone

__all__ = ["draw"]

WIDTH: Final = 1120.0
PAD: Final = 18.0
GAP: Final = 12.0
SIDE: Final = 292.0
"""Width of the column beside the network."""
HEAD: Final = 44.0
"""Height of a box's heading."""
STRIP: Final = 34.0
"""Height of a subnet's own line in its row."""
RANGE: Final = 82.0
"""Where a subnet's range begins, after the tier's name."""
POOL: Final = 44.0
CARD: Final = 58.0
"""Height of a service's card."""
CARD_WIDTH: Final = 158.0
WIDEST: Final = 240.0
"""A card's least and greatest width: few services get more room."""
TIERS: Final = ("public", "private", "database")
MEANING: Final = {
    "public": "load balancers and ways out",
    "private": "machines and pods",
    "database": "no route leads out",
}


def draw(picture: Picture, description: str) -> str:
    """The picture as an ``<svg>`` element; ``description`` is what a screen reader says of it."""
    canvas, y = Canvas(), 0.0
    for region in picture.regions:
        y += _region(canvas, region, y) + GAP * 2
    height = max(y - GAP * 2, 1)
    return (
        f'<svg class="picture" viewBox="0 0 {WIDTH:g} {height:g}" role="img" aria-labelledby="pt pd" '
        f'xmlns="http://www.w3.org/2000/svg"><title id="pt">Architecture</title>'
        f'<desc id="pd">{escape(description)}</desc>{"".join(canvas.strokes)}</svg>'
    )


def _region(canvas: Canvas, region: Region, top: float) -> float:
    inner = top + HEAD
    tiles, network = Canvas(), Canvas()
    if region.zones:
        tall = _network(network, region, PAD, inner, WIDTH - 3 * PAD - SIDE)
        beside = _fitting(region.tiles, tall)
        tall = max(tall, _column(tiles, region.tiles[:beside], WIDTH - PAD - SIDE, inner, SIDE))
        if below := region.tiles[beside:]:
            tall += GAP + _grid(tiles, below, inner + tall + GAP)
    else:
        tall = _grid(tiles, region.tiles, inner)
    height = HEAD + tall + PAD
    canvas.box(0.5, top + 0.5, WIDTH - 1, height - 1, "region", 16)
    canvas.text(PAD, top + 28, region.title, "title", size=15)
    canvas.strokes += network.strokes + tiles.strokes
    return height


def _network(canvas: Canvas, region: Region, x: float, y: float, width: float) -> float:
    inside, cursor = Canvas(), y + HEAD
    cursor = _zone_names(inside, region.zones, x, cursor, width)
    for tier in TIERS:
        cursor = _tier(inside, region, tier, x + PAD, cursor, width - 2 * PAD) + GAP
    height = cursor - y + 2
    canvas.box(x, y, width, height, "network", 12)
    canvas.text(x + PAD, y + 27, "network", "label", size=14)
    right = x + width - PAD
    for edge in reversed(region.edges):
        right = inside.chip(right, y + 13.5, edge, "edge") - 6
    named = x + PAD + width_of("network", 14) + 16
    canvas.text(named, y + 27, region.network, "quiet", size=12.5, room=right - named)
    canvas.strokes += inside.strokes
    return height


def _column_of(index: int, count: int, x: float, width: float) -> tuple[float, float]:
    each = (width - GAP * (count - 1)) / count
    return x + index * (each + GAP), each


def _zone_names(canvas: Canvas, zones: tuple[Zone, ...], x: float, y: float, width: float) -> float:
    for index, zone in enumerate(zones):
        left, each = _column_of(index, len(zones), x + PAD, width - 2 * PAD)
        canvas.text(left + each / 2, y + 10, zone.name, "zone-name", size=11.5, anchor="middle")
    return y + 20


def _tier(canvas: Canvas, region: Region, tier: str, x: float, y: float, width: float) -> float:
    """One row: a column a zone with its range, and what lies across the row."""
    across, base = Canvas(), y + STRIP
    if tier == "private" and region.cluster:
        base = _cluster(across, region.cluster, x + GAP, base, width - 2 * GAP) + GAP
    if tier == "database" and region.store:
        if region.store.door and region.cluster:
            _door(across, region.store.door, _between_zones(len(region.zones), x, width), y - 2 * GAP, base)
        base = _store(across, region.store, x + GAP, base, width - 2 * GAP) + GAP
    for index, zone in enumerate(region.zones):
        left, each = _column_of(index, len(region.zones), x, width)
        subnet = next((found for found in zone.subnets if found.tier == tier), Subnet(tier, ""))
        canvas.box(left, y, each, base - y, f"subnet {tier}", 8)
        canvas.text(left + 12, y + 21, tier, f"tier {tier}", size=12)
        canvas.text(left + RANGE, y + 21, subnet.cidr, "mono", size=11)
        if tier == "public" and zone.nat:
            canvas.chip(left + each - 9, y + 7.5, "NAT", "way-out")
        elif len(region.zones) == 1 or each > 260:  # noqa: PLR2004 - px that the hint needs
            canvas.text(left + each - 12, y + 21, MEANING[tier], "hint", size=10.5, anchor="end")
    canvas.strokes += across.strokes
    return base


def _between_zones(count: int, x: float, width: float) -> float:
    """The gap between two columns that is nearest to the middle: a stroke there crosses no word."""
    left, _ = _column_of(count // 2, count, x, width)
    return left - GAP / 2 if count > 1 else x + width * 0.6


def _cluster(canvas: Canvas, cluster: Cluster, x: float, y: float, width: float) -> float:
    inside, cursor = Canvas(), y + 36
    for index, pool in enumerate(cluster.pools):
        left, each = _column_of(index, len(cluster.pools), x + GAP, width - 2 * GAP)
        inside.box(left, cursor, each, POOL, "pool", 7)
        inside.text(
            left + 12, cursor + 18, f"{pool.size} machines, {pool.title}", "label", size=12, room=each - 24
        )
        inside.text(left + 12, cursor + 34, pool.machines, "mono", size=10.5, room=each - 24)
    cursor += POOL + GAP if cluster.pools else 0
    for namespace in cluster.namespaces:
        cursor += _namespace(inside, namespace, x + GAP, cursor, width - 2 * GAP) + GAP
    canvas.box(x, y, width, cursor - y, "cluster", 10)
    canvas.text(x + 14, y + 24, cluster.title, "label", size=13.5)
    if cluster.protected:
        canvas.shield(x + width - 10, y + 9)
    canvas.strokes += inside.strokes
    return cursor


def _namespace(canvas: Canvas, namespace: Namespace, x: float, y: float, width: float) -> float:
    count, room = max(len(namespace.workloads), 1), width - 2 * GAP
    per_row = max(int((room + GAP) // (CARD_WIDTH + GAP)), 1)
    wide = max(min((room - GAP * (min(count, per_row) - 1)) / count, WIDEST), CARD_WIDTH)
    tall = 34 + -(-count // per_row) * (CARD + 8)
    canvas.box(x, y, width, tall, "namespace", 8)
    canvas.text(x + GAP, y + 20, f"namespace {namespace.name}", "quiet", size=11.5)
    for index, workload in enumerate(namespace.workloads):
        left = x + GAP + (index % per_row) * (wide + GAP)
        top = y + 30 + (index // per_row) * (CARD + 8)
        canvas.box(left, top, wide, CARD, "card", 7)
        canvas.text(left + 12, top + 23, workload.name, "label", size=13, room=wide - 66)
        canvas.chip(left + wide - 8, top + 9, f"× {workload.replicas}", "count")
        canvas.text(left + 12, top + 43, workload.detail, "mono", size=10.5, room=wide - 20)
    return tall


def _door(canvas: Canvas, door: str, x: float, top: float, bottom: float) -> None:
    """The one way in: an arrow from the cluster to the database, with its port."""
    canvas.line(x, top, x, bottom - 5, "way")
    canvas.strokes.append(f'<path class="head" d="M{x - 5:g} {bottom - 7:g} h10 l-5 7 z"/>')
    canvas.chip(x + chip_width(door) / 2, top + 9.5, door, "door")


def _store(canvas: Canvas, store: Store, x: float, y: float, width: float) -> float:
    tall = 60.0
    canvas.box(x, y, width, tall, "store", 10)
    canvas.text(x + 14, y + 25, store.title, "label", size=13.5)
    canvas.text(x + 14, y + 45, store.summary, "quiet", size=11.5, room=width - 230)
    right = x + width - 10
    if store.protected:
        canvas.shield(right, y + 9)
    for name in reversed(store.instances):
        right = canvas.chip(right, y + 33, name, "count") - 6
    return y + tall


def _column(canvas: Canvas, tiles: tuple[Tile, ...], x: float, y: float, width: float) -> float:
    cursor = y
    for tile in tiles:
        cursor += _tile(canvas, tile, x, cursor, width) + GAP
    return cursor - y - GAP if tiles else 0.0


def _fitting(tiles: tuple[Tile, ...], room: float) -> int:
    """How many tiles find room beside the network; the others stand below."""
    used = [_tile(Canvas(), tile, 0, 0, SIDE) + GAP for tile in tiles]
    return sum(sum(used[: index + 1]) - GAP <= room for index in range(len(used)))


def _grid(canvas: Canvas, tiles: tuple[Tile, ...], y: float) -> float:
    """Three columns of tiles: what has no room beside a network, or belongs to none."""
    columns = [0.0, 0.0, 0.0]
    for index, tile in enumerate(tiles):
        left, each = _column_of(index % 3, 3, PAD, WIDTH - 2 * PAD)
        columns[index % 3] += _tile(canvas, tile, left, y + columns[index % 3], each) + GAP
    return max(columns)


def _tile(canvas: Canvas, tile: Tile, x: float, y: float, width: float) -> float:
    """A room beside the network: its line, and its own things as capsules."""
    inside, left, cursor = Canvas(), x + 14, y + 54
    for item in tile.items:
        wide = chip_width(item)
        if left + wide > x + width - 10 and left > x + 14:
            left, cursor = x + 14, cursor + 25
        inside.chip(left + wide, cursor, item, "item")
        left += wide + 6
    height = (cursor + 19 if tile.items else y + 46) - y + 12
    canvas.box(x, y, width, height, "tile", 10)
    canvas.text(x + 14, y + 24, tile.title, "label", size=13.5)
    canvas.text(x + 14, y + 43, tile.summary, "quiet", size=11.5, room=width - 28)
    if tile.protected:
        canvas.shield(x + width - 10, y + 9)
    canvas.strokes += inside.strokes
    return height
