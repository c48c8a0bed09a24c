"""What holds for any stack file: a good one means one thing, a bad one is refused in clear words.

`random` with fixed seeds makes the broken files, so that a failure names the seed and can be had again.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.environments import Profile
from config.loader import Loaded, load_config, load_file, to_config
from config.problems import Problem, SettingsError

ROOT = Path(__file__).parents[2]
NAMESPACE = "trading-platform:"
KeyPath = tuple[str, ...]
Tree = dict[str, Any]


def _every_sdk(_package: str) -> bool:
    return True


def _load(path: Path) -> Loaded:
    return load_file(path, installed=_every_sdk)


def _whole(stack: str) -> Tree:
    """A shipped stack file with every setting said, so that each can be broken."""
    return _load(ROOT / f"Pulumi.{stack}.yaml").settings.model_dump(mode="json")


WHOLE = {stack: _whole(stack) for stack in ("dev", "staging", "prod")}


def _stack_file(tree: Tree) -> str:
    """JSON is YAML; its lines are as real as any."""
    return json.dumps(
        {"config": {f"{NAMESPACE}{key}": value for key, value in tree.items()}}, indent=1, ensure_ascii=False
    )


def _leaves(tree: Tree, above: KeyPath = ()) -> Iterator[KeyPath]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _leaves(value, (*above, key))
        else:
            yield (*above, key)


def _section(tree: Tree, path: KeyPath) -> Tree:
    for key in path[:-1]:
        tree = tree[key]
    return tree


def _clear(refusal: SettingsError) -> None:
    """Each problem has its place and its four sentences, and the report shows all of them."""
    assert refusal.problems
    for problem in refusal.problems:
        for sentence in (problem.path, problem.given, problem.expected, problem.why, problem.fix):
            assert sentence.strip()
            assert sentence.isprintable()
            assert sentence in str(refusal)


# -- breaking one setting, in ways that no setting survives ------------------------------------------


MAY_BE_NOTHING = {
    *("dr_region", "active_region", "saml_provider", "ddos_advanced", "pipeline"),
    *("login", "pager", "chat", "heartbeat", "logs", "gitops", "waf", "max_replicas", "strategy"),
    *("min_capacity", "max_capacity", "node_type", "disk_gib"),
}


def _of_wrong_type(tree: Tree, path: KeyPath, dice: random.Random) -> KeyPath:
    section = _section(tree, path)
    junk = [{"deep": {"er": [1, {}]}}, {}, [[]], [{}, 1.5]]
    section[path[-1]] = dice.choice(junk if not isinstance(section[path[-1]], list) else [7, {}, True, "x y"])
    return path


def _misspelt(tree: Tree, path: KeyPath, dice: random.Random) -> KeyPath:
    section, key = _section(tree, path), path[-1]
    at = dice.randrange(len(key))
    wrong = dice.choice((f"{key[:at]}{key[at]}{key[at:]}", key.upper(), f"{key[:at]}?{key[at + 1 :]}"))
    section[wrong] = section.pop(key)
    return (*path[:-1], wrong)


def _unknown(tree: Tree, path: KeyPath, dice: random.Random) -> KeyPath:
    key = dice.choice(("x", "🦆", "a b", "\t", "0", "ownership-", "__proto__"))
    _section(tree, path)[key] = dice.choice((None, 1, "text", [], {"a": 1}))
    return (*path[:-1], key)


def _empty(tree: Tree, path: KeyPath, dice: random.Random) -> KeyPath:
    if path[-1] in MAY_BE_NOTHING:
        return _of_wrong_type(tree, path, dice)
    _section(tree, path)[path[-1]] = None
    return path


def _beyond(tree: Tree, path: KeyPath, dice: random.Random) -> KeyPath:
    section, was = _section(tree, path), _section(tree, path)[path[-1]]
    numeric = isinstance(was, (int, float)) and not isinstance(was, bool)
    texts = ("", " ", "é", "\x1b[31m", "a" * 5000, "${x}", "\u2028", "1:2", "{", "NaN")
    section[path[-1]] = dice.choice((-1, 10**30, 1e300, 10**4000) if numeric else texts)
    return path


BREAKS: tuple[Callable[[Tree, KeyPath, random.Random], KeyPath], ...] = (
    _of_wrong_type,
    _misspelt,
    _unknown,
    _empty,
    _beyond,
)


def _broken(seed: int, breaks: int) -> tuple[str, KeyPath, str]:
    """A stack file with so many broken settings, the path of the last, and what was done to it."""
    dice = random.Random(seed)  # noqa: S311 - breaks files, not codes
    whole = WHOLE[dice.choice(sorted(WHOLE))]
    optional = dice.sample(sorted(Profile.model_fields), k=2)
    tree = {
        key: deepcopy(value)
        for key, value in whole.items()
        if key in optional or key not in Profile.model_fields
    }
    path, name = (), ""
    for _ in range(breaks):
        how = dice.choice(BREAKS)
        path, name = how(tree, dice.choice(sorted(_leaves(tree))), dice), how.__name__
    return _stack_file(tree), path, name


def _shown(path: KeyPath) -> str:
    return ".".join(json.dumps(part)[1:-1] if not part.isprintable() else part for part in path)


def test_a_thousand_broken_stack_files_give_a_thousand_clear_refusals(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.broken.yaml"
    for seed in range(1000):
        text, path, how = _broken(seed, breaks=1 + seed % 3)
        file.write_text(text, encoding="utf-8")
        try:
            _load(file)
        except SettingsError as refusal:
            _clear(refusal)
        else:
            pytest.fail(f"seed {seed}: {how} of {path} was accepted")


def test_the_refusal_is_about_the_setting_that_was_broken(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.broken.yaml"
    for seed in range(1000, 1200):
        text, path, how = _broken(seed, breaks=1)
        file.write_text(text, encoding="utf-8")
        with pytest.raises(SettingsError) as refusal:
            _load(file)
        named = [problem.path for problem in refusal.value.problems]
        assert any(name == _shown(path) or name.startswith(_shown(path)) for name in named), (
            seed,
            how,
            path,
            named,
        )


def test_a_broken_setting_is_refused_by_the_engine_s_configuration_too(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.broken.yaml"
    for seed in range(2000, 2100):
        text, path, how = _broken(seed, breaks=1)
        file.write_text(text, encoding="utf-8")
        with pytest.raises(SettingsError) as refusal:
            load_config(to_config(file), "broken", installed=_every_sdk)
        _clear(refusal.value)
        assert refusal.value.problems, (seed, how, path)


def _mended(tree: Tree, problem: Problem) -> None:
    """Do with a tree what the fix of a problem tells a person to do."""
    *above, key = problem.path.split(".")
    if problem.fix == f"# remove the key {key}":
        section = _section(tree, (*above, key))
        del section[next(name for name in section if _shown((name,)) == key)]
        return
    pasted, _, comment = problem.fix.partition("  # ")
    place, _, old = comment.partition("in place of ")
    if old:
        section = _section(tree, (*above, old))
        section[pasted.rstrip(":").removeprefix(NAMESPACE)] = section.pop(old)
        return
    ((name, value),) = yaml.safe_load(pasted).items()
    within = place.removeprefix("in ").removeprefix(NAMESPACE).split(".") if place else []
    for part in within:  # what a profile filled, and the file does not mention
        tree = tree.setdefault(part, {})
    tree[name.removeprefix(NAMESPACE)] = value


def test_who_follows_the_fixes_has_a_file_that_loads(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.broken.yaml"
    for seed in range(3000, 3200):
        text, path, how = _broken(seed, breaks=1)
        for _ in range(4):
            file.write_text(text, encoding="utf-8")
            try:
                _load(file)
                break
            except SettingsError as refusal:
                said = json.loads(text)["config"]
                tree = {key.removeprefix(NAMESPACE): value for key, value in said.items()}
                for problem in refusal.problems:
                    _mended(tree, problem)
                text = _stack_file(tree)
        else:
            pytest.fail(f"seed {seed}: {how} of {path} was not mended: {text}")


# -- files that no person would write ------------------------------------------------------------------


def _torn(seed: int) -> bytes:
    """A shipped stack file after an accident: bytes flipped, lines cut, repeated, moved or indented."""
    dice = random.Random(seed)  # noqa: S311 - breaks files, not codes
    lines = (
        (ROOT / f"Pulumi.{dice.choice(('dev', 'staging', 'prod'))}.yaml")
        .read_bytes()
        .splitlines(keepends=True)
    )
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(lines))
        match dice.randrange(7):
            case 0:
                lines[at] = lines[at][: dice.randrange(len(lines[at]) + 1)]
            case 1:
                lines.insert(at, dice.choice(lines))
            case 2:
                lines[at] = (
                    dice.choice((b"\t", b"  ", b" ", b"- ", b"? ", b"&a ", b"*a ", b"!x ", b"%")) + lines[at]
                )
            case 3:
                lines[at] = lines[at].replace(
                    b":", dice.choice((b"", b"::", b" :", b": :", b": {", b": [", b": |")), 1
                )
            case 4:
                garbage = bytes(dice.randrange(256) for _ in range(dice.randint(1, 8)))
                lines[at] = lines[at][:3] + garbage + lines[at][3:]
            case 5:
                lines[at] = lines[at].replace(b'"', dice.choice((b"'", b"", b'"\\ud800')), 1)
            case _:
                dice.shuffle(lines)
    return b"".join(lines)


def test_a_torn_file_is_read_or_refused_in_clear_words(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.torn.yaml"
    refused = 0
    for seed in range(1000):
        file.write_bytes(_torn(seed))
        try:
            loaded = _load(file)
        except SettingsError as refusal:
            refused += 1
            _clear(refusal)
        else:
            assert loaded.settings == load_config(to_config(file), "torn", installed=_every_sdk), seed
    assert refused > 500


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.binary(max_size=200)
    | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))
)
def test_any_bytes_are_refused_in_clear_words(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "Pulumi.any.yaml"
    file.write_bytes(data)
    with pytest.raises(SettingsError) as refusal:
        _load(file)
    _clear(refusal.value)


@settings(max_examples=100, deadline=None)
@given(
    config=st.dictionaries(
        st.sampled_from([f"{NAMESPACE}{name}" for name in WHOLE["prod"]]) | st.text(max_size=20),
        st.text(max_size=30)
        | st.recursive(st.none() | st.floats() | st.text(), st.lists, max_leaves=8).map(json.dumps),
    )
)
def test_any_configuration_of_the_engine_is_refused_in_clear_words(config: dict[str, str]) -> None:
    with pytest.raises(SettingsError) as refusal:
        load_config(config, "any", installed=_every_sdk)
    _clear(refusal.value)


# -- good files ----------------------------------------------------------------------------------------

_NAME = st.from_regex("[a-z]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True)
_LOW_HIGH = st.tuples(st.integers(1, 500), st.integers(0, 500)).map(
    lambda pair: {"min": pair[0], "max": sum(pair)}
)
_OCTET = st.integers(0, 255).filter(lambda octet: octet not in {17, 33, 49})
"""Of the first region's range: not one that a profile gives the second region."""
_REGION = st.sampled_from(["us-east-1", "us-east-2", "eu-west-1"])


@st.composite
def _good(draw: st.DrawFn) -> Tree:
    """What a stack file may say, with values that a careless reader of YAML takes for something else."""
    dr_region = draw(st.sampled_from(["us-west-2", "eu-central-1"]))
    digest = draw(st.integers(0, 2**256 - 1).map(lambda number: f"{number:064x}"))
    service = {
        "image": f"registry.example.com:5000/trading/api@sha256:{digest}",
        "port": draw(st.integers(1024, 65535)),
        "cpu": draw(st.sampled_from(["1", "0.5", "250m", "08", "1.5"])),
    }
    units = draw(st.integers(1, 200).map(lambda halves: halves / 2))
    return {
        "environment": draw(st.sampled_from(["dev", "staging", "prod"])),
        "cloud": {
            "provider": "aws",
            "account": draw(st.from_regex("[0-9]{12}", fullmatch=True)),
            "region": draw(_REGION),
            "dr_region": dr_region,
            "admin_roles": ["arn:aws:iam::111122223333:role/platform-admin"],
        },
        "cache": {"node_type": "cache.m7g.large", "replicas": draw(st.integers(1, 5))},
        "domain": draw(st.sampled_from(["trade.example.com", "1e3.example.com", "no.example.org"])),
        "ownership": {
            "owner": draw(st.sampled_from(["null", "true", "no", "0x1f", "1e3", "08", "007", "team"]))
        },
        "network": {"cidr": draw(_OCTET.map(lambda octet: f"10.{octet}.0.0/16"))},
        "cluster": {"on_demand": draw(_LOW_HIGH), "spot": draw(st.none() | _LOW_HIGH)},
        "database": {"min_capacity": units, "max_capacity": units + draw(st.integers(1, 50))},
        "services": draw(st.dictionaries(_NAME, st.just(service), min_size=1, max_size=4)),
        "budget": {"monthly": draw(st.integers(1, 10**8).map(lambda cents: f"{cents / 100:.2f} USD"))},
        "alerts": {"email": "sre@example.com"},
        "monitoring": {"pager": "pager-key"},
    }


class _Quoting(yaml.SafeDumper):
    """Writes YAML in blocks, with text in quotes."""


_Quoting.add_representer(
    str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')
)


def _says(tree: object, part: object) -> bool:
    """Whether a tree holds all that a part says."""
    if isinstance(part, dict) and isinstance(tree, dict):
        return all(key in tree and _says(tree[key], value) for key, value in part.items())
    return tree == part


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tree=_good(), blocks=st.booleans())
def test_what_is_written_is_what_is_meant_with_and_without_the_engine(
    tmp_path: Path, tree: Tree, *, blocks: bool
) -> None:
    file = tmp_path / "Pulumi.good.yaml"
    text = _stack_file(tree)
    file.write_text(yaml.dump(json.loads(text), Dumper=_Quoting) if blocks else text, encoding="utf-8")
    loaded = _load(file)
    budget = tree.pop("budget")["monthly"]
    assert _says(loaded.settings.model_dump(mode="json"), tree)
    assert f"{loaded.settings.budget.monthly} USD" == budget
    assert load_config(to_config(file), "good", installed=_every_sdk) == loaded.settings


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tree=_good())
def test_resolved_settings_written_back_as_a_stack_file_mean_the_same(tmp_path: Path, tree: Tree) -> None:
    file = tmp_path / "Pulumi.good.yaml"
    file.write_text(_stack_file(tree), encoding="utf-8")
    once = _load(file).settings
    file.write_text(_stack_file(once.model_dump(mode="json")), encoding="utf-8")
    assert _load(file).settings == once
