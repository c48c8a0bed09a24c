from __future__ import annotations

import json
import re
from pathlib import PurePosixPath
from typing import Any

import pytest

from plan.resource import Plan
from tests.components.k8s.monitoring.elastic import applications, logs, one, template_of

BEATS = ("filebeat", "filebeat-audit")
each_beat = pytest.mark.parametrize("name", BEATS)


@pytest.fixture(scope="module")
def plan() -> Plan:
    return logs()


def beat(plan: Plan, name: str) -> dict[str, Any]:
    return one(plan, f"elk-{name}-beat")


def processors(plan: Plan, name: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for processor in beat(plan, name)["spec"]["config"]["processors"]:
        ((kind, settings),) = processor.items()
        found[kind] = settings
    return found


def takes(plan: Plan, name: str, path: str, line: str) -> list[str]:
    """The inputs that send a line of a file: as Filebeat chooses files and lines."""
    found: list[str] = []
    for files in beat(plan, name)["spec"]["config"]["filebeat.inputs"]:
        there = any(PurePosixPath(path).match(pattern) for pattern in files["paths"])
        left_out = any(re.search(one, path) for one in files["prospector.scanner"]["exclude_files"])
        only, never = files.get("include_lines"), files.get("exclude_lines", ())
        wanted = only is None or any(re.search(one, line) for one in only)
        if there and not left_out and wanted and not any(re.search(one, line) for one in never):
            found.append(files["id"])
    return found


def log_of(pod: str, file: str = "0.log") -> str:
    return f"/var/log/pods/{pod}_1b2c/main/{file}"


PLAIN = '{"level":"info","stream":"app","message":"order accepted"}'
AUDIT = '{"level":"info","stream": "audit","action":"kill_switch.throw","user":"alice"}'


@pytest.mark.parametrize(
    ("path", "line", "sent_by"),
    [
        (log_of("trading_api-7c4b"), PLAIN, {"filebeat"}),
        (log_of("trading_api-7c4b"), AUDIT, {"filebeat-audit"}),
        (log_of("trading_api-7c4b", "0.log.20261123-080000"), PLAIN, {"filebeat"}),
        (log_of("trading_api-7c4b", "0.log.20261123-080000.gz"), PLAIN, set[str]()),
        (log_of("gateway_envoy-0"), '{"method":"GET","response_code":200}', {"filebeat"}),
        (log_of("kube-system_coredns-1"), "[INFO] plugin/reload", {"filebeat"}),
        (log_of("kube-system_coredns-1"), AUDIT, {"filebeat"}),
        (log_of("logging_logs-es-hot-0"), PLAIN, {"filebeat"}),
        (log_of("logging_filebeat-beat-filebeat-x"), PLAIN, set[str]()),
        (log_of("logging_filebeat-audit-beat-filebeat-x"), PLAIN, set[str]()),
    ],
)
def test_a_line_is_sent_once_and_an_audit_event_to_the_audit_stream_alone(
    plan: Plan, path: str, line: str, sent_by: set[str]
) -> None:
    inputs = {name: takes(plan, name, path, line) for name in BEATS}
    assert {name for name, found in inputs.items() if found} == sent_by
    assert all(len(found) <= 1 for found in inputs.values())


@each_beat
def test_the_few_last_words_of_a_container_are_sent_too(plan: Plan, name: str) -> None:
    """Filebeat's default waits for the first kilobyte of a file."""
    for files in beat(plan, name)["spec"]["config"]["filebeat.inputs"]:
        assert files["type"] == "filestream", "the older inputs are disabled since version 9"
        assert files["prospector.scanner"]["fingerprint"] == {"enabled": True, "length": 64}


def test_inputs_remember_under_names_of_their_own(plan: Plan) -> None:
    for name in BEATS:
        ids = [files["id"] for files in beat(plan, name)["spec"]["config"]["filebeat.inputs"]]
        assert len(set(ids)) == len(ids)


@each_beat
def test_secrets_are_taken_out_before_anything_else_looks_at_a_line(plan: Plan, name: str) -> None:
    first = beat(plan, name)["spec"]["config"]["processors"][0]
    assert {field["field"] for field in first["replace"]["fields"]} == {"message"}


@each_beat
def test_a_line_cannot_say_of_itself_where_it_comes_from(plan: Plan, name: str) -> None:
    decoded = processors(plan, name)["decode_json_fields"]
    assert decoded["target"] == "json"
    assert not decoded.get("overwrite_keys")


@each_beat
def test_pod_and_namespace_are_read_from_the_name_of_the_file(plan: Plan, name: str) -> None:
    tokenizer = processors(plan, name)["dissect"]["tokenizer"]
    expression = re.sub(r"%\{\??([\w.]+)\}", lambda key: f"(?P<{key[1].replace('.', '_')}>[^/_]+)", tokenizer)
    found = re.fullmatch(expression, "/var/log/pods/trading_api-7c4b_1b2c-3d/main/0.log")
    assert found
    assert found.groupdict() == {
        "kubernetes_namespace": "trading",
        "kubernetes_pod_name": "api-7c4b",
        "kubernetes_pod_uid": "1b2c-3d",
        "kubernetes_container_name": "main",
        "file": "0.log",
    }


@each_beat
def test_it_holds_no_token_and_reads_as_root_without_a_capability(plan: Plan, name: str) -> None:
    (template,) = template_of(beat(plan, name))
    pod = template["spec"]
    (container,) = pod["containers"]
    assert pod["automountServiceAccountToken"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys()
    assert container["securityContext"] == {
        "runAsUser": 0,
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


@each_beat
def test_of_the_machine_it_sees_the_containers_logs_and_cannot_change_them(plan: Plan, name: str) -> None:
    (template,) = template_of(beat(plan, name))
    pod = template["spec"]
    folders = {
        volume["name"]: volume["hostPath"]["path"] for volume in pod["volumes"] if "hostPath" in volume
    }
    assert folders == {"logs": "/var/log/pods"}
    mounts = {mount["name"]: mount for mount in pod["containers"][0]["volumeMounts"]}
    assert mounts["logs"]["readOnly"] is True


@each_beat
def test_it_runs_on_every_machine_also_on_a_full_one_and_on_those_that_keep_others_off(
    plan: Plan, name: str
) -> None:
    (template,) = template_of(beat(plan, name))
    assert template["spec"]["tolerations"] == [{"operator": "Exists"}]
    assert template["spec"]["priorityClassName"] == "system-node-critical"


@each_beat
def test_template_policy_and_data_stream_have_one_name_which_eck_lets_filebeat_write_to(
    plan: Plan, name: str
) -> None:
    config = beat(plan, name)["spec"]["config"]
    index = config["output.elasticsearch.index"]
    assert index.startswith("filebeat-")
    assert config["setup.ilm"]["policy_name"] == index
    setup = config["setup.template"]
    assert {setup["name"], setup["pattern"], setup["json"]["name"]} == {index}
    assert setup["json"]["data_stream"] is True
    files = one(plan, f"elk-{name}-setup")["data"]
    assert json.loads(files["template.json"])["index_patterns"] == [index]


@each_beat
def test_what_it_puts_up_is_where_it_looks_for_it_and_a_change_arrives(plan: Plan, name: str) -> None:
    made = beat(plan, name)
    config = made["spec"]["config"]
    (template,) = template_of(made)
    mounts = {
        mount["name"]: mount["mountPath"] for mount in template["spec"]["containers"][0]["volumeMounts"]
    }
    files = one(plan, f"elk-{name}-setup")
    assert "name" not in files["metadata"], "under a fixed name no pod would notice a change"
    assert {config["setup.ilm"]["policy_file"], config["setup.template"]["json"]["path"]} == {
        f"{mounts['setup']}/{file}" for file in files["data"]
    }
    assert config["setup.ilm"]["overwrite"] is config["setup.template"]["overwrite"] is True


@each_beat
def test_pods_mount_the_files_by_the_name_that_they_were_given(plan: Plan, name: str) -> None:
    (setup,) = [found for found in plan if found.name == f"elk-{name}-setup"]
    (made,) = [found for found in plan if found.name == f"elk-{name}-beat"]
    assert setup.urn in made.property_dependencies["spec"]


@each_beat
def test_it_sends_to_elasticsearch_and_nowhere_else(plan: Plan, name: str) -> None:
    spec = one(plan, f"elk-{name}-network-policy")["spec"]
    assert "ingress" not in spec
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    (out,) = spec["egress"]
    assert applications(out["to"]) == {"elasticsearch"}
    (template,) = template_of(beat(plan, name))
    assert spec["podSelector"]["matchLabels"].items() <= template["metadata"]["labels"].items()


@each_beat
def test_where_elasticsearch_is_and_who_asks_it_is_left_to_eck(plan: Plan, name: str) -> None:
    config = beat(plan, name)["spec"]["config"]
    assert [key for key in config if key.startswith("output")] == ["output.elasticsearch.index"]
    assert beat(plan, name)["spec"]["elasticsearchRef"]["name"] == "logs"
