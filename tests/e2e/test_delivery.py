"""Delivery for real: the shipped objects, judged by a real Prometheus and moved by the real Argo Rollouts.

A minute is a second here, so the times in the table are of a hurried judgement; what follows a verdict or a
person's word is not hurried by anything. Argo's Gateway API plugin is a stand-in (`lab.controllers`).
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Final

import pytest

from components.k8s.delivery import Delivery, rollout_strategy
from lab.cluster import Cluster
from lab.controllers import Rollouts
from lab.kubernetes import eventually
from lab.prometheus import Prometheus, as_proxy
from lab.toolchain import Unavailable
from lab.workload import Workload, served
from tests.e2e.delivery_bench import (
    AT_ONCE,
    LATENCY,
    NAMESPACE,
    ORDERS,
    PODS,
    REQUESTS,
    SECONDS,
    SERVICE,
    WITHIN,
    Bench,
    hurried,
    image_in,
    image_of,
    is_up,
    room_for_one,
    shipped,
)
from tests.engines import WALL_TIMES
from tests.support import ROOT, values

pytestmark = pytest.mark.e2e

CATALOGUE: Final = ROOT / "components" / "k8s" / "monitoring" / "metrics.csv"
JUDGED: Final = {"success-rate", "latency-against-stable", "order-reject-ratio"}
WATCHED: Final = 10
"""Answers that a share takes: one a minute."""
EVERY: Final = 0.5
"""Seconds between two scrapes: four in the window of a rate, as in truth."""


@pytest.mark.parametrize("kind", ["Rollout", "AnalysisTemplate"])
def test_nothing_of_the_shipped_objects_is_changed_here_but_time(kind: str) -> None:
    before = dict(values(shipped()[f"{kind}/{SERVICE}"]))
    after = dict(values(hurried(shipped()[f"{kind}/{SERVICE}"])))
    changed = {path for path in before if before[path] != after[path]}
    assert before.keys() == after.keys()
    assert changed
    for path in changed:
        was, now = before[path], after[path]
        if isinstance(was, int):
            assert path.rpartition(".")[2] in SECONDS
        else:
            assert not re.search(r"\d+m\b", str(now))
            assert re.sub(r"\d+[ms]\b", "", str(was)) == re.sub(r"\d+[ms]\b", "", str(now))


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[Bench]:
    """The service as it was first deployed, in a cluster of its own."""
    room = tmp_path_factory.mktemp("delivery")
    times = pytestconfig.stash.setdefault(WALL_TIMES, [])
    made = shipped()
    workload = Workload(CATALOGUE)
    for name in workload.names:
        workload.remove(name)  # nobody asks for the rest of the platform here
    try:
        with (
            served(workload, 0) as target,
            Prometheus(room / "prometheus", targets=[target], every=EVERY) as prometheus,
            Cluster(room / "cluster") as cluster,
            Rollouts(cluster, as_proxy(prometheus)),
        ):
            found = Bench(
                cluster.client,
                workload,
                prometheus,
                rollout=made[f"Rollout/{SERVICE}"],
                note=lambda stage, seconds: times.append(("delivery", stage, seconds)),
                stables=[],
            )
            for one in made.values():
                assert cluster.client.apply(hurried(one)).warnings == (), one["kind"]
            found.scaled(PODS)
            first = image_in(found.rollout)
            eventually(lambda: found.is_healthy(first), "the first version is out", within=WITHIN)
            found.stables.append(first)
            yield found
    except Unavailable as reason:
        pytest.skip(f"NO REAL CLUSTER: {reason}")


@pytest.fixture
def bench(deployed: Bench) -> Bench:
    """One version is out, is well, and nothing else goes on."""
    stable = deployed.status()["stableRS"]
    (there,) = deployed.sets(stable)
    for name in (REQUESTS, ORDERS, LATENCY):
        deployed.workload.remove(name)
    deployed.serve(stable)
    deployed.released(image_in(there))
    eventually(lambda: deployed.is_healthy(image_in(there)), "the stable version is out", within=WITHIN)
    deployed.until(0)
    # Not before: Argo Rollouts 1.9.1 gets stuck on a new number of pods while it gets over an abort.
    deployed.scaled(PODS)
    eventually(lambda: deployed.ready(stable) == PODS, "it has as many pods as it had", within=WITHIN)
    return deployed


# Step by step --------------------------------------------------------------------------------------


def test_a_good_version_gets_its_traffic_share_by_share_and_each_is_judged(bench: Bench) -> None:
    image, old, started = image_of("good"), bench.status()["stableRS"], time.monotonic()
    with bench.followed() as seen:
        new = bench.released(image)
        bench.serve(new)
        bench.until(10)
        assert (bench.behind(SERVICE), bench.behind(f"{SERVICE}-canary")) == (old, new)
        assert bench.ready(new) == 2, "of one pod alone a single restart would be a verdict"
        bench.until(50)
        assert [run["status"]["phase"] for run in bench.runs(new)][:1] == ["Successful"]
        assert bench.ready(old) == PODS, "there is always a whole way back"
        eventually(lambda: bench.is_healthy(image), "the new version is out", within=WITHIN)
        bench.until(0)
    bench.stables.append(image)
    bench.note("good: all steps", time.monotonic() - started)
    assert [share for share in seen if share != 100] == [0, 10, 50, 0], "at the end all are moved at once"
    assert (bench.status()["stableRS"], bench.behind(SERVICE)) == (new, new)
    assert [run["status"]["phase"] for run in bench.runs(new)] == ["Successful", "Successful"]
    for run in bench.runs(new):
        asked = {one["name"]: one for one in run["status"]["metricResults"]}
        assert asked.keys() == JUDGED
        for name, one in asked.items():
            last = one["measurements"][-1]["value"]
            assert re.fullmatch(r"\[[\d.e-]+\]", last), f"{name} was good by {last}, which is no measurement"


# The way back --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("metric", "what", "bad"),
    [
        ("success-rate", "errors", {"errors": 0.05}),
        ("latency-against-stable", "slowness", {"seconds": 0.3}),
        ("order-reject-ratio", "rejections", {"rejects": 0.05}),
    ],
    ids=["errors", "slowness", "rejections"],
)
def test_a_version_that_turns_bad_loses_its_traffic_by_itself(
    bench: Bench, metric: str, what: str, bad: dict[str, float]
) -> None:
    old = bench.status()["stableRS"]
    with bench.followed() as seen:
        new = bench.released(image_of(metric))
        bench.serve(new)
        bench.until_answered(new, metric, "successful", 1)
        turned = time.time()
        bench.serve(new, **bad)
        scraped = bench.first_scrape_after(turned, new)
        failed = f"{metric} has failed"
        eventually(
            lambda: bench.answers(new, metric).get("phase") == "Failed", failed, within=WITHIN, every=AT_ONCE
        )
        judged = time.time()
        bench.until(0)
        ended = time.time()
    bench.note(f"{what}: scrape to 0 %", ended - scraped)
    bench.note("  of it after the verdict", ended - judged)
    assert seen == [0, 10, 0]
    eventually(lambda: bench.status().get("phase") == "Degraded", "people are told", within=WITHIN)
    assert f'Metric "{metric}" assessed Failed' in bench.status()["message"]
    assert (bench.status()["stableRS"], bench.behind(SERVICE), bench.ready(old)) == (old, old, PODS)


def test_a_version_that_nobody_can_judge_any_more_loses_its_traffic_too(bench: Bench) -> None:
    old = bench.status()["stableRS"]
    new = bench.released(image_of("unseen"))
    bench.serve(new)
    bench.until_answered(new, "success-rate", "successful", 1)
    bench.prometheus.stop()
    away = time.monotonic()
    try:
        bench.until(0)
        bench.note("no Prometheus: to 0 %", time.monotonic() - away)
    finally:
        bench.prometheus.start()
    eventually(lambda: bench.status().get("phase") == "Degraded", "people are told", within=WITHIN)
    assert "consecutiveErrors" in bench.status()["message"]
    assert (bench.status()["stableRS"], bench.ready(old)) == (old, PODS)


def test_the_way_back_is_judged_no_more_and_gets_no_request_before_all_its_pods_are_there(
    bench: Bench,
) -> None:
    if len(set(bench.stables)) == 1:
        bench.promoted(image_of("later"))
    back = next(image for image in bench.stables if image != bench.stables[-1])
    gone = "the pods of the old version are gone"
    eventually(lambda: not any(is_up(one, back) for one in bench.sets()), gone, within=WITHIN)
    with bench.followed() as seen, room_for_one(bench.client) as room_for_all:
        said = time.monotonic()
        old = bench.released(back)
        judged = len(bench.runs(old))
        bench.told_when_quiet(promoteFull=True)
        eventually(lambda: bench.ready(old) == 1, "one pod is there", within=WITHIN)
        time.sleep(2.0)
        assert bench.behind(SERVICE) != old
        room_for_all()
        eventually(lambda: bench.is_healthy(back), "the old version is out again", within=WITHIN)
    bench.stables.append(back)
    bench.note("way back to an older one", time.monotonic() - said)
    assert set(seen) == {0}, "some went to the first pod alone"
    assert bench.behind(SERVICE) == old
    assert len(bench.runs(old)) == judged


def test_a_version_that_was_turned_away_once_is_judged_again(bench: Bench) -> None:
    turned_away = bench.released(image_of("turned away"))
    bench.serve(turned_away)
    bench.until(10)
    eventually(lambda: len(bench.runs(turned_away)) == 1, "it is judged", within=WITHIN)
    told = bench.aborted()
    bench.until(0)
    bench.note("a person's abort: to 0 %", time.monotonic() - told)
    bench.promoted(image_of("newer than that"))
    with bench.followed() as seen:
        assert bench.released(image_of("turned away")) == turned_away
        bench.until(10)
        eventually(lambda: len(bench.runs(turned_away)) == 2, "it is judged again", within=WITHIN)
        bench.aborted()
        bench.until(0)
    assert seen == [0, 10, 0]


# Waiting -------------------------------------------------------------------------------------------


def test_with_too_little_traffic_to_tell_a_version_waits_while_the_autoscaler_and_people_act(
    bench: Bench,
) -> None:
    old = bench.status()["stableRS"]
    new = bench.released(image_of("quiet night"))
    bench.serve(new, rate=0.2)
    bench.until(10)
    bench.until_answered(new, "success-rate", "count", WATCHED + 2)
    assert bench.share() == 10
    assert bench.runs(new)[-1]["status"]["phase"] == "Running"
    bench.scaled(PODS + 2)
    eventually(lambda: bench.ready(old) == PODS + 2, "the stable pods follow the load", within=WITHIN)
    bench.told_when_quiet(currentStepIndex=2)  # promote
    bench.until(50)
    told = bench.aborted()
    bench.until(0)
    bench.note("abort while it waits: to 0 %", time.monotonic() - told)


# Blue-green ----------------------------------------------------------------------------------------

BLUE_GREEN: Final = rollout_strategy(SERVICE, NAMESPACE, Delivery(strategy="blue-green", percent=20))


def green(bench: Bench, image: str) -> str:
    """A second set that has its share, was judged, and waits for a word; its hash."""
    new = bench.released(image, BLUE_GREEN)
    bench.serve(new)
    bench.until(20)
    assert bench.ready(new) == PODS, "the whole second set comes before the first request"
    eventually(bench.is_paused, "it waits for a person", within=WITHIN)
    assert [run["status"]["phase"] for run in bench.runs(new)] == ["Successful"]
    return new


def test_blue_green_turns_all_over_at_a_persons_word_and_the_old_set_stays_for_a_while(bench: Bench) -> None:
    image, old = image_of("green"), bench.status()["stableRS"]
    with bench.followed() as seen:
        new = green(bench, image)
        bench.scaled(PODS + 1)
        both = "both sets follow the load"
        eventually(lambda: bench.ready(old) == bench.ready(new) == PODS + 1, both, within=WITHIN)
        bench.told_when_quiet(pauseConditions=None)
        told = time.monotonic()
        bench.until(100)
        bench.note("blue-green, a word: to 100 %", time.monotonic() - told)
        eventually(bench.is_paused, "the old set is kept for a while", within=WITHIN)
        assert (bench.ready(old), bench.behind(SERVICE)) == (PODS + 1, old)
        eventually(lambda: bench.is_healthy(image), "the new version is out", within=WITHIN)
        bench.until(0)
    bench.stables.append(image)
    assert seen == [0, 20, 100, 0]
    assert (bench.status()["stableRS"], bench.behind(SERVICE)) == (new, new)
    eventually(lambda: bench.ready(old) == 0, "the old set is gone", within=WITHIN)


def test_blue_green_goes_back_at_a_persons_word_to_a_set_that_never_went(bench: Bench) -> None:
    old = bench.status()["stableRS"]
    with bench.followed() as seen:
        green(bench, image_of("not green enough"))
        told = bench.aborted()
        bench.until(0)
        bench.note("blue-green, abort: to 0 %", time.monotonic() - told)
    assert seen == [0, 20, 0]
    assert (bench.status()["stableRS"], bench.behind(SERVICE), bench.ready(old)) == (old, old, PODS)
