"""A command that is run here behaves as if numlock were not there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from numlock.errors import BadInput
from numlock.prove import stream

ENDS = {
    "it succeeds": ("print('fine')", 0, "fine\n", ""),
    "it fails": ("import sys; print('out'); print('err', file=sys.stderr); sys.exit(7)", 7, "out\n", "err\n"),
    "bytes that are no text": ("import os; os.write(1, bytes(range(256)))", 0, None, ""),
}


@pytest.mark.parametrize(("code", "returncode", "out", "err"), ENDS.values(), ids=ENDS.keys())
def test_output_and_exit_code_pass_through(
    capfdbinary: pytest.CaptureFixture[bytes], code: str, returncode: int, out: str | None, err: str
) -> None:
    done = stream([sys.executable, "-c", code])
    seen = capfdbinary.readouterr()
    assert done.returncode == returncode
    assert seen.out == (bytes(range(256)) if out is None else out.replace("\n", os.linesep).encode())
    assert seen.err == err.replace("\n", os.linesep).encode()
    assert done.output == seen.out + b"\n" + seen.err


@pytest.mark.skipif(os.name == "nt", reason="signals end no process there")
def test_a_signal_is_told_as_a_shell_tells_it() -> None:
    assert stream([sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"]).returncode == 137


def test_a_command_that_does_not_exist() -> None:
    with pytest.raises(BadInput, match="is no command here"):
        stream(["no-such-command-anywhere"])


def test_what_a_command_leaves_behind_is_not_waited_for() -> None:
    code = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(20)'])"
    start = time.perf_counter()
    assert stream([sys.executable, "-c", code]).returncode == 0
    assert time.perf_counter() - start < 15


@pytest.mark.skipif(os.name == "nt", reason="no terminals to open")
@pytest.mark.parametrize("code", ["print(sys.stdout.isatty(), os.get_terminal_size(1))"])
def test_a_command_on_a_terminal_writes_to_a_terminal(code: str) -> None:
    import fcntl
    import pty
    import struct
    import termios

    source, given = pty.openpty()
    fcntl.ioctl(given, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 99, 0, 0))
    argv = [sys.executable, "-m", "numlock", "run", "--", sys.executable, "-c", f"import os, sys; {code}"]
    process = subprocess.Popen(argv, stdout=given, stderr=given, stdin=given)
    os.close(given)
    assert process.wait(30) == 0
    assert os.read(source, 1000) == b"True os.terminal_size(columns=99, lines=33)\r\n"
    os.close(source)


@pytest.mark.skipif(os.name == "nt", reason="signals end no process there")
def test_the_order_of_two_outputs_to_one_place_stays() -> None:
    code = "import os\nfor i in range(50):\n    os.write(1 + i % 2, b'%d ' % i)"
    argv = [sys.executable, "-m", "numlock", "run", "--", sys.executable, "-c", code]
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True)
    assert done.stdout == b"".join(b"%d " % i for i in range(50))


@pytest.mark.skipif(os.name == "nt", reason="signals end no process there")
def test_a_signal_to_numlock_reaches_the_command() -> None:
    code = "import signal, sys, time\nsignal.signal(15, lambda *_: sys.exit(9))\nprint('up', flush=True)"
    code += "\ntime.sleep(30)"
    argv = [sys.executable, "-m", "numlock", "run", "--", sys.executable, "-c", code]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 9
    process.stdout.close()


def test_a_reader_that_has_gone_ends_the_command() -> None:
    code = "while True: print('x' * 1000)"
    argv = [sys.executable, "-m", "numlock", "run", "--", sys.executable, "-c", code]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.read(10)
    process.stdout.close()
    assert process.wait(60) != 0
    assert process.stderr is not None
    process.stderr.close()
