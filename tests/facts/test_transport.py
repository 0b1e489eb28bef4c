"""Bytes from a real server, a real proxy and real files."""

from __future__ import annotations

import gzip
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from numlock.errors import Exit, OutOfReach
from numlock.facts.settings import IndexSettings
from numlock.facts.transport import TooLarge, Transport, local_path, parallel
from support.index import Answer, Index, redirect

LIMIT = 1000
LOGIN = ("user", "p@ss:word")
BASIC = "Basic dXNlcjpwQHNzOndvcmQ="  # user:p@ss:word


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with Index(tmp_path) as found:
        found.answers["/hello"] = Answer(body=b"hello", headers={"X-Kind": "greeting"})
        yield found


def transport(*indexes: str, retries: int = 1, **settings: object) -> Transport:
    return Transport(IndexSettings(indexes=indexes, retries=retries, timeout=2.0, **settings))  # type: ignore[arg-type]


def with_login(url: str) -> str:
    return url.replace("://", "://user:p%40ss%3Aword@")


# --- answers -----------------------------------------------------------------------------------------


def test_an_answer_has_status_lower_case_headers_and_body(index: Index) -> None:
    found = transport().get(f"{index.host}/hello", limit=LIMIT)
    assert (found.status, found.headers["x-kind"], found.body) == (200, "greeting", b"hello")
    assert found.url == f"{index.host}/hello"


def test_headers_are_sent(index: Index) -> None:
    transport().get(f"{index.host}/hello", {"If-None-Match": '"x"'}, limit=LIMIT)
    (seen,) = index.log
    assert seen.headers["if-none-match"] == '"x"'
    assert seen.path == "/hello"


def test_requests_and_bytes_are_counted(index: Index) -> None:
    asking = transport()
    for _ in range(3):
        asking.get(f"{index.host}/hello", limit=LIMIT)
    assert (asking.requests, asking.bytes) == (3, 15)


@pytest.mark.parametrize("status", [304, 404, 410, 416])
def test_statuses_that_are_answers_are_handed_back(index: Index, status: int) -> None:
    index.answers["/x"] = Answer(status=status)
    assert transport().get(f"{index.host}/x", limit=LIMIT).status == status
    assert index.paths == ["/x"]


def test_gzip_is_unpacked_and_counted_as_it_came(index: Index) -> None:
    packed = gzip.compress(b"word " * 100)
    index.answers["/x"] = Answer(body=packed, headers={"Content-Encoding": "gzip"})
    asking = transport()
    assert asking.get(f"{index.host}/x", limit=LIMIT).body == b"word " * 100
    assert asking.bytes == len(packed)


# --- limits ------------------------------------------------------------------------------------------


def chunked(body: bytes) -> Answer:
    """An answer that does not announce its length."""
    framed = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    return Answer(headers={"Transfer-Encoding": "chunked"}, body=framed)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(body=b"x" * (LIMIT + 1)),
        chunked(b"x" * (LIMIT + 1)),
        Answer(body=gzip.compress(b"x" * 5_000_000), headers={"Content-Encoding": "gzip"}),
    ],
    ids=["announced", "not announced", "packed"],
)
def test_a_body_past_its_limit_is_refused(index: Index, answer: Answer) -> None:
    index.answers["/x"] = answer
    with pytest.raises(TooLarge):
        transport().get(f"{index.host}/x", limit=LIMIT)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(body=b"x" * LIMIT),
        chunked(b"x" * LIMIT),
        Answer(body=gzip.compress(b"x" * LIMIT), headers={"Content-Encoding": "gzip"}),
    ],
    ids=["announced", "not announced", "packed"],
)
def test_a_body_as_large_as_its_limit_is_read(index: Index, answer: Answer) -> None:
    index.answers["/x"] = answer
    assert transport().get(f"{index.host}/x", limit=LIMIT).body == b"x" * LIMIT


def test_after_a_refused_body_the_next_request_works(index: Index) -> None:
    index.answers["/x"] = Answer(body=b"x" * 500_000)
    asking = transport()
    with pytest.raises(TooLarge):
        asking.get(f"{index.host}/x", limit=LIMIT)
    assert asking.get(f"{index.host}/hello", limit=LIMIT).body == b"hello"


# --- retries -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        Answer(status=429),
        Answer(status=429, headers={"Retry-After": "0"}),
        Answer(status=500),
        Answer(status=502),
        Answer(status=503),
        Answer(status=504),
    ],
    ids=lambda answer: f"{answer.status} {answer.headers or ''}".strip(),
)
def test_a_busy_index_is_asked_again(index: Index, answer: Answer) -> None:
    index.first = [answer]
    assert transport().get(f"{index.host}/hello", limit=LIMIT).body == b"hello"
    assert index.paths == ["/hello", "/hello"]


def test_an_index_that_names_a_time_is_waited_for(index: Index) -> None:
    index.first = [Answer(status=429, headers={"Retry-After": "1"})]
    began = time.monotonic()
    assert transport().get(f"{index.host}/hello", limit=LIMIT).status == 200
    assert time.monotonic() - began >= 1.0


def test_an_index_that_stays_busy_is_out_of_reach(index: Index) -> None:
    index.answers["/x"] = Answer(status=503)
    with pytest.raises(OutOfReach, match=r"127\.0\.0\.1 answered 503 for /x") as caught:
        transport().get(f"{index.host}/x", limit=LIMIT)
    assert caught.value.reference == "index-refused"
    assert len(index.log) == 2


@pytest.mark.parametrize("status", [401, 403, 407])
def test_a_refusal_is_not_asked_again(index: Index, status: int) -> None:
    index.answers["/x"] = Answer(status=status)
    with pytest.raises(OutOfReach) as caught:
        transport(retries=4).get(f"{index.host}/x", limit=LIMIT)
    assert (caught.value.reference, caught.value.exit) == ("index-refused", Exit.OUT_OF_REACH)
    assert len(index.log) == 1


def test_a_body_that_breaks_off_is_out_of_reach(index: Index) -> None:
    index.answers["/x"] = Answer(body=b"half", headers={"Content-Length": "8", "Connection": "close"})
    with pytest.raises(OutOfReach) as caught:
        transport().get(f"{index.host}/x", limit=LIMIT)
    assert caught.value.reference == "index-unreachable"


# --- out of reach ------------------------------------------------------------------------------------


def test_a_host_that_is_down_is_out_of_reach(index: Index) -> None:
    url = with_login(f"{index.host}/hello")
    index.stop()
    with pytest.raises(OutOfReach) as caught:
        transport(url, retries=0).get(url, limit=LIMIT)
    assert (caught.value.reference, int(caught.value.exit)) == ("index-unreachable", 6)
    assert str(caught.value).startswith("index-unreachable: 127.0.0.1: ")
    assert "--offline" in str(caught.value)
    assert "word" not in str(caught.value)
    assert "p%40ss" not in str(caught.value)


def test_a_host_that_says_nothing_is_out_of_reach() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        asking = Transport(IndexSettings(indexes=(), timeout=0.2, retries=0))
        with pytest.raises(OutOfReach, match="timed out"):
            asking.get(f"http://127.0.0.1:{silent.getsockname()[1]}/", limit=LIMIT)


def test_a_host_that_says_nothing_is_not_waited_for_again() -> None:
    asking = Transport(IndexSettings(indexes=(), timeout=0.2, retries=1))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(2.0)
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        for path in ("a", "b"):
            with pytest.raises(OutOfReach, match=r"^index-unreachable: 127\.0\.0\.1: Read timed out"):
                asking.get(f"{url}/{path}", limit=LIMIT)
        tries = [silent.accept()[0] for _ in range(2)]
        assert all(each.recv(10) == b"GET /a HTT" for each in tries)
        silent.settimeout(0.0)
        with pytest.raises(BlockingIOError):
            silent.accept()
        for each in tries:
            each.close()


def test_a_host_whose_answer_leads_to_one_that_is_down_is_asked_again(index: Index, tmp_path: Path) -> None:
    with Index(tmp_path) as down:
        index.answers["/x"] = redirect(f"{down.host.replace('127.0.0.1', 'localhost')}/y")
    asking = transport()
    for _ in range(2):
        with pytest.raises(OutOfReach):
            asking.get(f"{index.host}/x", limit=LIMIT)
    assert asking.get(f"{index.host}/hello", limit=LIMIT).status == 200


def test_a_host_that_is_busy_or_breaks_off_is_asked_again(index: Index) -> None:
    index.answers["/busy"] = Answer(status=503)
    index.answers["/broken"] = Answer(body=b"half", headers={"Content-Length": "8", "Connection": "close"})
    asking = transport(retries=0)
    for path in ("busy", "broken"):
        with pytest.raises(OutOfReach):
            asking.get(f"{index.host}/{path}", limit=LIMIT)
    assert asking.get(f"{index.host}/hello", limit=LIMIT).status == 200


def test_a_proxy_that_is_down_is_not_tried_again(index: Index, tmp_path: Path) -> None:
    with Index(tmp_path) as proxy:
        place = proxy.host
    asking = transport(retries=0, proxy=place)
    first, second = (_failure(asking, f"http://example.invalid/{each}") for each in "ab")
    assert str(first) == str(second)
    assert second.__cause__ is None


def _failure(asking: Transport, url: str) -> OutOfReach:
    with pytest.raises(OutOfReach, match="index-unreachable") as caught:
        asking.get(url, limit=LIMIT)
    return caught.value


def test_a_redirect_without_end_is_out_of_reach(index: Index) -> None:
    index.answers["/x"] = redirect("/x")
    with pytest.raises(OutOfReach):
        transport(retries=3).get(f"{index.host}/x", limit=LIMIT)
    assert len(index.log) == 11


def test_certificates_that_are_not_there_are_named(index: Index, tmp_path: Path) -> None:
    missing = str(tmp_path / "ca.pem")
    with pytest.raises(OutOfReach) as caught:
        transport(cert=missing).get(f"{index.host}/hello", limit=LIMIT)
    assert (caught.value.reference, caught.value.where) == ("cert-unreadable", missing)
    assert index.log == []


# --- logins ------------------------------------------------------------------------------------------


def test_the_login_of_an_index_is_sent_to_it(index: Index) -> None:
    index.login = LOGIN
    found = transport(with_login(index.url)).get(f"{index.host}/hello", limit=LIMIT)
    assert found.body == b"hello"
    assert index.log[0].headers["authorization"] == BASIC


def test_the_login_of_find_links_is_sent_to_it(index: Index) -> None:
    links = with_login(f"{index.host}/hello")
    found = transport(find_links=(links,)).get(links, limit=LIMIT)
    assert index.log[0].headers["authorization"] == BASIC
    assert found.url == f"{index.host}/hello"


def test_a_login_is_not_sent_to_another_host(index: Index) -> None:
    transport(with_login("http://elsewhere.test/simple")).get(f"{index.host}/hello", limit=LIMIT)
    assert "authorization" not in index.log[0].headers


def test_without_a_login_none_is_sent(index: Index) -> None:
    index.login = LOGIN
    with pytest.raises(OutOfReach, match="answered 401"):
        transport(index.url).get(f"{index.host}/hello", limit=LIMIT)
    assert "authorization" not in index.log[0].headers


def test_a_login_is_taken_from_netrc(index: Index) -> None:
    netrc = Path(os.environ["HOME"]) / ".netrc"
    netrc.write_text("machine 127.0.0.1 login user password p@ss:word\n", encoding="utf-8")
    netrc.chmod(0o600)
    transport(index.url).get(f"{index.host}/hello", limit=LIMIT)
    assert index.log[0].headers["authorization"] == BASIC


def test_a_broken_netrc_is_passed_over(index: Index) -> None:
    (Path(os.environ["HOME"]) / ".netrc").write_text("machine\nnonsense", encoding="utf-8")
    assert transport(index.url).get(f"{index.host}/hello", limit=LIMIT).status == 200


# --- redirects ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_inside_a_host_keeps_the_login(index: Index, status: int) -> None:
    index.answers["/old"] = redirect("/hello", status)
    found = transport(with_login(index.url)).get(f"{index.host}/old", limit=LIMIT)
    assert (found.body, found.url) == (b"hello", f"{index.host}/hello")
    assert [seen.headers.get("authorization") for seen in index.log] == [BASIC, BASIC]


def test_a_redirect_to_another_host_does_not_carry_the_login(index: Index, tmp_path: Path) -> None:
    with Index(tmp_path) as other:
        other.answers["/hello"] = Answer(body=b"from elsewhere")
        elsewhere = f"http://localhost:{other.port}/hello"
        index.answers["/old"] = redirect(elsewhere)
        found = transport(with_login(index.url)).get(f"{index.host}/old", limit=LIMIT)
        assert (found.body, found.url) == (b"from elsewhere", elsewhere)
        assert index.log[0].headers["authorization"] == BASIC
        assert "authorization" not in other.log[0].headers


def test_the_address_after_a_redirect_shows_no_login(index: Index) -> None:
    index.answers["/old"] = redirect(with_login(f"{index.host}/hello"))
    assert transport().get(f"{index.host}/old", limit=LIMIT).url == f"{index.host}/hello"


# --- proxies -----------------------------------------------------------------------------------------


def test_the_proxy_of_the_settings_is_asked(index: Index) -> None:
    found = transport(proxy=f"127.0.0.1:{index.port}").get("http://packages.test/hello", limit=LIMIT)
    assert found.body == b"hello"
    assert index.log[0].headers["host"] == "packages.test"


def test_a_proxy_gets_its_own_login(index: Index) -> None:
    transport(proxy=with_login(index.host)).get("http://packages.test/hello", limit=LIMIT)
    assert index.log[0].headers["proxy-authorization"] == BASIC
    assert "authorization" not in index.log[0].headers


def test_the_proxy_of_the_environment_is_asked(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", index.host)
    assert transport().get("http://packages.test/hello", limit=LIMIT).body == b"hello"


def test_hosts_without_a_proxy_are_asked_directly(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    found = transport(proxy="http://127.0.0.1:9").get(f"{index.host}/hello", limit=LIMIT)
    assert found.body == b"hello"


# --- files -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "body", "span"),
    [
        ("bytes=2-4", b"234", "bytes 2-4/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=8-99", b"89", "bytes 8-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=-99", b"0123456789", "bytes 0-9/10"),
    ],
    ids=["inside", "to the end", "past the end", "the tail", "a tail longer than the file"],
)
def test_a_range_of_a_file(tmp_path: Path, wanted: str, body: bytes, span: str) -> None:
    (tmp_path / "a file").write_bytes(b"0123456789")
    found = transport().get((tmp_path / "a file").as_uri(), {"Range": wanted}, limit=LIMIT)
    assert (found.status, found.body, found.headers["content-range"]) == (206, body, span)


def test_a_whole_file(tmp_path: Path) -> None:
    (tmp_path / "ä").write_bytes(b"0123456789")
    asking = transport()
    found = asking.get((tmp_path / "ä").as_uri(), limit=10)
    assert (found.status, found.body) == (200, b"0123456789")
    assert (asking.requests, asking.bytes) == (0, 0)


@pytest.mark.parametrize("path", ["missing", "folder", "file/below"])
def test_a_file_that_is_not_there(tmp_path: Path, path: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    assert transport().get((tmp_path / path).as_uri(), limit=LIMIT).status == 404


def test_a_file_past_its_limit_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * 11)
    with pytest.raises(TooLarge):
        transport().get((tmp_path / "file").as_uri(), limit=10)


def test_a_small_range_of_a_file_past_the_limit_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * 1000 + b"end")
    assert transport().get((tmp_path / "file").as_uri(), {"Range": "bytes=-3"}, limit=10).body == b"end"


@pytest.mark.skipif(os.name != "posix", reason="links work otherwise elsewhere")
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    with pytest.raises(OutOfReach) as caught:
        transport().get(loop.as_uri(), limit=LIMIT)
    assert (caught.value.reference, caught.value.where) == ("file-unreadable", str(loop))


@pytest.mark.skipif(os.name != "posix", reason="paths are spelled otherwise elsewhere")
@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("file:///a/b%20c.whl", "/a/b c.whl"),
        ("file://localhost/a/b.whl", "/a/b.whl"),
        ("file:/a/b.whl", "/a/b.whl"),
    ],
    ids=["quoted", "with a host", "one slash"],
)
def test_local_path(url: str, path: str) -> None:
    assert local_path(url) == Path(path)


# --- at once -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1, 40])
def test_jobs_come_back_in_order(count: int) -> None:
    jobs = list(range(count))
    assert parallel(lambda job: job * job, jobs) == [(job, job * job) for job in jobs]


def test_requests_run_at_once(index: Index) -> None:
    asking = transport()
    urls = [f"{index.host}/{number}" for number in range(40)]
    for url in urls:
        index.answers[url.removeprefix(index.host)] = Answer(body=url.encode())
    found = parallel(lambda url: asking.get(url, limit=LIMIT).body, urls)
    assert [(url, body.decode()) for url, body in found] == [(url, url) for url in urls]
    assert asking.requests == 40
