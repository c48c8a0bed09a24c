"""What a Google Cloud project has once, for both regions: all that must stand before the first region does.

Google's networks, service accounts, alarms and secrets are of the project and of no region, and buckets and
images are of two regions at once. Nothing here is asked of a region that is lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from pulumi import ResourceOptions

from components.base import Part
from components.gcp.alerts import Alerts, AlertsArgs
from components.gcp.apis import Apis, ApisArgs
from components.gcp.binary_authorization import BinaryAuthorization, BinaryAuthorizationArgs
from components.gcp.dns import Dns, DnsArgs
from components.gcp.edge import GATEWAY_PORT
from components.gcp.keys import Keys, KeysArgs
from components.gcp.office_secret import OfficeSecret, OfficeSecretArgs
from components.gcp.pipeline import Pipeline, PipelineArgs
from components.gcp.registry import Registry, RegistryArgs
from components.gcp.secret_store import SecretStore, SecretStoreArgs
from components.gcp.shared_keys import SharedKeys, SharedKeysArgs
from components.gcp.storage import Storage, StorageArgs
from components.gcp.vpc import Vpc, VpcArgs
from components.naming import Naming
from components.providers import gcp_provider
from config import dual_region
from config.clouds import Gcp
from config.settings import Settings
from stacks.cloud import WorkloadNames
from stacks.operator_names import IMAGES, secret_names

__all__ = ["GcpProject", "GcpProjectArgs"]

AnyKeys = TypeVar("AnyKeys", bound=KeysArgs)
KEEP_IMAGES: Final = 50
"""Newest images of each service that the registry keeps."""
MAX_SECRET_AGE_DAYS: Final = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class GcpProjectArgs:
    """The environment's wishes, the project, and who will live there."""

    settings: Settings
    cloud: Gcp
    naming: Naming
    workloads: WorkloadNames


class GcpProject(Part):
    """APIs, keys, network, buckets, images, secrets, names, alarms and the pipeline."""

    def __init__(self, name: str, args: GcpProjectArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args, self._settings, self._cloud = args, args.settings, args.cloud
        self.regions = [region for region in (args.cloud.region, args.cloud.dr_region) if region]
        """Where the project has something: home first."""
        self.apis = self._apis()
        self.provider = gcp_provider(
            self.named("provider"),
            project=self._cloud.project,
            region=self._cloud.region,
            opts=ResourceOptions(parent=self, depends_on=[self.apis]),
        )
        self.place = dual_region.place(self._cloud.region, self._cloud.dr_region)
        self.keys: Mapping[str, Keys] = {region: self._keys(region) for region in self.regions}
        """By region."""
        self.storage_keys = self._shared("storage-keys", self.place.key_location)
        self.image_keys = (
            self.storage_keys
            if self.place.registry_location == self.place.key_location
            else self._shared("image-keys", self.place.registry_location)
        )
        self.alerts = self._alerts()
        self.vpc = self._vpc()
        self.dns = self._dns()
        self.storage = self._storage()
        self.registry = self._registry()
        self._images_that_run()
        self.secret_store = self._secret_store()
        self.office_secret = self._office_secret()
        self.pipeline = self._pipeline()
        self.finish()

    @property
    def _inside(self) -> ResourceOptions:
        return ResourceOptions(parent=self, provider=self.provider)

    def _apis(self) -> Apis:
        """By a provider of its own: every other one waits until the APIs are on."""
        door = gcp_provider(
            self.named("door"),
            project=self._cloud.project,
            region=self._cloud.region,
            opts=ResourceOptions(parent=self),
        )
        return Apis(
            self.named("apis"),
            ApisArgs(project=self._cloud.project, number=self._cloud.project_number),
            ResourceOptions(parent=self, provider=door),
        )

    # -- keys ------------------------------------------------------------------------------------------

    def _keys(self, region: str) -> Keys:
        child = "home-keys" if region == self._cloud.region else "dr-keys"
        return Keys(self.named(child), self._key_args(KeysArgs, region), self._inside)

    def _shared(self, child: str, location: str) -> Keys | SharedKeys:
        """The keys of a place that both regions share; of a single region, its own."""
        if location in self.keys:
            return self.keys[location]
        return SharedKeys(self.named(child), self._key_args(SharedKeysArgs, location), self._inside)

    def _key_args(self, kind: type[AnyKeys], location: str) -> AnyKeys:
        settings = self._settings
        return kind(
            naming=self._args.naming,
            number=self._cloud.project_number,
            location=location,
            rotation_days=settings.keys.rotation_days,
            deletion_days=settings.keys.deletion_days,
            hardware=settings.protect,
            protect=settings.protect,
        )

    # -- what is of no region --------------------------------------------------------------------------

    def _alerts(self) -> Alerts:
        return Alerts(
            self.named("alerts"),
            AlertsArgs(
                naming=self._args.naming,
                number=self._cloud.project_number,
                key=self.image_keys.logs,
                email=self._settings.alerts.email,
                regions=self.regions,
            ),
            self._inside,
        )

    def _storage(self) -> Storage:
        settings = self._settings
        return Storage(
            self.named("storage"),
            StorageArgs(
                naming=self._args.naming,
                project=self._cloud.project,
                place=self.place,
                data_key=self.storage_keys.data,
                log_key=self.storage_keys.logs,
                noncurrent_days=settings.storage.noncurrent_days,
                audit_days=settings.storage.audit_days,
                protect=settings.protect,
            ),
            self._inside,
        )

    def _registry(self) -> Registry:
        return Registry(
            self.named("registry"),
            RegistryArgs(
                naming=self._args.naming,
                project=self._cloud.project,
                location=self.place.registry_location,
                key=self.image_keys.data,
                services=tuple(self._args.workloads.services),
                keep_images=KEEP_IMAGES,
                protect=self._settings.protect,
            ),
            self._inside,
        )

    def _images_that_run(self) -> None:
        """Ours, those that the settings name by digest, wherever they are, and the operators'."""
        BinaryAuthorization(
            self.named("binary-authorization"),
            BinaryAuthorizationArgs(
                image_prefix=self.registry.image_prefix,
                patterns=sorted(
                    {
                        f"{service.image.partition('@')[0]}@sha256:*"
                        for service in self._settings.services.values()
                    }.union(IMAGES)
                ),
                enforced=self._settings.protect,
            ),
            self._inside,
        )

    def _secret_store(self) -> SecretStore:
        return SecretStore(
            self.named("secret-store"),
            SecretStoreArgs(
                naming=self._args.naming,
                names=secret_names(self._settings),
                keys={region: keys.secrets for region, keys in self.keys.items()},
                topics=(),
                max_age_days=MAX_SECRET_AGE_DAYS,
                protect=self._settings.protect,
            ),
            self._inside,
        )

    def _vpc(self) -> Vpc:
        settings, cloud = self._settings, self._cloud
        cidrs = {cloud.region: settings.network.cidr}
        if cloud.dr_region:
            cidrs[cloud.dr_region] = settings.network.dr_cidr
        return Vpc(
            self.named("vpc"),
            VpcArgs(
                naming=self._args.naming,
                project=cloud.project,
                number=cloud.project_number,
                networks=cidrs,
                gateway_port=GATEWAY_PORT,
                people=bool(settings.access.groups),
                office=cloud.office is not None,
            ),
            self._inside,
        )

    def _dns(self) -> Dns:
        settings = self._settings
        return Dns(
            self.named("dns"),
            DnsArgs(
                naming=self._args.naming,
                domain=settings.domain,
                network_ids=[] if settings.edge.open_to else [self.vpc.network_id],
                protect=settings.protect,
            ),
            self._inside,
        )

    def _pipeline(self) -> Pipeline | None:
        wishes = self._settings.pipeline
        if wishes is None:
            return None
        return Pipeline(
            self.named("pipeline"),
            PipelineArgs(
                naming=self._args.naming,
                project=self._cloud.project,
                issuer=wishes.issuer,
                repository=wishes.repository,
                deploy_roles=self._cloud.deploy_roles,
                state_bucket=None,
                state_key=None,
            ),
            self._inside,
        )

    def _office_secret(self) -> OfficeSecret | None:
        office = self._cloud.office
        if office is None:
            return None
        return OfficeSecret(
            self.named("office-secret"),
            OfficeSecretArgs(
                naming=self._args.naming,
                keys={region: keys.secrets for region, keys in self.keys.items()},
                version=office.secret_version,
                protect=self._settings.protect,
            ),
            self._inside,
        )
