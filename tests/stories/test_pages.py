"""A real browser loads a page of the platform, and what it took stands in the ledger."""

import time

import pytest
from stories.harness import PlatformUnderTest, within

from groundplan.agent.sampling.pages import ID
from groundplan.targets.local.browser import PACKAGE, browser, running

pytestmark = [
    pytest.mark.stories,
    pytest.mark.timeout(180),
    pytest.mark.skipif(
        browser() is None, reason=f"SKIPPED: there is no Chromium here (Debian: {PACKAGE})"
    ),
]


def test_pages_are_loaded_in_a_browser(mvlbim: PlatformUnderTest) -> None:
    def measured() -> dict[str, object]:
        rows = {row["id"]: row for row in mvlbim.json("promises")["promises"]}
        found: dict[str, object] = rows[ID]["measured"]
        return found

    within(120, "the page was loaded", lambda: bool(measured()["samples"]))
    found = measured()
    assert found["verdict"] == "kept", found
    assert "Chromium" in str(found["how"])


def test_a_browser_leaves_nothing_behind(mvlbim: PlatformUnderTest) -> None:
    program = browser()
    assert program is not None
    with running(program) as found:
        page = f"http://{mvlbim.entry}/api/v1/projects"
        assert 0 < found.load(page, time.monotonic() + 60) < 60
