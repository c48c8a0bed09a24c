"""The report as a page that needs nothing else."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from config.services import KNOWN
from plan.diff import diff
from plan.resource import Plan
from report.html import page
from report.html.drawing import draw
from report.model import Report
from report.picture import see
from tests.report.sample import (
    AWS,
    CLUSTER,
    DEPLOYMENT,
    SECRET,
    SUBNET,
    VPC,
    changed,
    issue,
    judgement,
    plan,
    replaces,
    report,
    without,
)
from tests.support import STACKS, TWO_REGIONS, planned

VOID = {"meta", "br", "rect", "line", "path", "link", "img", "input"}


class Outline(HTMLParser):
    """Tags in their nesting, attributes and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag, f"</{tag}> closes something else"


def full() -> Report:
    old = changed(plan(), CLUSTER, engine="aurora-mysql")
    return Report(
        plan(),
        judgement(issue(VPC), issue(SUBNET, outcome="unknown")),
        diff(old, plan(), replaces=replaces),
        "x",
    )


def test_every_tag_is_closed_and_every_id_is_there_once() -> None:
    found = Outline(page.render(full()))
    ids = [attrs["id"] for _, attrs in found.seen if "id" in attrs]
    assert found.open == []
    assert len(ids) == len(set(ids))
    wanted = {name for _, attrs in found.seen for name in (attrs.get("aria-labelledby") or "").split()}
    assert wanted <= set(ids)


def test_it_asks_nothing_of_the_network_and_runs_no_script() -> None:
    text = page.render(full())
    tags = {tag for tag, _ in Outline(text).seen}
    assert not tags & {"script", "link", "img", "iframe", "object", "use"}
    assert not re.search(r"@import|url\(|src=|\son\w+=", text)
    assert set(re.findall(r"https?://[^\s\"<]+", text)) == {"http://www.w3.org/2000/svg"}


def test_it_is_readable_by_a_screen_reader() -> None:
    found = Outline(page.render(full()))
    assert ("html", {"lang": "en"}) in found.seen
    levels = [int(tag[1]) for tag, _ in found.seen if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert all(below - above <= 1 for above, below in pairwise(levels))
    picture = next(attrs for tag, attrs in found.seen if tag == "svg")
    assert picture["role"] == "img"
    assert "network: 10.16.0.0/16" in page.render(full()).partition('<desc id="pd">')[2]


def test_no_secret_is_in_it_and_its_place_is_marked() -> None:
    clear = changed(plan(), CLUSTER, masterPassword="was-in-the-clear")
    text = page.render(Report(plan(), judgement(), diff(clear, plan(), replaces=replaces), "x"))
    assert SECRET not in text
    assert "was-in-the-clear" not in text
    assert '<span class="mark secret">secret</span></td>' in text


def test_what_a_deployment_will_tell_is_marked() -> None:
    assert '<code>vpcId</code></th><td><span class="mark unknown">' in page.render(report())


def test_a_loss_of_data_comes_before_everything_else() -> None:
    text = page.render(full())
    assert text.index("Data would be lost") < text.index("Architecture")
    assert "Not to be deployed:</strong> something protected would be lost" in text
    assert "May be deployed" in page.render(report())
    assert "Data would be lost" not in page.render(report())


def test_names_from_a_plan_are_never_markup() -> None:
    hostile = '<script>alert("x")</script>'
    renamed = changed(plan(), DEPLOYMENT, metadata={"name": hostile, "namespace": hostile})
    renamed = changed(renamed, AWS, region=hostile)
    found = Report(renamed, judgement(issue(VPC, message=hostile, fix=hostile)))
    assert "<script" not in page.render(found)
    assert "&lt;script&gt;" in page.render(found)


def test_a_plan_without_a_known_network_is_drawn_as_tiles() -> None:
    found = see(without(plan(), VPC, SUBNET))
    assert [tile.title for tile in found.regions[0].tiles] == ["network", "database"]
    assert "<svg" in draw(found, "")


def test_a_plan_without_a_cloud_has_no_picture_and_is_a_page_all_the_same() -> None:
    text = page.render(Report(without(plan(), AWS), judgement()))
    assert "<svg" not in text
    assert "platform" in text


def test_an_empty_plan_is_a_page_too() -> None:
    nothing = replace(plan(), resources=())
    assert Outline(page.render(Report(nothing, judgement()))).open == []


@pytest.fixture(params=STACKS)
def shipped(request: pytest.FixtureRequest) -> Plan:
    return planned(request.param, "preview")


def test_no_word_of_a_shipped_stacks_picture_leaves_its_frame(shipped: Plan) -> None:
    svg = draw(see(shipped), "")
    width, height = map(float, re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg).groups())  # pyright: ignore[reportOptionalMemberAccess]
    for x, y, wide, tall in re.findall(
        r'<rect [^>]*x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"', svg
    ):
        assert float(x) + float(wide) <= width
        assert float(y) + float(tall) <= height


def test_a_shipped_stacks_picture_shows_its_zones_cluster_database_and_services(shipped: Plan) -> None:
    drawn = draw(see(shipped), "")
    *regions, common = see(shipped).regions
    assert len(regions) == (2 if shipped.stack in TWO_REGIONS else 1)
    assert [region.title.endswith("stands by") for region in regions] == [False, True][: len(regions)]
    stores = [region.store for region in regions if region.store]
    assert [store.instances[0] for store in stores] == ["writer", "copy"][: len(regions)]
    assert {"failover", "audit", "budget"} <= {tile.title for tile in common.tiles}
    for region in regions:
        tiers = {subnet.tier for zone in region.zones for subnet in zone.subnets}
        assert tiers == {"public", "private", "database"}
        assert any(zone.nat for zone in region.zones)
        assert region.cluster is not None
        assert region.store is not None
        shown = {
            found.name: found.replicas for space in region.cluster.namespaces for found in space.workloads
        }
        assert shown.keys() == KNOWN.keys()
        assert "-" in shown["api"], "from how many pods to how many"
        for words in (region.title, region.cluster.title, region.store.title, region.store.door, "api"):
            assert f">{words}</text>" in drawn
