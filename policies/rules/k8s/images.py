"""Images: which program runs, and who made it."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if
from policies.policy import Fix, policy
from policies.truth import Truth
from policies.views.image import see_image
from policies.views.pod import container_reads, pod_reads, see_pod

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from policies.node import Node
    from policies.outcome import Judgement
    from policies.subject import Subject
    from policies.views.image import Image

__all__ = ["is_from"]

IMAGES: Final = pod_reads(*container_reads("image"), "spec.volumes[*].image.reference")


def _images(subject: Subject) -> Iterator[tuple[str, Node]]:
    """Each image that a pod runs or mounts, with what does so, for messages."""
    pod = subject.view(see_pod)
    for container in pod.containers:
        yield f"container {container.name} runs", container.node.key("image")
    for volume in pod.spec.key("volumes").items():
        if not volume.key("image").is_absent:
            yield f"volume {volume.key('name').shown} mounts", volume.at("image.reference")


def _is(image: Node, wrong: Callable[[Image], bool]) -> Truth:
    """Whether an image is like that. Where none is named, something else decides what runs."""
    return image.test(lambda _: wrong(see_image(image.text)), absent=Truth.YES)


@policy(
    id="k8s-image-tag-pinned",
    title="Image has a fixed tag or digest (not latest)",
    violation="an image without tag and digest, or with the tag latest and no digest",
    severity="medium",
    category="security",
    reads=IMAGES,
    fix=Fix(
        "none", "Name the version that was tested, best by its digest.", "image: registry.k8s.io/pause:3.10"
    ),
    enforcement="MMM",
    soc2=("CC8.1", "CC7.1"),
    cis=("K5.5.1",),
)
def image_tag_pinned(subject: Subject) -> Iterator[Judgement]:
    """What latest means changes without a release: two replicas run two programs, and none can be undone.

    No tag means latest. Where there is a digest, a runtime takes no notice of the tag.
    """
    for who, image in _images(subject):
        message = f"{who} the image {image.shown}, which has no fixed version"
        yield fail_if(_is(image, _floats), image, message)


def _floats(image: Image) -> bool:
    return not image.digest and image.tag in ("", "latest")


@policy(
    id="k8s-image-digest",
    title="Image is pinned by digest",
    violation="an image without a valid digest: algorithm:encoded, of sha256 64 and of sha512 128 lower-case "
    "hexadecimal digits",
    severity="medium",
    category="security",
    reads=IMAGES,
    fix=Fix(
        "none",
        "Put the digest that was tested behind the name.",
        "image: registry.example.com/trading/api@sha256:<64 hex digits>",
    ),
    enforcement="DAM",
    soc2=("CC8.1", "CC7.1"),
    cis=("K5.5.1",),
)
def image_digest(subject: Subject) -> Iterator[Judgement]:
    """Who can push to a registry can move a tag, and what runs here with it; a digest is the program."""
    for who, image in _images(subject):
        message = f"{who} the image {image.shown}, which has no valid digest"
        yield fail_if(_is(image, lambda seen: not seen.is_digest_valid), image, message)


@policy(
    id="k8s-image-registry",
    title="Image comes from an allowed registry",
    violation="the registry or repository of an image is not in allowedRegistries (without a registry, "
    "Docker Hub is meant)",
    severity="high",
    category="security",
    reads=IMAGES,
    defaults={
        "allowedRegistries": [
            "*.dkr.ecr.*.amazonaws.com",
            "*-docker.pkg.dev",
            "*.azurecr.io",
            "registry.k8s.io",
        ]
    },
    fix=Fix(
        "none",
        "Copy the image to a registry of your own, or allow this one.",
        "k8s-image-registry: {allowedRegistries: [registry.example.com/trading]}",
    ),
    enforcement="AMM",
    soc2=("CC6.8", "CC8.1"),
    cis=("K5.5.1",),
)
def image_registry(subject: Subject) -> Iterator[Judgement]:
    """An image from anywhere is a program by anybody, scanned by nobody, which its owner can take away.

    An allowed place is a registry, or a registry and the beginning of a path, in whole words: ``*`` stands
    for any text between two slashes. Name your own accounts there: the defaults know only the clouds'.
    """
    allowed = subject.config.texts("allowedRegistries")
    for who, image in _images(subject):
        strange = _is(image, lambda seen: not any(is_from(seen, place) for place in allowed))
        yield fail_if(strange, image, f"{who} the image {image.shown}, which no allowed registry holds")


def is_from(image: Image, place: str) -> bool:
    """Whether an image stands in a registry, or below a path of it. Part of a name is not its beginning."""
    wanted, given = [word for word in place.split("/") if word], image.name.split("/")
    wanted[0] = wanted[0].lower()
    return len(wanted) <= len(given) and all(map(fnmatchcase, given, wanted))
