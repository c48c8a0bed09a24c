"""What is nowhere in a shipped environment on Google Cloud, whichever room one looks at."""

from __future__ import annotations

import pytest

from tests.support import GCP_STACKS, planned, said, values

pytestmark = pytest.mark.parametrize("stack", GCP_STACKS)

ANYWHERE = {"0.0.0.0/0", "::/0"}
EVERYBODY = {"allUsers", "allAuthenticatedUsers"}
BASIC = {"roles/owner", "roles/editor", "roles/viewer"}


def test_no_right_is_a_basic_role_or_for_everybody(stack: str) -> None:
    rights = [found for found in planned(stack) if found.type.endswith(("IAMMember", "IamMember"))]
    assert len(rights) > 20
    for right in rights:
        assert said(right)["role"] not in BASIC, right.name
        assert said(right)["member"] not in EVERYBODY, right.name


def test_no_right_throws_another_out(stack: str) -> None:
    """A binding or a whole policy would take away what somebody else was given."""
    kinds = {found.type for found in planned(stack)}
    assert not [kind for kind in kinds if kind.lower().endswith(("iambinding", "iampolicy"))]


def test_nobody_has_a_key(stack: str) -> None:
    kinds = {found.type for found in planned(stack)}
    assert not kinds & {"gcp:serviceaccount/key:Key", "gcp:storage/hmacKey:HmacKey", "gcp:apikeys/key:Key"}


def test_no_database_user_has_a_password(stack: str) -> None:
    users = planned(stack).of_type("gcp:sql/user:User")
    assert users
    for user in users:
        assert str(said(user)["type"]).startswith("CLOUD_IAM_")
        assert not [name for name in said(user) if name.lower().startswith("password") and said(user)[name]]


def test_the_whole_internet_is_a_way_out_and_a_way_in_only_to_an_open_entry(stack: str) -> None:
    naming = {
        resource.type.rpartition(":")[2]
        for resource in planned(stack)
        for _, value in values(dict(resource.inputs))
        if value in ANYWHERE
    }
    # a rule's destinations on the way out; a route; the pods' policies; limits for a client of any address
    assert naming == {"Route", "NetworkFirewallPolicyRule", "NetworkPolicy", "BackendTrafficPolicy"}
    for rule in planned(stack).of_type("gcp:compute/networkFirewallPolicyRule:NetworkFirewallPolicyRule"):
        told = said(rule)
        if told["direction"] == "INGRESS" and told["action"] == "allow":
            assert not ANYWHERE & set(told["match"].get("srcIpRanges", [])), rule.name


def test_nothing_has_a_public_address_but_the_ways_out_and_an_open_entry(stack: str) -> None:
    plan = planned(stack)
    public = {
        found.name
        for found in plan.of_type("gcp:compute/address:Address", "gcp:compute/globalAddress:GlobalAddress")
        if said(found).get("addressType", "EXTERNAL") == "EXTERNAL"
    }
    entry = {name for name in public if "-edge-" in name}
    assert all("-network-" in name for name in public - entry), public
    assert bool(entry) == (stack == "prod-gcp")
    for instance in plan.of_type("gcp:sql/databaseInstance:DatabaseInstance"):
        assert said(instance)["settings"]["ipConfiguration"]["ipv4Enabled"] is False
    for cluster in plan.of_type("gcp:container/cluster:Cluster"):
        assert said(cluster)["privateClusterConfig"]["enablePrivateNodes"] is True


def test_no_alarm_rings_where_nobody_hears_it(stack: str) -> None:
    alarms = planned(stack).of_type("gcp:monitoring/alertPolicy:AlertPolicy")
    assert len(alarms) > 20
    assert [found.name for found in alarms if not said(found).get("notificationChannels")] == []


def test_no_bucket_can_be_opened_to_the_public(stack: str) -> None:
    buckets = planned(stack).of_type("gcp:storage/bucket:Bucket")
    assert len(buckets) >= 3
    for bucket in buckets:
        assert said(bucket)["publicAccessPrevention"] == "enforced", bucket.name
        assert said(bucket)["uniformBucketLevelAccess"] is True, bucket.name
