"""Settings as pip would read them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from numlock.facts.settings import IndexSettings, read_settings, redact

DEFAULT = "https://default.test/simple"
Read = Callable[..., IndexSettings]


def not_asked() -> str:
    pytest.fail("the default index was asked for although an index is named")


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    """The file that PIP_CONFIG_FILE names: pip reads it last."""
    return tmp_path / "named.conf"


@pytest.fixture
def read(conf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Read:
    """Reads settings from a text of pip's, an environment and options, on a machine that has no other file."""
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "environment"))

    def settings(
        text: str = "", *, options: tuple[tuple[str, str], ...] = (), **environ: str
    ) -> IndexSettings:
        conf.write_text(text, encoding="utf-8")
        named = {"PIP_CONFIG_FILE": str(conf) if text else os.devnull, "HOME": str(tmp_path / "home")}
        folders = {"XDG_CONFIG_DIRS": str(tmp_path / "xdg")}
        return read_settings(named | folders | environ, options=options, default_index=lambda: DEFAULT)

    return settings


def test_the_default_index_is_asked_where_nothing_names_one(read: Read) -> None:
    assert read().indexes == (DEFAULT,)


def test_the_default_index_stands_before_extra_ones(read: Read) -> None:
    assert read("[global]\nextra-index-url = https://b.test/simple\n").indexes == (
        DEFAULT,
        "https://b.test/simple",
    )


@pytest.mark.parametrize(
    ("environ", "options"),
    [
        ({"PIP_INDEX_URL": "https://a.test/simple"}, ()),
        ({"PIP_NO_INDEX": "1"}, ()),
        ({}, (("--index-url", "https://a.test/simple"),)),
        ({}, (("-i", "https://a.test/simple"),)),
        ({}, (("--no-index", ""),)),
    ],
    ids=["environment", "no index in the environment", "option", "short option", "no index as an option"],
)
def test_the_default_index_is_not_asked_where_it_is_not_needed(
    environ: dict[str, str], options: tuple[tuple[str, str], ...]
) -> None:
    found = read_settings(
        {"PIP_CONFIG_FILE": os.devnull, **environ}, options=options, default_index=not_asked
    )
    assert DEFAULT not in found.indexes


@pytest.mark.parametrize(
    ("text", "environ", "options", "expected"),
    [
        ("[global]\nindex-url = https://file.test", {}, (), "https://file.test"),
        ("[global]\nindex_url = https://file.test", {}, (), "https://file.test"),
        (
            "[global]\nindex-url = https://g.test\n[install]\nindex-url = https://i.test",
            {},
            (),
            "https://i.test",
        ),
        (
            "[install]\nindex-url = https://i.test\n[global]\nindex-url = https://g.test",
            {},
            (),
            "https://i.test",
        ),
        ("[list]\nindex-url = https://list.test", {}, (), DEFAULT),
        (
            "[install]\nindex-url = https://file.test",
            {"PIP_INDEX_URL": "https://env.test"},
            (),
            "https://env.test",
        ),
        ("[global]\nindex-url = https://file.test", {"PIP_INDEX_URL": ""}, (), "https://file.test"),
        (
            "[global]\nindex-url = https://file.test",
            {"PIP_INDEX_URL": "https://env.test"},
            (("--index-url", "https://option.test"),),
            "https://option.test",
        ),
        (
            "",
            {},
            (("--index-url", "https://one.test"), ("-i", "https://two.test")),
            "https://two.test",
        ),
        ("[global]\nindex-url = https://a.test/simple/", {}, (), "https://a.test/simple"),
        ("[global]\nindex-url = https://a.test/%40team/simple", {}, (), "https://a.test/%40team/simple"),
        ("index-url = https://no-section.test", {}, (), DEFAULT),
    ],
    ids=[
        "a file",
        "underscores in a file",
        "install beats global",
        "install beats global in any order",
        "another command's section does not count",
        "the environment beats files",
        "an empty variable is none",
        "options beat the environment",
        "the last option counts",
        "a slash at the end does not matter",
        "percent signs are taken as they stand",
        "a broken file is passed over",
    ],
)
def test_the_strongest_source_names_the_index(
    read: Read, text: str, environ: dict[str, str], options: tuple[tuple[str, str], ...], expected: str
) -> None:
    assert read(text, options=options, **environ).indexes == (expected,)


def test_extra_indexes_of_options_are_added_to_those_of_the_environment(read: Read) -> None:
    options = (("--extra-index-url", "https://c.test"), ("--extra-index-url", "https://a.test/"))
    found = read(options=options, PIP_INDEX_URL="https://a.test", PIP_EXTRA_INDEX_URL="https://b.test")
    assert found.indexes == ("https://a.test", "https://b.test", "https://c.test")


def test_extra_indexes_of_the_environment_replace_those_of_files(read: Read) -> None:
    text = "[global]\nindex-url = https://a.test\nextra-index-url =\n    https://b.test\n    https://c.test\n"
    assert read(text).indexes == ("https://a.test", "https://b.test", "https://c.test")
    assert read(text, PIP_EXTRA_INDEX_URL="https://d.test").indexes == ("https://a.test", "https://d.test")


@pytest.mark.parametrize("value", ["1", "true", "Yes", "ON"])
def test_no_index_takes_all_indexes_away(read: Read, value: str) -> None:
    text = f"[global]\nno-index = {value}\nindex-url = https://a.test\nextra-index-url = https://b.test\n"
    assert read(text).indexes == ()


def test_a_negated_no_index_takes_nothing_away(read: Read) -> None:
    assert read("[global]\nno-index = false\nindex-url = https://a.test\n").indexes == ("https://a.test",)


@pytest.mark.parametrize(
    ("text", "environ", "expected"),
    [
        ("", {}, 15.0),
        ("[global]\ntimeout = 60", {}, 60.0),
        ("[global]\ntimeout = 60", {"PIP_DEFAULT_TIMEOUT": "2.5"}, 2.5),
        ("", {"PIP_TIMEOUT": "7"}, 7.0),
        ("[global]\ntimeout = soon", {}, 15.0),
    ],
    ids=["pip's own", "a file", "the long variable", "the short variable", "no number"],
)
def test_timeout(read: Read, text: str, environ: dict[str, str], expected: float) -> None:
    assert read(text, **environ).timeout == expected


def test_connection_settings(read: Read) -> None:
    text = (
        "[global]\nretries = 2\ncert = /etc/ca.pem\nclient-cert = /me.pem\nproxy = proxy.test:3128\n"
        "trusted-host = a.test\n    b.test\nfind-links = /wheels https://links.test/\n"
    )
    found = read(text)
    assert (found.retries, found.cert, found.client_cert) == (2, "/etc/ca.pem", "/me.pem")
    assert (found.proxy, found.trusted_hosts) == ("proxy.test:3128", ("a.test", "b.test"))
    assert found.find_links == ("/wheels", "https://links.test/")


def test_lists_of_options_are_added(read: Read) -> None:
    options = (("-f", "/b"), ("--find-links", "/c"), ("--trusted-host", "x.test"), ("--pre", ""))
    found = read(options=options, PIP_FIND_LINKS="/a")
    assert found.find_links == ("/a", "/b", "/c")
    assert found.trusted_hosts == ("x.test",)


@pytest.mark.skipif(sys.platform != "linux", reason="the places of another system")
def test_places_of_files_from_the_weakest_to_the_strongest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "venv"))
    environ = {
        "HOME": str(tmp_path / "home"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "XDG_CONFIG_DIRS": str(tmp_path / "strong") + ":" + str(tmp_path / "weak"),
        "PIP_CONFIG_FILE": str(tmp_path / "named.conf"),
    }
    weak_to_strong = [
        tmp_path / "weak" / "pip" / "pip.conf",
        tmp_path / "strong" / "pip" / "pip.conf",
        tmp_path / "home" / ".pip" / "pip.conf",
        tmp_path / "config" / "pip" / "pip.conf",
        tmp_path / "venv" / "pip.conf",
        tmp_path / "named.conf",
    ]
    for number, path in enumerate(weak_to_strong):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"[global]\nindex-url = https://{number}.test\n", encoding="utf-8")
        assert read_settings(environ, default_index=not_asked).indexes == (f"https://{number}.test",)


@pytest.mark.skipif(sys.platform != "linux", reason="the places of another system")
def test_a_file_in_the_home_folder_counts_without_xdg(tmp_path: Path) -> None:
    path = tmp_path / ".config" / "pip" / "pip.conf"
    path.parent.mkdir(parents=True)
    path.write_text("[global]\nindex-url = https://home.test\n", encoding="utf-8")
    assert read_settings({"HOME": str(tmp_path)}, default_index=not_asked).indexes == ("https://home.test",)


def test_the_null_device_stands_for_no_files_at_all(tmp_path: Path) -> None:
    path = tmp_path / ".pip" / "pip.conf"
    path.parent.mkdir()
    path.write_text("[global]\nindex-url = https://home.test\n", encoding="utf-8")
    environ = {"HOME": str(tmp_path), "PIP_CONFIG_FILE": os.devnull}
    assert read_settings(environ, default_index=lambda: DEFAULT).indexes == (DEFAULT,)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://user:secret@a.test/simple", "https://a.test/simple"),
        ("https://token@a.test:8443/simple", "https://a.test:8443/simple"),
        (
            "cannot reach http://u:p@a.test/x, nor https://v:q@b.test",
            "cannot reach http://a.test/x, nor https://b.test",
        ),
        ("https://a.test/simple", "https://a.test/simple"),
        ("https://a.test/@scope/simple", "https://a.test/@scope/simple"),
        ("me@example.test", "me@example.test"),
    ],
    ids=["user and password", "token", "in a sentence", "none", "an at sign in the path", "no address"],
)
def test_redact(url: str, expected: str) -> None:
    assert redact(url) == expected


def test_no_part_of_a_password_is_shown() -> None:
    assert redact("https://u:p@ss@h.test/s") == "https://h.test/s"
