"""What the door of a data store promises: one address, one name, and nothing of it outside the network."""

from __future__ import annotations

import pulumi
from pulumi_gcp import compute, dns

from components.base import Part
from components.gcp.door import Door, door, zone
from components.naming import Naming
from plan.resource import Plan
from tests.components.gcp.kit import PROJECT, REGION, deploy
from tests.components.kit import before, every, said, sources, the, token

NETWORK, SUBNET = "network-1", "subnet-1"
ATTACHMENT = f"projects/{PROJECT}-tp/regions/{REGION}/serviceAttachments/ledger"


class Store(Part):
    def __init__(self, name: str, host: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        args = Door(
            naming=Naming("dev"),
            region=REGION,
            store="ledger",
            network_id=NETWORK,
            subnet_id=SUBNET,
            attachment=ATTACHMENT,
            host=pulumi.Output.from_input(host),
        )
        door(self, "ledger", args, zone(self, args))
        self.finish()


def stored(host: str = f"1a2b.3c4d.{REGION}.sql.goog.") -> Plan:
    return deploy(lambda opts: Store("store", host, opts))


def test_the_address_is_one_of_the_regions_own_range() -> None:
    address = the(stored(), compute.Address)
    assert said(address, "subnetwork") == SUBNET
    assert said(address, "addressType") == "INTERNAL"
    assert "networkTier" not in address.inputs, "Google refuses it for an internal address"


def test_what_comes_to_the_address_goes_to_the_store_and_is_no_balancers() -> None:
    plan = stored()
    way = the(plan, compute.ForwardingRule)
    assert said(way, "target") == ATTACHMENT
    assert said(way, "network") == NETWORK
    assert sources(plan, way, "ipAddress") == {"store-ledger-address"}
    assert way.inputs["loadBalancingScheme"] == "", "unsaid, it would be a public balancer's"
    assert not {"backendService", "ports", "portRange", "allPorts"} & set(way.inputs)


def test_the_other_region_reaches_it_too() -> None:
    assert said(the(stored(), compute.ForwardingRule), "allowPscGlobalAccess") is True


def test_the_name_leads_to_the_address_and_only_once_the_way_is_there() -> None:
    plan = stored()
    name = the(plan, dns.RecordSet)
    assert sources(plan, name, "rrdatas") == {"store-ledger-address"}
    assert said(name, "type") == "A"
    assert (token(compute.ForwardingRule), "store-ledger-endpoint") in before(plan, name)


def test_only_the_network_sees_the_name() -> None:
    found = the(stored(), dns.ManagedZone)
    assert said(found, "visibility") == "private"
    assert said(found, "privateVisibilityConfig") == {"networks": [{"networkUrl": NETWORK}]}


def test_the_zone_holds_the_names_of_the_region_whatever_ending_google_gives_them() -> None:
    for ending in ("sql.goog", "sql-psc.goog"):
        for dot in ("", "."):
            plan = stored(f"1a2b.3c4d.{REGION}.{ending}{dot}")
            zoned, name = the(plan, dns.ManagedZone), the(plan, dns.RecordSet)
            assert said(zoned, "dnsName") == f"{REGION}.{ending}."
            assert said(name, "name") == f"1a2b.3c4d.{REGION}.{ending}."
            assert sources(plan, name, "managedZone") == {"store-zone"}


def test_no_second_zone_is_made_by_google() -> None:
    plan = stored()
    assert said(the(plan, compute.ForwardingRule), "noAutomateDnsZone") is True
    assert len(every(plan, dns.ManagedZone)) == 1
