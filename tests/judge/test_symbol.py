"""A symbol that some releases lack and others ask for."""

from __future__ import annotations

import pytest
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from numlock.judge import missing
from numlock.model import Because, Cause, Conflict, ConflictKind, Evidence, Member, Source, Symbol

NUMPY, PANDAS = map(canonicalize_name, ("numpy", "pandas"))
SYMBOL = Symbol("numpy", "float")
LINE = Source(url="pandas 1.0", member="pandas/core.py", line=3)
LACKING = {
    Version("1.24"): Because(text="numpy 1.24 has no numpy.float, the log says", evidence=Evidence.RUN),
    Version("1.25"): Because(text="numpy 1.25 has no numpy.float", evidence=Evidence.SOURCE),
}
USING = {
    Version("1.1"): Because(text="pandas 1.1 uses numpy.float", evidence=Evidence.SOURCE, source=LINE),
    Version("1.0"): Because(text="pandas 1.0 uses numpy.float", evidence=Evidence.SOURCE),
}
LACKS = Member(NUMPY, frozenset(LACKING))
ASKS = Member(PANDAS, frozenset(USING))


def judged(
    culprit: NormalizedName | None,
    victim: NormalizedName | None,
    *,
    lacking: dict[Version, Because] | None = None,
    using: dict[Version, Because] | None = None,
    cause: Cause = Cause.MISSING_ATTRIBUTE,
    symbol: Symbol | None = SYMBOL,
) -> list[Conflict]:
    return list(
        missing(
            symbol,
            culprit,
            LACKING if lacking is None else lacking,
            victim,
            USING if using is None else using,
            cause,
        )
    )


@pytest.mark.parametrize(
    ("culprit", "victim", "members"),
    [
        pytest.param(NUMPY, PANDAS, (LACKS, ASKS), id="both: not together"),
        pytest.param(NUMPY, None, (LACKS,), id="the project asks: the lacking ones are out"),
        pytest.param(None, PANDAS, (ASKS,), id="nobody offers it: the asking ones are out"),
        pytest.param(PANDAS, PANDAS, (Member(PANDAS, LACKS.versions), ASKS), id="a package asks itself"),
    ],
)
def test_members(
    culprit: NormalizedName | None, victim: NormalizedName | None, members: tuple[Member, ...]
) -> None:
    (found,) = judged(culprit, victim)
    assert found.members == members


def test_no_package_is_concerned() -> None:
    assert judged(None, None) == []


@pytest.mark.parametrize(
    ("culprit", "victim", "lacking", "using", "count"),
    [
        pytest.param(NUMPY, PANDAS, {}, USING, 0, id="no release lacks it"),
        pytest.param(NUMPY, PANDAS, LACKING, {}, 0, id="no release asks for it"),
        pytest.param(NUMPY, None, LACKING, {}, 1, id="the project asks for it"),
        pytest.param(NUMPY, None, {}, USING, 0, id="the project asks, no release lacks it"),
        pytest.param(None, PANDAS, {}, USING, 1, id="nobody offers it"),
        pytest.param(None, PANDAS, LACKING, {}, 0, id="nobody offers it, no release asks for it"),
    ],
)
def test_both_sides_must_be_there(
    culprit: NormalizedName | None,
    victim: NormalizedName | None,
    lacking: dict[Version, Because],
    using: dict[Version, Because],
    count: int,
) -> None:
    assert len(judged(culprit, victim, lacking=lacking, using=using)) == count


@pytest.mark.parametrize(
    ("cause", "culprit", "symbol", "kind"),
    [
        pytest.param(Cause.MISSING_MODULE, NUMPY, SYMBOL, ConflictKind.MODULE, id="a module"),
        pytest.param(Cause.MISSING_NAME, NUMPY, SYMBOL, ConflictKind.NAME, id="a name"),
        pytest.param(Cause.MISSING_ATTRIBUTE, NUMPY, SYMBOL, ConflictKind.NAME, id="an attribute"),
        pytest.param(Cause.MISSING_MODULE, None, SYMBOL, ConflictKind.PYTHON, id="a module of the Python"),
        pytest.param(Cause.MISSING_NAME, None, SYMBOL, ConflictKind.PYTHON, id="a name of the Python"),
        pytest.param(Cause.SYNTAX, None, None, ConflictKind.PYTHON, id="syntax"),
    ],
)
def test_kind(
    cause: Cause, culprit: NormalizedName | None, symbol: Symbol | None, kind: ConflictKind
) -> None:
    (found,) = judged(culprit, PANDAS, cause=cause, symbol=symbol)
    assert found.kind is kind


def test_evidence_of_the_first_releases_read_the_asking_side_first() -> None:
    (found,) = judged(NUMPY, PANDAS)
    asks, lacks = USING[Version("1.1")], LACKING[Version("1.24")]
    joined = Because(text=f"{asks.text}; {lacks.text}", evidence=Evidence.SOURCE, source=LINE)
    assert found.because == (joined, asks, lacks)


def test_evidence_of_one_side() -> None:
    (found,) = judged(NUMPY, None)
    lacks = LACKING[Version("1.24")]
    assert found.because[0] == lacks
    assert found.evidence is Evidence.RUN
