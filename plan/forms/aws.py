"""How AWS names things: partitions, services in ARNs, and identifiers of types no table lists.

For those the SDK's own import example is the pattern: ``vpc-a01106c2`` gives an identifier with
that prefix, an example ARN gives an ARN of that service and kind in the right account and region.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

from plan import sdk
from plan.forms.form import Facts, Unanswered, fill, read_rows

__all__ = ["identity", "names"]

SERVICES: Final = {
    "alb": "elasticloadbalancing",
    "cfg": "config",
    "cloudwatch": "logs",
    "costexplorer": "ce",
    "ebs": "ec2",
    "ec2clientvpn": "ec2",
    "ec2transitgateway": "ec2",
    "elb": "elasticloadbalancing",
    "lb": "elasticloadbalancing",
    "mwaa": "airflow",
    "opensearch": "es",
    "sfn": "states",
    "vpc": "ec2",
}
"""The service in an ARN, where the SDK's module has another name."""
PORTS: Final = {"postgres": "5432", "oracle": "1521", "sqlserver": "1433"}
PREFIXED: Final = re.compile(r"^([a-z]{1,12})-(?:[0-9a-f]{8}|[0-9a-f]{17})$")
ARN_PARTS: Final = 6
NAME_INPUTS: Final = ("name", "bucket", "identifier", "clusterIdentifier", "domainName", "resourceArn")


def names(facts: Facts) -> Mapping[str, str]:
    """The holes that AWS's tables use beyond the place's."""
    _, area, kind = facts.token.split(":", 2)
    module = area.split("/", 1)[0]
    region = facts.place["region"]
    partition = "aws-cn" if region.startswith("cn-") else "aws-us-gov" if "-gov-" in region else "aws"
    given = facts.properties
    engine = str(given.get("engine", ""))
    url = given.get("url")
    name, member, group = given.get("name"), given.get("setIdentifier"), given.get("accessGroupId")
    return {
        "partition": partition,
        "suffix": "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com",
        "zone": f"{region}a",
        "zoneCode": _zone_code(region),
        "shared": _shared(facts.place, "{alnum:12}", "rds"),
        "sharedByCaches": _shared(facts.place, "{alnum:6}", "cache"),
        "service": SERVICES.get(module, module),
        "noun": re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", kind).lower(),
        "enginePort": next((port for start, port in PORTS.items() if start in engine), "3306"),
        "keyPrefix": "mrk-" if given.get("multiRegion") is True else "",
        "urlHost": re.sub(r"^https?://", "", url) if isinstance(url, str) else "oidc.example.com",
        "lbKind": {"network": "net", "gateway": "gwy"}.get(str(given.get("loadBalancerType")), "app"),
        "lbSuffix": str(given.get("loadBalancerArn", "")).rpartition(":loadbalancer/")[2],
        "lbScheme": "internal-" if given.get("internal") is True else "",
        "wafScope": "global" if given.get("scope") == "CLOUDFRONT" else "regional",
        "recordSet": f"_{member}" if isinstance(member, str) and member else "",
        "accessGroup": f",{group}" if isinstance(group, str) and group else "",
        "listenerSuffix": str(given.get("listenerArn", "")).rpartition(":listener/")[2],
        "slash": "" if isinstance(name, str) and name.startswith("/") else "/",
    }


def _zone_code(region: str) -> str:
    """``use1`` for ``us-east-1``: how zone identifiers and cache addresses spell a region."""
    parts = region.split("-")
    return parts[0] + "".join(part[:1] for part in parts[1:])


def _shared(place: Mapping[str, str], form: str, service: str) -> str:
    """What all addresses of one account in one region share, with each of the services that do so."""
    return fill(form, Facts("aws", f"{place['account']}/{place['region']}", place, {}), service)


def identity(facts: Facts) -> str:
    """The identifier: from the table, else as in the SDK's import example, else the name."""
    found = _identity(facts)
    said = any(row.property == "arn" for row in read_rows("aws.csv").get(facts.token, ()))
    if found.startswith("arn:") and "arn" in sdk.outputs(facts.token) and not said:
        facts.properties.setdefault("arn", found)
    return found


def _identity(facts: Facts) -> str:
    forms = [row.form for row in read_rows("aws.csv").get(facts.token, ()) if row.property == "id"]
    for form in (*forms, _pattern(facts.token), *(f"{{{name}}}" for name in NAME_INPUTS)):
        try:
            return fill(form, facts, "id") or fill("{hex:20}", facts, "id")
        except Unanswered:
            continue
    return fill("{hex:20}", facts, "id")


@cache
def _pattern(token: str) -> str:
    """The form of the identifier in the SDK's import example; a hole that fails when there is none."""
    found = re.search(rf"\$ pulumi import {re.escape(token)} \S+ (\S+)", sdk.documentation(token))
    example = found[1].strip("'\"") if found else ""
    if prefixed := PREFIXED.match(example):
        return f"{prefixed[1]}-{{hex:17}}"
    parts = example.split(":", ARN_PARTS - 1)
    if len(parts) == ARN_PARTS and parts[0] == "arn" and "," not in example:
        region, account = ("{region}" if parts[3] else "", "{account}" if parts[4] else "")
        kind = re.match(r"^([\w-]+[/:])", parts[5])
        return f"arn:{{partition}}:{parts[2]}:{region}:{account}:{kind[1] if kind else ''}{{ownName}}"
    return "{noImportExample}"
