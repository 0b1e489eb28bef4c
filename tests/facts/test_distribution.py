"""What wheels and source archives say of themselves."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from numlock.facts.archive import Unreadable, open_archive
from numlock.facts.distribution import SOMEWHERE, Described, describe, installed_paths
from numlock.facts.opened import Opened
from numlock.facts.settings import IndexSettings
from numlock.facts.transport import Transport
from numlock.model import File
from support.distributions import build_sdist, build_wheel, metadata

BUILT = f"demo/{SOMEWHERE}"


def described(path: Path) -> Described:
    file = File(filename=path.name, url=path.as_uri())
    return describe(open_archive(Transport(IndexSettings(indexes=())), file), file)


def source(folder: Path, *names: str) -> tuple[str, ...]:
    """The paths that a source archive with these files is said to install."""
    return described(build_sdist(folder, "demo", "1.0", files=dict.fromkeys(names, ""))).paths


# --- wheels ----------------------------------------------------------------------------------------------


def test_a_wheel_states_its_requirements(tmp_path: Path) -> None:
    lines = ("numpy>=1.14", 'six ; extra == "old"')
    wheel = build_wheel(tmp_path, "demo", "1.0", files={"demo.py": ""}, requires=lines)
    assert described(wheel) == Described(requires=lines, paths=("demo.py",))


def test_a_wheel_without_requirements_needs_nothing(tmp_path: Path) -> None:
    assert described(build_wheel(tmp_path, "demo", "1.0", files={})).requires == ()


def test_a_wheel_without_metadata_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "demo-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("demo.py", "")
        wheel.writestr("demo/vendored.dist-info/METADATA", metadata("vendored", "1.0"))
    with pytest.raises(Unreadable, match="no METADATA"):
        described(path)


def test_metadata_that_is_no_utf_8_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    path = tmp_path / "demo-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("demo-1.0.dist-info/METADATA", b"Author: J\xf6rg\nRequires-Dist: six\n\n\xff")
    assert described(path).requires == ("six",)


@pytest.mark.parametrize(
    ("member", "path"),
    [
        ("demo/__init__.py", "demo/__init__.py"),
        ("demo/__init__.pyi", "demo/__init__.pyi"),
        ("demo/_c.cpython-37m-x86_64-linux-gnu.so", "demo/_c.cpython-37m-x86_64-linux-gnu.so"),
        ("demo/_c.cp37-win_amd64.pyd", "demo/_c.cp37-win_amd64.pyd"),
        ("torch/lib/libcudnn.so.8", "torch/lib/libcudnn.so.8"),
        ("torch/lib/libcudart-80664282.so.10.2", "torch/lib/libcudart-80664282.so.10.2"),
        ("torch/lib/c10.dll", "torch/lib/c10.dll"),
        ("demo/.dylibs/libz.1.dylib", "demo/.dylibs/libz.1.dylib"),
        ("distutils-precedence.pth", "distutils-precedence.pth"),
        ("demo-1.0.data/purelib/demo.py", "demo.py"),
        ("demo-1.0.data/platlib/demo/_c.so", "demo/_c.so"),
        ("demo-1.0.data/scripts/demo.py", None),
        ("demo-1.0.data/headers/demo.py", None),
        ("demo-1.0.dist-info/METADATA", None),
        ("demo-1.0.dist-info/licenses/why.py", None),
        ("demo.egg-info/x.py", None),
        ("demo/LICENSE.txt", None),
        ("torch/include/ATen/ATen.h", None),
        ("demo/weights.bin", None),
        ("demo/", None),
    ],
)
def test_what_a_member_of_a_wheel_is_installed_to(member: str, path: str | None) -> None:
    assert list(installed_paths([member])) == ([] if path is None else [path])


# --- requirements of source archives ---------------------------------------------------------------------


def test_requires_txt_of_an_egg_info(tmp_path: Path) -> None:
    requires = ["numpy>=1.14", "pywin32 ; sys_platform == 'win32'"]
    found = described(build_sdist(tmp_path, "demo", "1.0", files={}, requires=requires)).requires
    assert found == ("numpy>=1.14", 'pywin32 ; (sys_platform == "win32")')


def test_an_egg_info_without_requires_txt_needs_nothing(tmp_path: Path) -> None:
    assert described(build_sdist(tmp_path, "demo", "1.0", files={})).requires == ()


@pytest.mark.parametrize("place", ["src/demo.egg-info", "demo.egg-info", "lib/demo_x.egg-info"])
def test_an_egg_info_below_a_folder(tmp_path: Path, place: str) -> None:
    files = {f"{place}/requires.txt": "six\n"}
    assert described(build_sdist(tmp_path, "demo", "1.0", files=files, egg_info=False)).requires == ("six",)


@pytest.mark.parametrize("version", ["2.2", "2.3", "2.4", "3.0"])
def test_metadata_that_may_be_trusted_beats_the_egg_info(tmp_path: Path, version: str) -> None:
    files = {"demo.egg-info/requires.txt": "stale\n"}
    path = build_sdist(
        tmp_path, "demo", "1.0", files=files, requires=["six>=1"], metadata_version=version, egg_info=False
    )
    assert described(path).requires == ("six>=1",)


@pytest.mark.parametrize("field", ["Requires-Dist", "requires-dist"])
def test_a_field_that_is_said_to_be_dynamic_is_not_trusted(tmp_path: Path, field: str) -> None:
    files = {"demo.egg-info/requires.txt": "six>=2\n"}
    path = build_sdist(
        tmp_path, "demo", "1.0", files=files, metadata_version="2.2", dynamic=[field], egg_info=False
    )
    assert described(path).requires == ("six>=2",)


def test_another_dynamic_field_does_not_matter(tmp_path: Path) -> None:
    path = build_sdist(
        tmp_path, "demo", "1.0", files={}, requires=["six"], metadata_version="2.2", dynamic=["Version"]
    )
    assert described(path).requires == ("six",)


def test_old_metadata_that_states_requirements_without_an_egg_info(tmp_path: Path) -> None:
    info = metadata("demo", "1.0", ["six"], metadata_version="2.1")
    path = build_sdist(tmp_path, "demo", "1.0", files={"PKG-INFO": info}, egg_info=False)
    assert described(path).requires == ("six",)


@pytest.mark.parametrize(
    "files",
    [{}, {"setup.py": "setup(install_requires=['six'])"}, {"pyproject.toml": "[build-system]"}],
    ids=["nothing", "setup.py", "pyproject.toml"],
)
def test_requirements_that_only_code_knows_are_not_known(tmp_path: Path, files: Mapping[str, str]) -> None:
    found = described(build_sdist(tmp_path, "demo", "1.0", files=files, egg_info=False))
    assert found.requires is None
    assert "not run" in found.why


# --- modules of source archives --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "paths"),
    [
        (["demo/__init__.py", "demo/a/b.py"], {"demo/__init__.py", "demo/a/b.py"}),
        (["demo.py"], {"demo.py"}),
        (["src/demo/__init__.py", "setup.py"], {"demo/__init__.py"}),
        (["src/demo.py"], {"demo.py"}),
        (["lib/demo/__init__.py"], {"demo/__init__.py"}),
        (["Lib/demo/__init__.py"], {"demo/__init__.py"}),
        (["python/demo/__init__.py"], {"demo/__init__.py"}),
        (["demo/__init__.py", "tests/__init__.py", "docs/conf.py", "setup.py"], {"demo/__init__.py"}),
        (["src/demo/__init__.py", "tests/__init__.py", "tests/test_demo.py"], {"demo/__init__.py"}),
        (["demo/__init__.py", "demo/tests/test_a.py"], {"demo/__init__.py", "demo/tests/test_a.py"}),
        (["demo/__init__.py", "demo/_fast.pyx"], {"demo/__init__.py", "demo/_fast.so"}),
        (["demo/__init__.py", "demo/_fast.c", "helper.c", "setup.py"], {"demo/__init__.py", "demo/_fast.so"}),
        (["demo/__init__.py", "cpu/fast.cpp", "cpu/fast.h"], {"demo/__init__.py", BUILT}),
        (["src/demo/__init__.py", "rust/src/lib.rs"], {"demo/__init__.py", BUILT}),
        (["demo/__init__.py", "demo/kernels/a.cu"], {"demo/__init__.py", BUILT}),
        (["demo/__init__.py", "tests/fast.c", "docs/x/tests/y.c"], {"demo/__init__.py"}),
        (["demo.py", "cpu/fast.cpp"], {"demo.py"}),
        (["demo/__init__.pyi", "demo/__init__.py"], {"demo/__init__.pyi", "demo/__init__.py"}),
        (["demo/__init__.py", "demo/data.json", "README.md"], {"demo/__init__.py"}),
        (["setup.py", "README.md"], set()),
    ],
    ids=[
        "a package",
        "a module",
        "a package below src",
        "a module below src",
        "a package below lib",
        "a package below Lib",
        "a package below python",
        "tests, docs and setup.py beside it",
        "tests beside src",
        "tests inside the package",
        "cython",
        "C, beside which there may be more",
        "C++ in a folder of its own",
        "Rust in a folder of its own",
        "CUDA below the package",
        "C of tests",
        "C++ beside a module",
        "stubs",
        "data",
        "nothing",
    ],
)
def test_where_modules_of_a_source_archive_go(tmp_path: Path, names: list[str], paths: set[str]) -> None:
    found = source(tmp_path, *names)
    assert set(found) == paths
    assert len(found) == len(paths)


def test_what_cffi_makes_up_is_compiled_nobody_knows_where(tmp_path: Path) -> None:
    files = {"demo/__init__.py": "", "setup.py": "setup(cffi_modules=['demo/build.py:ffi'])\n"}
    found = described(build_sdist(tmp_path, "demo", "1.0", files=files))
    assert set(found.paths) == {"demo/__init__.py", BUILT}


@pytest.mark.parametrize("folder", ["lib", "python", "src"])
def test_what_a_source_archive_keeps_for_python_3(tmp_path: Path, folder: str) -> None:
    found = source(
        tmp_path, f"{folder}/demo/__init__.py", f"{folder}/demo/old.py", f"{folder}3/demo/__init__.py"
    )
    assert found == ("demo/__init__.py",)


@pytest.mark.parametrize(
    ("stated", "paths"),
    [
        ("demo\n", ["demo/__init__.py", "demo/a.py"]),
        ("_demo\ndemo\ndemo_2\n", ["demo/__init__.py", "demo/a.py", "demo_2/__init__.py"]),
        ("other\n", []),  # a folder that is installed under another name
        ("\n", ["beside.py", "demo/__init__.py", "demo/a.py", "demo_2/__init__.py"]),
    ],
)
def test_what_setuptools_wrote_down_of_the_top_level_decides(
    tmp_path: Path, stated: str, paths: list[str]
) -> None:
    modules = ("demo/__init__.py", "demo/a.py", "demo_2/__init__.py", "beside.py")
    files = dict.fromkeys(modules, "") | {"demo.egg-info/top_level.txt": stated}
    assert list(described(build_sdist(tmp_path, "demo", "1.0", files=files)).paths) == paths


@pytest.mark.parametrize(
    ("setup", "text"), [("setup(name='demo')\n", "print 1\n"), ("setup(use_2to3=True)\n", None)]
)
def test_source_that_is_translated_when_it_is_built_is_not_what_is_run(
    tmp_path: Path, setup: str, text: str | None
) -> None:
    path = build_sdist(tmp_path, "demo", "1.0", files={"demo.py": "print 1\n", "setup.py": setup})
    opened = Opened(Transport(IndexSettings(indexes=())))
    found = opened.texts(File(filename=path.name, url=path.as_uri()), ["demo.py", "absent.py"])
    assert found == {"demo.py": text}


def test_an_archive_without_a_top_folder(tmp_path: Path) -> None:
    path = tmp_path / "demo-1.0.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("PKG-INFO", metadata("demo", "1.0", ["six"], metadata_version="2.2"))
        archive.writestr("demo/__init__.py", "")
        archive.writestr("other/__init__.py", "")
    assert described(path) == Described(requires=("six",), paths=("demo/__init__.py", "other/__init__.py"))
