"""Prometheus and other services by HTTP: numbers, refusals, and what a server may do wrong."""

from __future__ import annotations

import json
import shutil
import socket
import ssl
import subprocess
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.metrics.conftest import DAY

from whygate.errors import WhygateError
from whygate.metrics.backends.http import fold_values
from whygate.metrics.port import MOST_BYTES, TRIES
from whygate.metrics.windows import span_of, window_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal
    from pathlib import Path

    from tests.metrics.conftest import Ask, Call, Server

    from whygate.metrics.reading import Reading

WEEK = window_of(DAY, 168)
PROM = "{type: prometheus, url_env: PROM_URL, token_env: PROM_TOKEN}"
PLAIN = "{type: prometheus, url_env: PROM_URL}"
HTTP = "{type: http, url_env: URL, timeout: 1}"
TOKEN = "s3cret-token"
QUERY = "/api/v1/query"


def metric(query: str, window: str = "7d", more: str = "") -> str:
    return f"{{title: t, backend: b, window: {window}, query: {json.dumps(query)}{more}}}"


def value_of(readings: tuple[Reading, ...]) -> Decimal:
    (reading,) = readings
    assert reading.state == "value", reading.reason
    assert reading.number is not None
    return reading.number


# --- a real Prometheus


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("sum(increase(errors_total[$window]))", 14),
        ("sum(increase(requests_total[${window}]))", 1050),
        (
            "sum(increase(errors_total[$window])) / sum(increase(requests_total[$window]))",
            14 / 1050,
        ),
        ("scalar(vector(3))", 3),
        ("vector(0.5)", 0.5),
    ],
    ids=["counter", "two series", "ratio", "scalar", "constant"],
)
def test_expression_is_evaluated_at_the_end_of_the_window(
    ask: Ask, prometheus: str, query: str, expected: float
) -> None:
    found = value_of(ask(PLAIN, metric(query), WEEK, PROM_URL=prometheus))

    assert float(found) == pytest.approx(expected, rel=0.01)


def test_windows_are_asked_in_one_range(ask: Ask, prometheus: str) -> None:
    span = span_of(DAY, 168, None)
    windows = span.windows[-6:]

    readings = ask(
        PLAIN, metric("sum(increase(errors_total[$window]))"), *windows, PROM_URL=prometheus
    )

    numbers = [float(reading.number or -1) for reading in readings]
    assert numbers == pytest.approx([70, 70, 70, 62, 14, 14], rel=0.01)


def test_window_without_samples_has_no_data(ask: Ask, prometheus: str) -> None:
    windows = span_of(DAY, 168, None).windows
    readings = ask(
        PLAIN, metric("sum(increase(errors_total[$window]))"), *windows, PROM_URL=prometheus
    )

    assert [r.state for r in readings[:3]] == ["inconclusive"] * 3
    assert "no data" in readings[0].reason
    assert readings[-1].state == "value"


@pytest.mark.parametrize(
    ("query", "state", "reason"),
    [
        ("requests_total", "error", "2 series; sum them"),
        ("sum(", "error", "Prometheus refuses the query"),
        ("nothing_here", "inconclusive", "no data"),
        ("errors_total / 0", "inconclusive", "infinity"),
        ("vector(0) / 0", "inconclusive", "NaN"),
        ('"text"', "error", "gives a string"),
        ("errors_total[1h]", "error", "gives a matrix"),
    ],
    ids=["series", "syntax", "absent", "infinite", "NaN", "string", "matrix"],
)
def test_answer_without_one_number_is_a_clear_state(
    ask: Ask, prometheus: str, query: str, state: str, reason: str
) -> None:
    (reading,) = ask(PLAIN, metric(query), WEEK, PROM_URL=prometheus)

    assert (reading.state, reason in reading.reason) == (state, True), reading.reason


def test_flood_is_ended_by_the_time_limit(ask: Ask, prometheus: str) -> None:
    flood = "count_over_time(vector(1)[2000d:1s])"  # more samples than Prometheus may load
    backend = "{type: prometheus, url_env: PROM_URL, timeout: 1}"

    (reading,) = ask(backend, metric(flood), WEEK, PROM_URL=prometheus)

    assert reading.state != "value"
    assert reading.answered is False


# --- what any server may do


def prom(value: object) -> tuple[int, dict[str, str], bytes]:
    data = {"resultType": "vector", "result": [{"metric": {}, "value": [0, value]}]}
    return 200, {}, json.dumps({"status": "success", "data": data}).encode()


def test_token_is_sent_and_never_shown(ask: Ask, server: Server) -> None:
    server.answers[QUERY] = (401, {}, TOKEN.encode())

    (reading,) = ask(PROM, metric("up"), WEEK, PROM_URL=server.address, PROM_TOKEN=TOKEN)

    assert server.calls[0].token == f"Bearer {TOKEN}"
    assert (reading.state, reading.answered) == ("inconclusive", False)
    assert "refuses the token" in reading.reason
    assert TOKEN not in reading.reason
    assert len(server.calls) == 1


def test_password_of_an_address_is_sent_apart_and_never_shown(ask: Ask, server: Server) -> None:
    server.answers[QUERY] = prom("7")
    address = server.address.replace("http://", "http://lena:hunter2@")

    assert value_of(ask(PLAIN, metric("up"), WEEK, PROM_URL=address)) == 7
    assert server.calls[0].token.startswith("Basic ")

    (reading,) = ask(PLAIN, metric("up"), WEEK, PROM_URL="http://lena:hunter2@127.0.0.1:1")
    assert "cannot be reached" in reading.reason
    assert "hunter2" not in reading.reason


@pytest.mark.parametrize("missing", ["PROM_URL", "PROM_TOKEN"])
def test_variable_that_is_not_set_is_named(ask: Ask, missing: str) -> None:
    environ = {"PROM_URL": "http://127.0.0.1:1", "PROM_TOKEN": TOKEN}
    del environ[missing]

    (reading,) = ask(PROM, metric("up"), WEEK, **environ)

    assert f"{missing} is not set" in reading.reason
    assert not reading.answered


def test_certificate_that_nobody_vouches_for_is_refused(ask: Ask, tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    assert openssl is not None, "openssl makes the certificate of this test"
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    names = ("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1")
    files = ("-keyout", str(key), "-out", str(certificate), "-days", "2")
    subprocess.run([openssl, *made, *names, *files], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with suppress(OSError), context.wrap_socket(connection, server_side=True) as safe:
                    safe.recv(1)  # nothing may come: whoever doubts us says nothing

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        address = f"https://127.0.0.1:{listener.getsockname()[1]}"
        (reading,) = ask(PROM, metric("up"), WEEK, PROM_URL=address, PROM_TOKEN=TOKEN)
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()

    assert (reading.state, reading.answered) == ("inconclusive", False)
    assert "its certificate is not accepted" in reading.reason
    assert TOKEN not in reading.reason
    assert ask.waited == []


@pytest.mark.parametrize(
    "target", ["http://169.254.169.254/latest", "http://localhost:{port}/x", "file:///etc/passwd"]
)
def test_redirect_to_another_host_is_refused(ask: Ask, server: Server, target: str) -> None:
    port = server.address.rpartition(":")[2]
    server.answers[QUERY] = (302, {"Location": target.format(port=port)}, b"")

    (reading,) = ask(PROM, metric("up"), WEEK, PROM_URL=server.address, PROM_TOKEN=TOKEN)

    assert (reading.state, reading.answered) == ("inconclusive", False)
    assert len(server.calls) <= TRIES
    assert {call.path for call in server.calls} == {QUERY}


def test_redirect_within_the_host_is_followed(ask: Ask, server: Server) -> None:
    server.answers[QUERY] = (302, {"Location": f"{server.address}/new"}, b"")
    server.answers["/new"] = prom("7")

    assert value_of(ask(PLAIN, metric("up"), WEEK, PROM_URL=server.address)) == 7


def test_redirects_without_end_are_given_up(ask: Ask, server: Server) -> None:
    server.answers[QUERY] = (302, {"Location": QUERY}, b"")

    (reading,) = ask(PLAIN, metric("up"), WEEK, PROM_URL=server.address)

    assert not reading.answered


def test_answer_that_comes_later_is_waited_for(ask: Ask, server: Server) -> None:
    statuses = iter([503, 429])
    server.answers[QUERY] = lambda _: (
        (status, {}, b"later") if (status := next(statuses, None)) else prom("7")
    )

    assert value_of(ask(PLAIN, metric("up"), WEEK, PROM_URL=server.address)) == 7
    assert ask.waited == [0.5, 1.0]


def test_answer_that_never_comes_is_given_up_after_bounded_tries(ask: Ask, server: Server) -> None:
    server.answers[QUERY] = (503, {}, b"")

    (reading,) = ask(PLAIN, metric("up"), WEEK, PROM_URL=server.address)

    assert (reading.state, reading.answered) == ("inconclusive", False)
    assert len(server.calls) == TRIES


def test_slow_answer_is_given_up(ask: Ask, server: Server) -> None:
    def wait(_: Call) -> tuple[int, dict[str, str], bytes]:
        server.release.wait()
        return prom("7")

    server.answers[QUERY] = wait
    backend = "{type: prometheus, url_env: PROM_URL, timeout: 1}"

    (reading,) = ask(backend, metric("up"), WEEK, PROM_URL=server.address)

    assert "did not answer within 1 s" in reading.reason


def test_answer_that_comes_byte_by_byte_is_given_up(ask: Ask) -> None:
    done = threading.Event()
    threads = []

    def drip(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
            while not done.wait(0.05):
                connection.sendall(b"a")
            connection.sendall(b"\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        for _ in range(TRIES):
            threads.append(threading.Thread(target=drip, args=(listening,)))
            threads[-1].start()
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        backend = "{type: prometheus, url_env: PROM_URL, timeout: 1}"

        (reading,) = ask(backend, metric("up"), WEEK, PROM_URL=address)

        done.set()
        for thread in threads:
            thread.join()

    assert "did not answer within 1 s" in reading.reason


PARTS = {
    "store": (
        {"warnings": ["store x:\n refused"]},
        "only a part of the data was read: store x: ref",
    ),
    "no list": ({"warnings": "store x"}, "only a part of the data was read: store x"),
    "partial": ({"isPartial": True}, "only a part of the data was read"),
    "of the query": ({"warnings": ["PromQL info: might be no counter"], "isPartial": False}, ""),
    "none": ({"warnings": []}, ""),
}


@pytest.mark.parametrize("name", PARTS)
def test_answer_of_a_part_of_the_data_is_no_value(ask: Ask, server: Server, name: str) -> None:
    more, said = PARTS[name]
    status, headers, body = prom("7")
    server.answers[QUERY] = (status, headers, json.dumps(json.loads(body) | more).encode())

    (reading,) = ask(PLAIN, metric("up"), WEEK, PROM_URL=server.address)

    assert (reading.number == 7, reading.answered) == (not said, not said)
    assert said in reading.reason


def test_endless_answer_is_given_up(ask: Ask, server: Server) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range((MOST_BYTES >> 20) + 2):
            yield b" " * (1 << 20)

    server.answers[QUERY] = lambda _: (200, {}, pieces())

    (reading,) = ask(PLAIN, metric("up"), WEEK, PROM_URL=server.address)

    assert f"larger than {MOST_BYTES >> 20} MiB" in reading.reason


WRONG = {
    "no JSON": b"<html>",
    "deep": b"[" * 100_000,
    "list": b"[]",
    "other": b'{"status": "success"}',
    "data": b'{"status": "success", "data": {"resultType": "vector", "result": 7}}',
    "pair": b'{"status": "success", "data": {"resultType": "vector", "result": [{"value": [1]}]}}',
    "series": b'{"status": "success", "data": {"resultType": "vector", "result": [7]}}',
    "type": b'{"status": "success", "data": {"resultType": 7}}',
    "number": b'{"status": "success", "data": {"resultType": "scalar", "result": [0, "seven"]}}',
    "failed": b'{"status": "error", "data": {"resultType": "scalar", "result": [0, "7"]}}',
    "bytes": b"\xff\xfe",
}


@pytest.mark.parametrize("name", WRONG)
def test_answer_that_is_none_of_prometheus_is_no_value(ask: Ask, server: Server, name: str) -> None:
    server.answers[QUERY] = (200, {}, WRONG[name])

    (reading,) = ask(PLAIN, metric("up"), WEEK, PROM_URL=server.address)

    assert reading.state != "value"
    assert not reading.answered
    assert reading.reason


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25
)
@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_answer_is_a_state(ask: Ask, server: Server, body: bytes) -> None:
    server.answers[QUERY] = (200, {}, body)

    (reading,) = ask(PLAIN, metric("up"), WEEK, PROM_URL=server.address)

    assert reading.state != "value"


@pytest.mark.parametrize("address", ["ftp://h/", "h", "http://", "http://[", "file:///etc/passwd"])
def test_address_of_no_web_server_is_refused(ask: Ask, address: str) -> None:
    (reading,) = ask(PLAIN, metric("up"), WEEK, PROM_URL=address)

    assert (reading.state, reading.answered) == ("inconclusive", False)
    assert "passwd" not in reading.reason


# --- other services


def http(value: str, more: str = "") -> str:
    params = 'params: {from: "{start}", to: "{end_epoch}"}'
    head = f"title: t, backend: b, window: 7d, resource: /api/x, {params}"
    return f"{{{head}, value: {json.dumps(value)}{more}}}"


DAYS = [["2026-11-08T23:00:00Z", 100], ["2026-11-09", 1], ["2026-11-15", 2], ["2026-11-16", 100]]
ANSWERS = {
    "number": ({"data": {"total": 7}}, "$.data.total", "", 7),
    "text": ({"total": "7.5"}, "$.total", "", 7.5),
    "filtered": ({"a": [{"n": "x", "v": 3}, {"n": "y", "v": 9}]}, "$.a[?(@.n == 'y')].v", "", 9),
    "pairs": ({"points": DAYS}, "$.points", ", aggregate: sum", 3),
    "pair by pair": ({"points": DAYS}, "$.points[*]", ", aggregate: mean", 1.5),
    "objects": (
        {"p": [{"time": 1794182400, "value": 4}, {"time": 1794182400000, "value": 6}]},
        "$.p[*]",
        ", aggregate: max",
        6,
    ),
    "last": ({"points": DAYS}, "$.points", ", aggregate: last", 2),
    "newest, whichever comes first": (
        {"points": [*reversed(DAYS)]},
        "$.points",
        ", aggregate: last",
        2,
    ),
    "least": ({"points": DAYS}, "$.points", ", aggregate: min", 1),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_path_leads_to_the_number(ask: Ask, server: Server, name: str) -> None:
    answer, path, more, expected = ANSWERS[name]
    server.answers["/api/x"] = (200, {}, json.dumps(answer).encode())

    found = value_of(ask(HTTP, http(path, more), WEEK, URL=server.address))

    assert float(found) == expected
    assert server.calls[0].params == {"from": "2026-11-09T00:00:00Z", "to": "1794787200"}


UNREAD = {
    "absent": ({}, "$.total", "", "inconclusive", "no data"),
    "null": ({"total": None}, "$.total", "", "inconclusive", "no data"),
    "few": (
        {"p": DAYS},
        "$.p",
        ", aggregate: sum, min_points: 3",
        "inconclusive",
        "2 of at least 3",
    ),
    "none of the window": (
        {"p": [["2020-01-01", 1]]},
        "$.p",
        ", aggregate: sum",
        "inconclusive",
        "no",
    ),
    "no aggregate": ({"p": DAYS}, "$.p", "", "error", "aggregate: sum"),
    "several numbers": ({"p": [1, 2]}, "$.p[*]", "", "error", "without a time"),
    "object": ({"p": {"a": 1}}, "$.p", "", "error", "without a time"),
    "no time": ({"p": [["soon", 1]]}, "$.p", ", aggregate: sum", "error", "no time of a point"),
    "boolean": ({"p": True}, "$.p", "", "error", "no number"),
    "NaN": ({"p": float("nan")}, "$.p", "", "inconclusive", "NaN"),
    "path": ({"p": 1}, "$.[[", "", "error", "no JSONPath"),
}


@pytest.mark.parametrize("name", UNREAD)
def test_path_that_leads_to_no_number_is_a_clear_state(ask: Ask, server: Server, name: str) -> None:
    answer, path, more, state, reason = UNREAD[name]
    server.answers["/api/x"] = (200, {}, json.dumps(answer).encode())

    (reading,) = ask(HTTP, http(path, more), WEEK, URL=server.address)

    assert (reading.state, reason in reading.reason) == (state, True), reading.reason


SHAPES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["time", "value", "a"]), inner, max_size=3)
    ),
    max_leaves=10,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(SHAPES, max_size=4))
def test_any_shape_is_a_number_a_gap_or_refused(ask: Ask, found: list[object]) -> None:
    catalogue = ask.catalogue(HTTP, http("$.p", ", aggregate: sum"))
    refused = False
    try:
        fold_values(found, catalogue.metrics["m-m"], WEEK)
    except WhygateError:
        refused = True
    assert refused in (True, False)
