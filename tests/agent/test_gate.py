"""The gate: who is inside comes out, who stands before it stays there."""

import threading
import time

from groundplan.agent.performing.gate import Gate


def test_it_waits_for_who_is_inside() -> None:
    gate, go, inside = Gate(), threading.Event(), threading.Event()

    def pass_through() -> None:
        with gate:
            inside.set()
            go.wait(10)

    thread = threading.Thread(target=pass_through, daemon=True)
    thread.start()
    assert inside.wait(10)
    assert not gate.close(0.05)
    go.set()
    assert gate.close(10)


def test_nobody_gets_in_when_it_is_closed() -> None:
    gate, got_in = Gate(), list[int]()
    assert gate.close(0)

    def try_it() -> None:
        with gate:
            got_in.append(1)

    thread = threading.Thread(target=try_it, daemon=True)
    thread.start()
    deadline = time.monotonic() + 0.2
    while time.monotonic() < deadline:
        time.sleep(0.02)
    assert thread.is_alive()
    assert got_in == []
