"""A temporary folder with a guard leaves nothing behind, however its commands, or numlock, end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from numlock.prove.workshop import Workshop
from support.processes import marked

PYTHON = sys.executable
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def run(workshop: Workshop, code: str, seconds: float = 30) -> tuple[int | None, str]:
    done = workshop.run([PYTHON, "-c", code], seconds=seconds, environment={"MARK": str(workshop.folder)})
    return done.returncode, done.stdout


def gone(folder: Path) -> bool:
    """Within some seconds: no folder, no process."""
    for _ in range(100):
        if not folder.exists() and not marked(folder):
            return True
        time.sleep(0.1)
    return False


def test_commands_run_in_a_folder_that_is_gone_afterwards() -> None:
    with Workshop() as workshop:
        assert run(workshop, "import os; print(os.getcwd() == os.environ['MARK'])") == (
            0,
            f"True{os.linesep}",
        )
        assert run(workshop, "import sys; sys.exit(5)")[0] == 5
        done = workshop.run(["no-such-program"], seconds=5, environment={})
        assert (done.returncode, bool(done.stderr)) == (127, True)
        assert workshop.folder.is_dir()
    assert not workshop.folder.exists()


def test_a_command_that_never_ends_is_ended() -> None:
    with Workshop() as workshop:
        start = time.perf_counter()
        assert run(workshop, "import time; time.sleep(60)", seconds=0.5)[0] is None
        assert time.perf_counter() - start < 20


def test_only_the_end_of_a_flood_is_kept() -> None:
    with Workshop() as workshop:
        _, out = run(workshop, "for i in range(300_000): print('x' * 20)\nprint('last')")
        assert len(out) <= 2_000_000
        assert out.endswith(f"last{os.linesep}")


@pytest.mark.skipif(os.name == "nt", reason="folders are never read-only there")
def test_a_folder_that_may_not_be_written_to_goes_too() -> None:
    with Workshop() as workshop:
        assert (
            run(workshop, "import os; os.makedirs('a/b'); open('a/b/c', 'w'); os.chmod('a', 0o500)")[0] == 0
        )
    assert not workshop.folder.exists()


LEFT_BEHIND = {
    "a child": "subprocess.Popen(['sleep', '60'])",
    "a child in a session of its own": "subprocess.Popen(['sleep', '60'], start_new_session=True)",
    "a daemon": "subprocess.Popen(['sh', '-c', '(setsid sleep 60 &) &'], stdout=-3, stderr=-3)",
}


@LINUX
@pytest.mark.parametrize("code", LEFT_BEHIND.values(), ids=LEFT_BEHIND.keys())
def test_what_a_command_leaves_behind_ends_with_it(code: str) -> None:
    with Workshop() as workshop:
        assert run(workshop, f"import subprocess; {code}")[0] == 0
        children = marked(workshop.folder)
        assert len(children) <= 1, "the guard alone may be left"
    assert gone(workshop.folder)


@LINUX
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nothing_outlives_numlock(number: signal.Signals) -> None:
    code = (
        "import subprocess, time; subprocess.Popen(['sleep', '60'], start_new_session=True); time.sleep(60)"
    )
    numlock = f"""if True:
        import signal, sys
        from numlock.prove.workshop import Workshop
        signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell's background job ignores
        with Workshop() as workshop:
            print(workshop.folder, flush=True)
            workshop.run([sys.executable, '-c', {code!r}], seconds=60, environment={{'MARK': str(workshop.folder)}})
    """
    process = subprocess.Popen(
        [PYTHON, "-c", numlock], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    folder = Path(process.stdout.readline().strip())
    while len(marked(folder)) < 2:
        time.sleep(0.05)
    process.send_signal(number)
    process.wait(20)
    process.stdout.close()
    assert gone(folder)
