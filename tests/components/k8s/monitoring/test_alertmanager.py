from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from components.k8s.monitoring.alertmanager import FOLDER, Mail, Receivers, config, files
from tests.components.k8s.monitoring.cases import alerts
from tests.components.k8s.monitoring.promql import labels_of
from tests.components.k8s.monitoring.test_rules import known

MAIL = Mail(to="sre@example.com", sender="alerts@example.com", relay="smtp.example.com:587", user="mailer")
ALL = Receivers(pager=True, chat=True, heartbeat=True, mail=MAIL)
NONE = Receivers()

anybody = pytest.mark.parametrize(
    "receivers", [NONE, ALL, Receivers(mail=MAIL), Receivers(chat=True)], ids=["none", "all", "mail", "chat"]
)


def routes(route: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield route
    for inner in route.get("routes", ()):
        yield from routes(inner)


def told(labels: Mapping[str, str], receivers: Receivers = ALL) -> dict[str, Any]:
    """The receiver that Alertmanager gives an alert to: the first route that matches, or the root."""
    written = config(receivers)
    for route in written["route"]["routes"]:
        pairs = [re.fullmatch(r'(\w+)="(.*)"', matcher) for matcher in route["matchers"]]
        if all(pair and labels.get(pair[1]) == pair[2] for pair in pairs):
            return next(one for one in written["receivers"] if one["name"] == route["receiver"])
    return next(one for one in written["receivers"] if one["name"] == written["route"]["receiver"])


@anybody
def test_every_route_leads_to_somebody_who_is_there(receivers: Receivers) -> None:
    written = config(receivers)
    there = [one["name"] for one in written["receivers"]]
    assert len(there) == len(set(there))
    assert {route["receiver"] for route in routes(written["route"])} <= set(there)


def test_a_page_wakes_somebody_and_a_ticket_does_not() -> None:
    assert "pagerduty_configs" in told({"alertname": "KillSwitchActive", "severity": "page"})
    assert "pagerduty_configs" not in told({"alertname": "CostBudget80", "severity": "ticket"})


def test_an_alert_of_somebody_elses_without_our_severity_is_not_lost() -> None:
    assert "email_configs" in told({"alertname": "SomethingElse", "severity": "critical"})


def test_the_watchdog_goes_to_the_heartbeat_alone_and_at_each_turn_of_a_minute() -> None:
    receiver = told({"alertname": "Watchdog", "severity": "none"})
    assert receiver.keys() == {"name", "webhook_configs"}
    route = config(ALL)["route"]["routes"][0]
    assert (route["group_interval"], route["repeat_interval"]) == ("1m", "50s")


def test_without_a_pager_a_page_still_reaches_people() -> None:
    receiver = told({"severity": "page"}, Receivers(mail=MAIL))
    assert receiver.keys() == {"name", "email_configs"}


def test_no_key_and_no_address_of_a_receiver_is_in_the_configuration() -> None:
    text = json.dumps(config(ALL))
    for word in ("routing_key", "api_url", "smtp_auth_password", "url"):
        assert f'"{word}"' not in text
    named = set(re.findall(rf'"{FOLDER}/([\w-]+)"', text))
    assert named == set(files(ALL))


def test_only_the_files_that_are_read_are_asked_for() -> None:
    assert files(NONE) == ()
    assert files(Receivers(chat=True)) == ("chat",)


def test_mail_goes_out_over_tls_or_not_at_all() -> None:
    assert config(ALL)["global"]["smtp_require_tls"] is True
    assert not [key for key in config(NONE)["global"] if key.startswith("smtp")]


@pytest.mark.parametrize("rule", config(ALL)["inhibit_rules"], ids=lambda rule: rule["source_matchers"][0])
def test_what_explains_and_what_is_explained_are_alerts_that_have_the_labels_in_common(
    rule: dict[str, Any],
) -> None:
    """A label that neither has counts as equal: the wrong ones would be kept quiet."""
    (source,), (target,) = rule["source_matchers"], rule["target_matchers"]
    cause = source.removeprefix('alertname="').removesuffix('"')
    pattern = target.removeprefix('alertname=~"').removesuffix('"')
    followers = [name for name in alerts() if re.fullmatch(pattern, name)]
    assert cause in alerts()
    assert cause not in followers
    for part in pattern.split("|"):
        assert any(re.fullmatch(part, name) for name in alerts()), part
    series = known()
    for name in (cause, *followers):
        assert set(rule["equal"]) <= labels_of(alerts()[name].expr, series), name


def test_only_a_page_keeps_a_page_quiet() -> None:
    for rule in config(ALL)["inhibit_rules"]:
        cause = rule["source_matchers"][0].removeprefix('alertname="').removesuffix('"')
        pattern = rule["target_matchers"][0].removeprefix('alertname=~"').removesuffix('"')
        quiet = {alert.severity for name, alert in alerts().items() if re.fullmatch(pattern, name)}
        assert alerts()[cause].severity == "page" or quiet == {"ticket"}, cause


def test_nothing_keeps_the_watchdog_or_the_kill_switch_quiet() -> None:
    patterns = [
        rule["target_matchers"][0].removeprefix('alertname=~"')[:-1] for rule in config(ALL)["inhibit_rules"]
    ]
    for name in ("Watchdog", "KillSwitchActive", "PositionLimitBreach"):
        assert not [pattern for pattern in patterns if re.fullmatch(pattern, name)]
