"""A purchase in a real browser: headless Chromium, the built page, all services, both kinds of data server."""

import os
import shutil

import pytest
from playwright.sync_api import expect, sync_playwright

FORM = {
    "Full name": "Ada Byron",
    "E-mail": "ada@example.org",
    "Street and number": "1 Analytical Way",
    "City": "London",
    "Postal code": "W1 2AB",
    "Country": "United Kingdom",
    "Name on card": "Ada Byron",
    "Card number": "4111 1111 1111 1111",
    "Valid until (MM/YY)": "12/39",
    "Security code": "123",
}


@pytest.fixture(scope="module")
def browser():
    path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    assert shutil.which(path), f"{path} is missing: install chromium, or set CHROMIUM"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield browser
        browser.close()


@pytest.fixture
def page(shop, browser, tmp_path, request):
    """A page of its own session; whatever the console complains about, and every failed request, fails the test."""
    context = browser.new_context(base_url=shop.url, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(10_000)
    page = context.new_page()
    page.complaints = []
    page.on("console", lambda message: message.type in ("error", "warning") and page.complaints.append(message.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("response", lambda answer: answer.status >= 400 and page.complaints.append(f"{answer.status} {answer.url}"))
    yield page
    page.screenshot(path=tmp_path / "last.png")
    context.close()
    print(f"the page at the end: {tmp_path / 'last.png'}")


def sid(page) -> str:
    cookies = {cookie["name"]: cookie for cookie in page.context.cookies()}
    assert cookies["session_id"]["httpOnly"] and cookies["session_id"]["sameSite"] == "Lax", cookies
    return cookies["session_id"]["value"].split(".")[0]


def fill(page, **changes):
    for label, value in {**FORM, **changes}.items():
        page.get_by_label(label, exact=True).fill(value)


def test_a_purchase(shop, page):
    page.goto("/")
    expect(page.locator(".card")).to_have_count(32)
    # Lazy pictures load when they come into view.
    for card in page.locator(".card").all():
        card.scroll_into_view_if_needed()
    page.wait_for_function("[...document.images].every((image) => image.complete)")
    widths = page.evaluate("[...document.images].map((image) => [image.alt, image.naturalWidth])")
    assert len(widths) == 32 and all(width == 800 for _, width in widths), widths

    search = page.get_by_role("combobox", name="Search the shelves")
    search.fill("orange")
    expect(page.get_by_role("option").first).to_be_visible()
    search.press("Enter")
    expect(page.locator(".results")).to_have_text("4 products for “orange”")
    expect(page.locator(".card").filter(has_text="Orange Juice")).to_be_visible()
    assert "q=orange" in page.url
    expect(page.locator(".card")).to_have_count(4)

    page.get_by_role("button", name="Add Orange Juice to the cart").click()
    page.get_by_role("button", name="Add Orange Juice to the cart").click()
    page.get_by_role("button", name="Add Mimosa to the cart").click()
    expect(page.get_by_test_id("cart-count")).to_have_text("3")

    page.get_by_role("link", name="Cart, 3 items").click()
    lines = page.locator(".line")
    expect(lines).to_have_count(2)
    expect(page.get_by_test_id("total")).to_have_text("$13.50")
    with page.expect_response("**/api/v1/cart/a10ab122"):
        page.get_by_role("button", name="Remove Mimosa").click()
    expect(page.get_by_test_id("total")).to_have_text("$6.00")

    page.reload()  # What the page shows is what the service stores.
    expect(page.get_by_test_id("total")).to_have_text("$6.00")
    key = f"s:{sid(page)}"
    assert shop.redis("cart-data").hgetall(key) == {"b7718c49": "2"}

    page.get_by_role("link", name="Go to checkout").click()
    fill(page)
    page.get_by_role("button", name="Pay $6.00").click()
    expect(page.get_by_role("heading", name="Thank you!")).to_be_visible()
    expect(page.locator(".receipt")).to_have_text("2 × Orange Juice")
    expect(page.get_by_test_id("cart-count")).to_have_text("0")
    assert not shop.redis("cart-data").exists(key)

    page.get_by_role("link", name="Cart, 0 items").click()
    expect(page.get_by_text("Your cart is empty")).to_be_visible()
    assert page.complaints == []


def test_a_wrong_card_is_told_before_it_is_sent(page):
    page.goto("/products/f95e2475")
    with page.expect_response("**/api/v1/cart/f95e2475/1"):
        page.get_by_role("button", name="Add Sweet Tea to the cart").click()
    page.goto("/checkout")
    fill(page, **{"Card number": "4111 1111 1111 1112"})
    calls = []
    page.on("request", lambda request: calls.append(request.url))
    page.get_by_role("button", name="Pay $3.50").click()
    expect(page.get_by_text("This is not a valid card number.")).to_be_visible()
    expect(page.get_by_label("Card number")).to_be_focused()
    assert not any("checkout/process" in url for url in calls)
    expect(page.get_by_test_id("cart-count")).to_have_text("1")
    assert page.complaints == []


def test_back_and_a_shared_link_show_the_same_page(page):
    page.goto("/?q=champagne")
    expect(page.locator(".card")).to_have_count(1)
    page.get_by_role("link", name="Champagne", exact=True).click()
    expect(page.get_by_role("heading", name="Champagne")).to_be_visible()
    assert page.url.endswith("/products/5ee55eed")
    page.go_back()
    expect(page.locator(".card")).to_have_count(1)
    expect(page.get_by_role("combobox")).to_have_value("champagne")
    assert page.complaints == []


def test_unknown_pages(page):
    page.goto("/no/such/page")
    expect(page.get_by_role("heading", name="Nothing stands here")).to_be_visible()
    page.goto("/products/00000000")
    expect(page.get_by_role("heading", name="Nothing stands here")).to_be_visible()
    assert page.complaints == []


def test_fits_a_small_screen(shop, browser):
    context = browser.new_context(base_url=shop.url, viewport={"width": 360, "height": 740})
    page = context.new_page()
    for path in ("/", "/products/f95e2475", "/cart", "/checkout", "/confirmation"):
        page.goto(path)
        page.wait_for_selector("h1")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
    context.close()
