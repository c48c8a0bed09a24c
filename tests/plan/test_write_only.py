"""Values that a cloud takes and never gives back are in no plan, on no disk, and no difference."""

from __future__ import annotations

import json
import re
import secrets
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi_aws import fsx, rds, secretsmanager
from pulumi_gcp import secretmanager

from plan import sdk, write_only
from plan.diff import Diff, diff
from plan.export import to_deployment
from plan.load import from_document
from plan.record import record_program
from plan.replace import replaces
from plan.resource import Mode, Plan, Resource
from plan.saved import to_document
from plan.schema import SchemaError
from plan.shape import Field, Shape
from plan.value import UNKNOWN, WRITE_ONLY, Secret, Value, decode
from policies.evaluate import evaluate
from tests.plan.cloud import URN, Cloud, RefusedError

DATABASE, VERSION = "aws:rds/cluster:Cluster", "aws:secretsmanager/secretVersion:SecretVersion"
FILES, PARAMETER = "aws:fsx/windowsFileSystem:WindowsFileSystem", "aws:ssm/parameter:Parameter"
KNOWN = {"aws": 35, "gcp": 32, "azure-native": 0, "kubernetes": 0}
"""Write-only inputs of each pinned SDK, nested ones included."""


# ------------------------------------------------------------------------------------ which they are


@pytest.mark.parametrize(
    ("token", "inputs", "sealed"),
    [
        (DATABASE, {"masterPasswordWo": "x", "masterPassword": "y"}, "masterPasswordWo"),
        (VERSION, {"secretStringWo": "x", "secretStringWoVersion": 1}, "secretStringWo"),
        ("aws:elasticache/user:User", {"passwordsWo": "x", "userId": "u"}, "passwordsWo"),
        ("aws:transfer/hostKey:HostKey", {"hostKeyBodyWo": "x", "serverId": "s"}, "hostKeyBodyWo"),
        ("gcp:secretmanager/secretVersion:SecretVersion", {"secretDataWo": "x"}, "secretDataWo"),
    ],
)
def test_a_value_is_sealed_hidden_and_left_out_and_all_beside_it_stays(
    token: str, inputs: dict[str, Value], sealed: str
) -> None:
    assert write_only.sealed(token, inputs) == {**inputs, sealed: Secret("x")}
    assert write_only.hidden(token, inputs) == {**inputs, sealed: WRITE_ONLY}
    left = {key: value for key, value in inputs.items() if key != sealed}
    assert write_only.without_inputs(token, inputs) == left
    assert write_only.without_outputs(token, {**inputs, "id": "i"}) == {**left, "id": "i"}


def test_a_nested_value_is_found_even_in_a_secret_and_a_free_name_with_the_ending_is_not_one() -> None:
    directory: dict[str, Value] = {"passwordWo": "x", "passwordWoVersion": 1}
    hidden: dict[str, Value] = {**directory, "passwordWo": WRITE_ONLY}
    found = write_only.hidden(FILES, {"selfManagedActiveDirectory": directory, "tags": {"passwordWo": "x"}})
    assert found == {"selfManagedActiveDirectory": hidden, "tags": {"passwordWo": "x"}}
    found = write_only.hidden(FILES, {"selfManagedActiveDirectory": Secret(directory)})
    assert found == {"selfManagedActiveDirectory": Secret(hidden)}
    chart = "kubernetes:keda.sh/v1alpha1:ScaledObject"
    assert write_only.hidden(chart, {"spec": {"passwordWo": "x"}}) == {"spec": {"passwordWo": "x"}}


def test_what_is_not_given_is_not_sealed_and_what_is_unknown_stays_unknown() -> None:
    assert write_only.sealed(DATABASE, {"masterPasswordWo": None}) == {"masterPasswordWo": None}
    assert write_only.sealed(DATABASE, {"masterPasswordWo": UNKNOWN}) == {"masterPasswordWo": UNKNOWN}
    assert write_only.hidden(DATABASE, {"masterPasswordWo": UNKNOWN}) == {"masterPasswordWo": WRITE_ONLY}


@pytest.mark.slow
@pytest.mark.parametrize("package", list(sdk.PACKAGES))
def test_the_ending_of_a_name_says_the_same_as_the_documentation_of_every_input(package: str) -> None:
    named: set[str] = set()
    documented: set[str] = set()
    for token in sorted(sdk.tokens(package)):
        owner = sdk.resource_class(token)
        arguments = getattr(sys.modules[owner.__module__], f"{owner.__name__}Args", None)
        for path, field, text in every(sdk.inputs(token) or {}, arguments, ()):
            if field.is_write_only:
                named.add(f"{token} {path}")
            if re.search(r"This field is write-only", text):
                documented.add(f"{token} {path}")
    assert named == documented
    assert len(named) == KNOWN[package]


def every(
    fields: Mapping[str, Field], owner: type | None, above: tuple[type, ...]
) -> Iterator[tuple[str, Field, str]]:
    """Each input of a type with its path and what the SDK says about it."""
    texts = documentation(owner) if owner is not None else {}
    for name, field in fields.items():
        yield name, field, texts.get(name, "")
        for shape in leaves(field.shape):
            if shape.owner is not None and shape.owner not in above:
                for path, inner, text in every(shape.fields, shape.owner, (*above, shape.owner)):
                    yield f"{name}.{path}", inner, text


def leaves(shape: Shape) -> Iterator[Shape]:
    if shape.item is not None:
        yield from leaves(shape.item)
    for arm in shape.arms:
        yield from leaves(arm)
    yield shape


def documentation(owner: type) -> dict[str, str]:
    getters = [m.fget for base in owner.__mro__ for m in vars(base).values() if isinstance(m, property)]
    return {getattr(getter, "_pulumi_name", ""): str(getter.__doc__) for getter in getters if getter}


# ---------------------------------------------------------------------------------------- in a plan


MADE: list[str] = []
"""Every password that the program below has made."""


def platform(version: int = 1, *, rotates: bool = True) -> None:
    """A database and what knows its password, which is another one in every run."""
    password = secrets.token_urlsafe(24)
    MADE.append(password)
    database = rds.Cluster(
        "database",
        cluster_identifier="orders",
        engine="aurora-postgresql",
        master_username="trader",
        master_password_wo=password,
        master_password_wo_version=version if rotates else None,
        skip_final_snapshot=True,
    )
    secret = secretsmanager.Secret("secret", name="orders")
    secretsmanager.SecretVersion(
        "version",
        secret_id=secret.id,
        secret_string_wo=database.endpoint.apply(lambda endpoint: f"{endpoint} {password}"),
        secret_string_wo_version=version,
    )
    fsx.WindowsFileSystem(
        "files",
        subnet_ids=["subnet-1"],
        throughput_capacity=8,
        self_managed_active_directory={
            "dns_ips": ["10.0.0.1"], "domain_name": "a.example", "username": "u",
            "password_wo": password, "password_wo_version": version,
        },
    )  # fmt: skip
    secretmanager.SecretVersion("elsewhere", secret="s", secret_data_wo=password, secret_data_wo_version="1")


def recorded(mode: Mode = "preview", version: int = 1) -> Plan:
    return record_program(lambda: platform(version), mode=mode)


def the(plan: Plan, name: str) -> Resource:
    (found,) = [resource for resource in plan if resource.name == name]
    return found


def compare(old: Plan, new: Plan) -> Diff:
    return diff(old, new, replaces=replaces)


def leaks(text: str) -> list[str]:
    return [password for password in MADE if password in text]


@pytest.mark.parametrize("mode", ["preview", "up"])
def test_two_recordings_with_two_passwords_are_the_same_plan(mode: Mode) -> None:
    first, second = recorded(mode), recorded(mode)
    assert MADE[-1] != MADE[-2]
    assert first == second


@pytest.mark.parametrize("mode", ["preview", "up"])
def test_a_plan_says_that_there_is_a_write_only_value_and_nothing_made_of_it_says_which(mode: Mode) -> None:
    plan = recorded(mode)
    assert the(plan, "database").inputs["masterPasswordWo"] == WRITE_ONLY
    assert the(plan, "version").inputs["secretStringWo"] == WRITE_ONLY
    assert the(plan, "elsewhere").inputs["secretDataWo"] == WRITE_ONLY
    directory = the(plan, "files").inputs["selfManagedActiveDirectory"]
    assert isinstance(directory, dict)
    assert directory["passwordWo"] == WRITE_ONLY
    assert not leaks(everything(plan))
    assert not leaks(json.dumps(to_document(plan)))
    if mode == "up":
        assert not leaks(json.dumps(to_deployment(plan)))


def everything(value: Any) -> str:
    """All that an object holds, what its own text would hide included."""
    if isinstance(value, Secret):
        return everything(value.value)
    if isinstance(value, Resource):
        return everything([value.inputs, value.outputs, value.id])
    if isinstance(value, Mapping):
        return " ".join(f"{key} {everything(item)}" for key, item in value.items())
    return " ".join(map(everything, value)) if isinstance(value, list | Plan) else str(value)


def test_what_the_cloud_answers_holds_no_such_value_but_says_that_it_has_one() -> None:
    plan = recorded("up")
    assert "masterPasswordWo" not in the(plan, "database").outputs
    assert the(plan, "database").outputs["masterPasswordWoVersion"] == 1
    assert the(plan, "version").outputs["hasSecretStringWo"] is True
    directory = the(plan, "files").outputs["selfManagedActiveDirectory"]
    assert isinstance(directory, dict)
    assert "passwordWo" not in directory
    assert the(recorded(), "version").outputs.keys() == the(plan, "version").outputs.keys()


def test_another_password_is_no_difference_and_another_version_is_one_that_is_seen() -> None:
    assert not compare(recorded(), recorded()).changes
    found = compare(recorded(), recorded(version=2))
    assert {change.resource.name: change.action for change in found.changes} == {
        "database": "update", "version": "replace", "files": "update",
    }  # fmt: skip
    assert [path.path for change in found.changes for path in change.properties] == [
        "masterPasswordWoVersion",
        "secretStringWoVersion",
        "selfManagedActiveDirectory.passwordWoVersion",
    ]


def test_a_plan_is_compared_with_its_saved_self_and_with_a_state_that_knows_or_forgot_the_value() -> None:
    plan = recorded("up")
    assert not compare(from_document(to_document(plan)), plan).changes
    assert not compare(from_document(to_deployment(plan)), plan).changes
    for kept in (Secret("living"), UNKNOWN, None):
        state = Plan(plan.project, plan.stack, "up", tuple(with_value(each, kept) for each in plan))
        assert not compare(state, plan).changes
        assert not compare(plan, state).changes


def with_value(resource: Resource, value: Value) -> Resource:
    inputs = {key: value if item == WRITE_ONLY else item for key, item in resource.inputs.items()}
    kept = {key: item for key, item in inputs.items() if item is not None}
    return Resource(resource.urn, resource.type, resource.name, custom=resource.custom, inputs=kept)


def test_a_value_in_the_clear_where_none_should_be_is_a_difference() -> None:
    plan = recorded("up")
    state = Plan(plan.project, plan.stack, "up", tuple(with_value(each, "clear") for each in plan))
    assert {change.resource.name for change in compare(state, plan).changes} >= {"database", "version"}


def test_a_value_of_the_wrong_type_is_refused_and_not_shown() -> None:
    def program() -> None:
        directory: Any = {"passwordWo": 73911, "dnsIps": [], "domainName": "a", "username": "u"}
        fsx.WindowsFileSystem(
            "files", subnet_ids=["s"], throughput_capacity=8, self_managed_active_directory=directory
        )

    with pytest.raises(SchemaError, match=r"passwordWo: given a secret of another form") as refused:
        record_program(program)
    assert "73911" not in str(refused.value)


def test_policies_judge_a_plan_with_write_only_values_and_quote_none() -> None:
    verdict = evaluate(recorded("up"), environment="prod")
    assert not leaks(str(verdict))
    assert not [finding for finding in verdict.findings if "rule error" in finding.message]


@pytest.mark.parametrize("mode", ["preview", "up"])
def test_a_stack_output_that_a_program_makes_of_the_value_does_not_tell_it(mode: Mode) -> None:
    def program() -> None:
        cluster = rds.Cluster("database", engine="aurora-postgresql", master_password_wo="hunter2")
        pulumi.export("password", cluster.master_password_wo)

    plan = record_program(program, mode=mode)
    assert plan.outputs["password"] != "hunter2"
    assert "hunter2" not in json.dumps(to_document(plan))


# ----------------------------------------------------------------------------- under the real engine


INPUTS: dict[str, Value] = {
    "clusterIdentifier": "orders",
    "engine": "aurora-postgresql",
    "masterPasswordWo": "first-password",
    "masterPasswordWoVersion": 1,
    "skipFinalSnapshot": True,
}
OTHER: dict[str, Value] = {**INPUTS, "masterPasswordWo": Secret("second-password")}
ROTATED: dict[str, Value] = {**OTHER, "masterPasswordWoVersion": 2}


@pytest.fixture
def cloud(tmp_path: Path) -> Cloud:
    return Cloud(tmp_path, region="us-east-1")


def on_disk(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


def test_the_engine_is_given_the_value_as_a_secret_so_that_its_state_encrypts_it(cloud: Cloud) -> None:
    assert cloud.checked(DATABASE, "db", INPUTS)["masterPasswordWo"] == Secret("first-password")
    directory: dict[str, Value] = {"passwordWo": "x", "dnsIps": [], "domainName": "a", "username": "u"}
    inputs: dict[str, Value] = {
        "selfManagedActiveDirectory": directory, "subnetIds": ["s"], "throughputCapacity": 8,
    }  # fmt: skip
    checked = cloud.checked(FILES, "files", inputs)["selfManagedActiveDirectory"]
    assert checked == {**directory, "passwordWo": Secret("x")}


def test_the_cloud_takes_the_value_and_neither_answers_nor_keeps_it(cloud: Cloud, tmp_path: Path) -> None:
    identity, outputs = cloud.create(DATABASE, "db", INPUTS)
    assert "masterPasswordWo" not in outputs
    assert outputs["masterPasswordWoVersion"] == 1
    after = cloud.update(DATABASE, "db", identity, ROTATED)
    assert (after.get("masterPasswordWo"), after["masterPasswordWoVersion"]) == (None, 2)
    assert b"-password" not in on_disk(tmp_path)


def test_a_value_that_nobody_sealed_is_not_kept_either(cloud: Cloud, tmp_path: Path) -> None:
    inputs: dict[str, Value] = {"type": "SecureString", "valueWo": "in-the-clear", "valueWoVersion": 1}
    identity, _ = cloud.create(PARAMETER, "parameter", inputs)
    cloud.update(PARAMETER, "parameter", identity, {**inputs, "valueWoVersion": 2})
    assert b"in-the-clear" not in on_disk(tmp_path)


def test_reading_it_again_forgets_the_value(cloud: Cloud) -> None:
    identity, _ = cloud.create(DATABASE, "db", INPUTS)
    found = cloud.read(DATABASE, "db", identity, INPUTS)
    for properties in (decode(found.inputs), decode(found.properties)):
        assert "masterPasswordWo" not in properties
        assert properties["masterPasswordWoVersion"] == 1


@pytest.mark.parametrize(("old", "new"), [(INPUTS, OTHER), (INPUTS, {**INPUTS, "masterPasswordWo": UNKNOWN})])
def test_another_value_with_the_same_version_is_the_same(
    cloud: Cloud, old: dict[str, Value], new: dict[str, Value]
) -> None:
    forgotten = {key: value for key, value in old.items() if key != "masterPasswordWo"}
    for before in (old, forgotten):
        answer = cloud.diff(DATABASE, "db", before, new)
        assert answer.changes == answer.DIFF_NONE
        assert not answer.detailedDiff


def test_another_version_is_a_change_of_the_version_alone(cloud: Cloud) -> None:
    answer = cloud.diff(DATABASE, "db", INPUTS, ROTATED)
    assert list(answer.detailedDiff) == ["masterPasswordWoVersion"]
    assert not answer.replaces
    answer = cloud.diff(VERSION, "v", {"secretStringWoVersion": 1}, {"secretStringWoVersion": 2})
    assert list(answer.replaces) == ["secretStringWoVersion"]


def test_a_previewed_update_with_a_value_that_is_unknown_yet_knows_all_the_rest(cloud: Cloud) -> None:
    identity, outputs = cloud.create(DATABASE, "db", INPUTS)
    unknown: dict[str, Value] = {**ROTATED, "masterPasswordWo": UNKNOWN}
    shown = cloud.update(DATABASE, "db", identity, unknown, preview=True)
    assert shown == {**outputs, "masterPasswordWoVersion": 2}


def test_a_refusal_does_not_quote_the_value(cloud: Cloud) -> None:
    failures = cloud.check(DATABASE, "db", {**INPUTS, "masterPasswordWo": ["first-password"]}).failures
    assert [failure.property for failure in failures] == ["masterPasswordWo"]
    assert "first-password" not in failures[0].reason
    cloud.create(DATABASE, "db", INPUTS)
    with pytest.raises(RefusedError) as refused:
        cloud.create(DATABASE, "db", INPUTS)
    assert "first-password" not in str(refused.value)
    assert URN.format(DATABASE, "db") in cloud.service.store.all()[0].urn
