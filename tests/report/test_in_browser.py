"""Pages in a real browser: Playwright drives the system's Chromium. Skipped where there is none."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gantool.report.gallery import page_of

from .galleries import made, report

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
else:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


Show = Callable[..., "Page"]


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Show]:
    """Open a page from its file; afterwards, nothing was fetched and the console is empty."""
    trouble: list[str] = []

    def opened(html: str, **context: Any) -> Page:
        (tmp_path / "report.html").write_text(html, encoding="utf-8")
        page = browser.new_page(**{"viewport": {"width": 1280, "height": 900}, **context})
        page.on("console", lambda message: trouble.append(message.text))
        page.on("pageerror", lambda error: trouble.append(str(error)))
        address = (tmp_path / "report.html").as_uri()
        page.on("request", lambda one: one.url in (address,) or fetched(one.url))
        page.goto(address)
        page.wait_for_selector(".toolbar.gallery")  # shown once the script has begun
        settled(page)
        return page

    def fetched(url: str) -> None:
        if not url.startswith("data:"):
            trouble.append(f"fetched {url}")

    yield opened
    assert trouble == []


@pytest.fixture(scope="module")
def small() -> str:
    return page_of(report([made(seed=seed, size=(700, 500)) for seed in range(3)]))


@pytest.fixture(scope="module")
def many() -> str:
    few = [made(200, seed, (900, 700)) for seed in range(3)]
    return page_of(report([few[index % 3] for index in range(200)]))


def settled(page: Page) -> None:
    """Wait until what was asked for is drawn."""
    frame = "() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))"
    page.evaluate(frame)
    page.evaluate(frame)


def until(page: Page, script: str) -> None:
    """Wait until the script is true; the page's policy lets it not be waited for inside."""
    for _ in range(300):
        if page.evaluate(script):
            return
        page.wait_for_timeout(20)
    raise AssertionError(f"never: {script}")


def clip(page: Page, nth: int = 0) -> float:
    """How many pixels of the result are cut off at the left, in pixels of the stage."""
    script = """(over) => parseFloat(over.style.clipPath.match(/([-\\d.]+)px\\)$/)[1])
        + over.getBoundingClientRect().left - over.closest('.stage').getBoundingClientRect().left"""
    return float(page.locator(".over").nth(nth).evaluate(script))


def left_of(page: Page) -> float:
    return float(page.locator(".plane").first.evaluate("(plane) => plane.getBoundingClientRect().left"))


def test_the_divider_is_dragged_and_obeys_the_range(show: Show, small: str) -> None:
    page = show(small)
    stage = page.locator(".stage").first
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    assert box is not None
    assert clip(page) == pytest.approx(box["width"] / 2, abs=2)
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.8, middle, steps=4)
    page.mouse.up()
    settled(page)
    assert clip(page) == pytest.approx(box["width"] * 0.8, abs=8)
    page.locator("input[type=range]").first.focus()
    page.keyboard.press("Home")
    settled(page)
    assert clip(page) == pytest.approx(0, abs=1)


def test_at_100_percent_a_pixel_is_a_pixel_and_the_input_lies_under_it(show: Show, small: str) -> None:
    page = show(small)
    sizes = "(image) => [image.getBoundingClientRect().width, image.naturalWidth]"
    assert page.locator(".over").first.evaluate(sizes) == [1400, 1400]
    assert page.locator(".under").first.evaluate(sizes) == [1400, 700]


def test_it_pans_and_zooms_by_mouse_and_keys(show: Show, small: str) -> None:
    page = show(small)
    stage = page.locator(".stage").first
    stage.focus()
    before = left_of(page)
    page.keyboard.press("ArrowRight")
    settled(page)
    assert left_of(page) == pytest.approx(before - 40, abs=1)
    box = stage.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 100, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 130, box["y"] + 60, steps=3)
    page.mouse.up()
    settled(page)
    assert left_of(page) == pytest.approx(before - 10, abs=1)
    page.keyboard.press("+")
    settled(page)
    assert page.locator(".zoom").first.inner_text() == "150 %"
    page.keyboard.press("0")
    settled(page)
    assert page.locator(".zoom").first.inner_text() == "100 %"


def test_the_large_view_opens_by_key_goes_on_and_closes(show: Show, small: str) -> None:
    page = show(small)
    page.locator(".stage").first.focus()
    page.keyboard.press("Enter")
    large = page.locator(".compare.large")
    assert large.count() == 1
    assert large.bounding_box() == {"x": 0, "y": 0, "width": 1280, "height": 900}
    page.keyboard.press("PageDown")
    assert "photo-1.png" in str(large.locator(".stage").get_attribute("aria-label"))
    for _ in range(9):  # Tab stays in it
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('.compare.large') !== null")
    page.keyboard.press("Escape")
    assert large.count() == 0


def test_a_phone_has_no_sideways_scroll_and_a_finger_moves_the_divider(show: Show, small: str) -> None:
    page = show(small, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    stage = page.locator(".stage").first
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    assert box is not None
    page.touchscreen.tap(box["x"] + box["width"] * 0.25, box["y"] + 150)
    settled(page)
    assert clip(page) == pytest.approx(box["width"] * 0.25, abs=3)
    page.locator("[data-action=large]").first.tap()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    for button in page.locator(".compare.large button:visible").all():
        inside = button.bounding_box()
        assert inside is not None
        assert inside["x"] >= 0
        assert inside["x"] + inside["width"] <= 390


def test_order_and_search(show: Show, small: str) -> None:
    page = show(small)
    page.locator("select[name=order]").select_option(label="Time, highest first")
    names = page.locator(".pair h3").all_text_contents()
    assert names == ["photo-2.png", "photo-1.png", "photo-0.png"]
    page.locator("input[type=search]").fill("O-1")
    assert page.locator(".pair:not([hidden]) h3").all_text_contents() == ["photo-1.png"]
    assert page.locator(".thumbs li:visible").count() == 1


def test_dark_is_dark(show: Show, small: str) -> None:
    page = show(small, color_scheme="dark")
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert max(map(int, colour.removeprefix("rgb(").removesuffix(")").split(","))) < 64


def test_200_pictures_scroll_and_links_lead_where_they_say(show: Show, many: str) -> None:
    page = show(many)
    assert page.evaluate("document.documentElement.scrollHeight") > 20_000
    page.locator(".thumbs a").nth(150).evaluate("(link) => link.click()")
    page.locator("#p150 .compare.started").wait_for()
    until(page, "Math.abs(document.querySelector('#p150').getBoundingClientRect().top) < innerHeight")
    page.keyboard.press("End")
    until(page, "scrollY + innerHeight > document.documentElement.scrollHeight - 5")
    assert page.locator(".compare.started").count() < 200


def test_without_script_both_pictures_are_there(browser: Browser, small: str, tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text(small, encoding="utf-8")
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto((tmp_path / "report.html").as_uri())
    assert page.locator(".under").first.is_visible()
    assert page.locator(".over").first.is_visible()
    assert not page.locator(".toolbar.gallery").is_visible()
