"""When an advisory applies, what it rules out, and when a guess is made."""

from __future__ import annotations

from dataclasses import replace

import pytest
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from numlock.judge import Universe, advisories, hypothesis, installation_failed
from numlock.model import (
    Advisory,
    Cause,
    Conflict,
    ConflictKind,
    Crash,
    Diagnosis,
    Edge,
    Evidence,
    Frame,
    Member,
    Origin,
    Place,
    Target,
)

TORCH, NUMPY, TRITON = map(canonicalize_name, ("torch", "numpy", "triton"))
TARGET = Target(python=(3, 7))


def versions(text: str) -> tuple[Version, ...]:
    return tuple(map(Version, text.split()))


UNIVERSE = Universe(
    pinned={TORCH: Version("1.8.0"), NUMPY: Version("1.19.5")},
    versions={TORCH: versions("1.7.1 1.8.0 1.8.1 1.9.0"), NUMPY: versions("1.18.0 1.19.5 1.20.0")},
)
ADVISORY = Advisory(
    id="NUMLOCK-1",
    package=TORCH,
    summary="cuDNN fails",
    affected=((Version("1.8.0"), Version("1.8.1")),),
    links=("https://e.test/1", "https://e.test/2"),
    edges=(Edge("torch", bad=Version("1.8.0"), good=Version("1.8.1")),),
    verified="run",
    always=True,
)
SIGNED = replace(ADVISORY, always=False, error="RuntimeError$", message="cuDNN|CUBLAS")
FITTING = Crash(error="RuntimeError", message="cuDNN error: CUDNN_STATUS_NOT_INITIALIZED")


def judged(
    advisory: Advisory, crash: Crash | None = FITTING, universe: Universe = UNIVERSE, target: Target = TARGET
) -> list[Conflict]:
    return list(advisories([advisory], universe, crash, target))


def test_conflict() -> None:
    (found,) = judged(SIGNED)
    assert found.kind is ConflictKind.ADVISORY
    assert found.members == (Member(TORCH, frozenset({Version("1.8.0")})),)
    assert found.evidence is Evidence.ADVISORY
    (because,) = found.because
    assert because.text == "NUMLOCK-1: cuDNN fails (torch: last bad 1.8.0, first good 1.8.1; run)"
    assert because.link == "https://e.test/1"


def test_an_advisory_without_links() -> None:
    (found,) = judged(replace(ADVISORY, links=()))
    assert found.because[0].link is None


# --- the signature


@pytest.mark.parametrize(
    ("error", "message", "fits"),
    [
        pytest.param("RuntimeError$", "cuDNN", True, id="both fit"),
        pytest.param("ValueError", "cuDNN", False, id="the error does not"),
        pytest.param("RuntimeError$", "cuFFT", False, id="the message does not"),
        pytest.param("RuntimeError$", None, True, id="any message"),
        pytest.param(None, "NOT_INITIALIZED$", True, id="any error"),
        pytest.param(None, "cuFFT", False, id="any error, but the message does not fit"),
        pytest.param(None, None, False, id="no signature"),
        pytest.param("^torch", None, False, id="anchored elsewhere"),
    ],
)
def test_signature(error: str | None, message: str | None, fits: bool) -> None:
    assert bool(judged(replace(SIGNED, error=error, message=message))) is fits


INSIDE = Frame(
    file="/env/lib/python3.7/site-packages/torch/nn/modules/conv.py",
    line=260,
    function="forward",
    code="return F.conv1d(input)",
    place=Place.LIBRARY,
    inside="torch/nn/modules/conv.py",
)
OWN = Frame(file="main.py", line=1, function="<module>", code="net(x)", place=Place.PROJECT)


@pytest.mark.parametrize(
    ("frames", "fits"),
    [
        pytest.param(r"^library torch/nn/.* forward: .*conv1d", True, id="a frame"),
        pytest.param(r"^project .*net\(x\)\nlibrary torch/", True, id="who called"),
        pytest.param(r"^library torch/optim/", False, id="no such frame"),
        pytest.param(r"^project .*\Z", False, id="the last one is another"),
    ],
)
def test_signature_of_frames(frames: str, fits: bool) -> None:
    crash = replace(FITTING, frames=(OWN, INSIDE))
    assert bool(judged(replace(SIGNED, frames=frames), crash)) is fits


@pytest.mark.parametrize(
    ("advisory", "applies"),
    [
        pytest.param(ADVISORY, True, id="at import"),
        pytest.param(replace(ADVISORY, error="RuntimeError$"), True, id="at import, with a signature"),
        pytest.param(SIGNED, False, id="in use"),
        pytest.param(replace(SIGNED, message=None), False, id="with an error alone"),
        pytest.param(replace(SIGNED, error=None), False, id="with a message alone"),
    ],
)
def test_without_a_crash(advisory: Advisory, applies: bool) -> None:
    assert bool(judged(advisory, None)) is applies


@pytest.mark.parametrize(
    ("implicated", "pinned", "found"),
    [
        pytest.param(None, "1.8.0", [False], id="every conflict counts"),
        pytest.param({TORCH}, "1.8.0", [False], id="the crash has to do with it"),
        pytest.param({NUMPY}, "1.8.0", [], id="the pins live with it"),
        pytest.param({NUMPY}, "1.8.1", [False], id="no move goes there"),
    ],
)
def test_what_fails_at_import(implicated: set[NormalizedName] | None, pinned: str, found: list[bool]) -> None:
    universe = replace(UNIVERSE, pinned={**UNIVERSE.pinned, TORCH: Version(pinned)})
    concerned = None if implicated is None else frozenset(implicated)
    conflicts = advisories([ADVISORY], universe, OTHER, TARGET, concerned)
    assert [each.soft for each in conflicts] == found


LATER = ((Version("1.8.0"), None),)
EARLIER = ((None, Version("1.8.1")),)


@pytest.mark.parametrize(
    ("advisory", "pinned", "found"),
    [
        pytest.param(SIGNED, "1.8.0", [], id="the pins live with it"),
        pytest.param(SIGNED, "1.8.1", [True], id="a faulty release"),
        pytest.param(replace(SIGNED, affected=LATER), "1.7.1", [], id="changed for good"),
        pytest.param(replace(SIGNED, affected=EARLIER), "1.9.0", [], id="not there yet"),
        pytest.param(replace(SIGNED, affected=LATER, beside=(NUMPY, "<1.20")), "1.7.1", [True], id="a pair"),
    ],
)
def test_a_plan_steers_clear_of_what_fails_in_use(advisory: Advisory, pinned: str, found: list[bool]) -> None:
    universe = replace(UNIVERSE, pinned={**UNIVERSE.pinned, TORCH: Version(pinned)})
    assert [each.soft for each in judged(advisory, None, universe)] == found


OTHER = Crash(error="pytorch.TrainingFailed", message="epoch 1")


@pytest.mark.parametrize(
    ("crash", "fits"),
    [
        pytest.param(OTHER, False, id="another crash"),
        pytest.param(replace(OTHER, chain=(FITTING,)), True, id="the cause of another crash"),
        pytest.param(replace(OTHER, chain=(OTHER, FITTING, OTHER)), True, id="in the middle of a chain"),
        pytest.param(replace(FITTING, chain=(OTHER,)), True, id="the crash itself, with another cause"),
        pytest.param(
            replace(OTHER, message="cuDNN", chain=(Crash(error="RuntimeError", message="x"),)),
            False,
            id="error and message of two crashes",
        ),
    ],
)
def test_chain(crash: Crash, fits: bool) -> None:
    assert bool(judged(SIGNED, crash)) is fits


# --- target and packages


@pytest.mark.parametrize(
    ("python", "specifier", "applies"),
    [
        pytest.param((3, 7), None, True, id="any Python"),
        pytest.param((3, 7), "<3.8", True, id="below"),
        pytest.param((3, 8), "<3.8", False, id="at the bound"),
        pytest.param((3, 10), "<3.8", False, id="3.10 is not below 3.8"),
        pytest.param((3, 10), ">=3.9", True, id="3.10 is above 3.9"),
        pytest.param((3, 9), ">=3.9,<3.12", True, id="a range"),
        pytest.param((3, 9), "==3.9.*", True, id="a prefix"),
    ],
)
def test_python(python: tuple[int, int], specifier: str | None, applies: bool) -> None:
    assert bool(judged(replace(ADVISORY, python=specifier), target=Target(python=python))) is applies


def test_the_python_counts_beside_a_fitting_signature() -> None:
    assert judged(replace(SIGNED, python=">=3.8")) == []


def test_a_package_that_is_not_pinned_is_not_judged() -> None:
    assert judged(replace(ADVISORY, package=TRITON)) == []


@pytest.mark.parametrize(
    ("beside", "expected"),
    [
        pytest.param((NUMPY, "<1.20"), versions("1.18.0 1.19.5"), id="some versions beside"),
        pytest.param((NUMPY, ">=1.20"), versions("1.20.0"), id="versions that are not pinned"),
        pytest.param((NUMPY, ">=2"), None, id="no version beside"),
        pytest.param((TRITON, ">=1"), None, id="not pinned beside"),
    ],
)
def test_beside(beside: tuple[str, str], expected: tuple[Version, ...] | None) -> None:
    name = canonicalize_name(beside[0])
    found = judged(replace(ADVISORY, beside=(name, beside[1])))
    members = (
        [(Member(TORCH, frozenset(versions("1.8.0"))), Member(name, frozenset(expected)))] if expected else []
    )
    assert [each.members for each in found] == members


def test_pre_releases_count_beside() -> None:
    universe = Universe(pinned={TORCH: Version("1.8.0"), NUMPY: Version("1.20.0rc1")}, versions={})
    (found,) = judged(replace(ADVISORY, beside=(NUMPY, ">=1.19")), universe=universe)
    assert found.members[1] == Member(NUMPY, frozenset({Version("1.20.0rc1")}))


# --- ranges


@pytest.mark.parametrize(
    ("low", "high", "version", "hit"),
    [
        pytest.param("1.8.0", "1.8.1", "1.8.0", True, id="the first bad one"),
        pytest.param("1.8.0", "1.8.1", "1.8.1", False, id="the first good one"),
        pytest.param("1.8.0", "1.8.1", "1.8.0.post1", True, id="between"),
        pytest.param("1.8.0", "1.8.1", "1.7.1", False, id="below"),
        pytest.param("1.8.0", "1.8.1", "1.8.0+cu111", True, id="a label counts as its public version"),
        pytest.param("1.8.0", "1.8.1", "1.8.1+cu111", False, id="a label of the first good one"),
        pytest.param("1.8.0", "1.8.1", "1.8.0rc1", False, id="a pre-release of the first bad one"),
        pytest.param("1.8.0", "1.8.1", "1.8.1rc1", True, id="a pre-release of the first good one"),
        pytest.param(None, "1.8.1", "0.1", True, id="bad from the beginning"),
        pytest.param("1.8.0", None, "9.0", True, id="not fixed yet"),
        pytest.param("1.8.0", None, "1.7.1", False, id="not fixed yet, below"),
    ],
)
def test_range(low: str | None, high: str | None, version: str, hit: bool) -> None:
    bounds = (Version(low) if low else None, Version(high) if high else None)
    advisory = replace(ADVISORY, affected=(bounds,))
    universe = Universe(pinned={TORCH: Version(version)}, versions={})
    members = [each.members for each in judged(advisory, universe=universe)]
    assert members == ([(Member(TORCH, frozenset({Version(version)})),)] if hit else [])


def test_several_ranges_and_all_versions_in_question() -> None:
    ranges = ((None, Version("1.8.0")), (Version("1.8.1"), Version("1.9.0")))
    (found,) = judged(replace(ADVISORY, affected=ranges))
    assert found.members == (Member(TORCH, frozenset(versions("1.7.1 1.8.1"))),)


def test_each_advisory_speaks_for_itself() -> None:
    second = replace(ADVISORY, id="NUMLOCK-2")
    unfit = replace(ADVISORY, id="NUMLOCK-3", python=">=3.12")
    found = advisories([ADVISORY, unfit, second], UNIVERSE, FITTING, TARGET)
    assert [each.because[0].text.split(":")[0] for each in found] == ["NUMLOCK-1", "NUMLOCK-2"]


# --- a guess

NATIVE = Diagnosis(
    cause=Cause.NATIVE, origin=Origin.TRANSITIVE, rule="native", summary="inside torch", culprit=TORCH
)


def test_a_native_error_makes_a_guess_about_the_pinned_release() -> None:
    found = hypothesis(NATIVE, UNIVERSE, frozenset({NUMPY}))
    assert found is not None
    assert found.kind is ConflictKind.HYPOTHESIS
    assert found.members == (Member(TORCH, frozenset({Version("1.8.0")})),)
    assert found.evidence is Evidence.HYPOTHESIS
    assert found.because[0].text.startswith("hypothesis: ")
    assert "torch 1.8.0" in found.because[0].text


@pytest.mark.parametrize(
    ("diagnosis", "locked"),
    [
        pytest.param(NATIVE, {TORCH}, id="a locked package"),
        pytest.param(replace(NATIVE, culprit=TRITON), {NUMPY}, id="a package that is not pinned"),
        pytest.param(replace(NATIVE, culprit=None), {NUMPY}, id="no package"),
    ],
)
def test_no_guess(diagnosis: Diagnosis, locked: set[str]) -> None:
    assert hypothesis(diagnosis, UNIVERSE, frozenset(locked)) is None


@pytest.mark.parametrize(
    "cause", [cause for cause in Cause if cause is not Cause.NATIVE], ids=lambda c: c.value
)
def test_no_guess_for_another_cause(cause: Cause) -> None:
    assert hypothesis(replace(NATIVE, cause=cause), UNIVERSE, frozenset({NUMPY})) is None


def test_a_failed_installation_is_one_that_the_diagnosis_calls_so() -> None:
    assert installation_failed(replace(NATIVE, cause=Cause.UNINSTALLED))
    assert not installation_failed(NATIVE)
    assert not installation_failed(None)
