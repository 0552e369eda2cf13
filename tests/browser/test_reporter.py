"""The reporter's first five minutes, with the server down when the button is pressed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
from sqlalchemy import create_engine, text

from tests.browser.conftest import DESK, GEO, HERE, PHONE, opened, until
from tests.serving import free_port, running, start, wait_ready

Ready = Callable[[Any], None]

DOWN = (
    "Failed to load resource",
    "ERR_CONNECTION_REFUSED",
    "ERR_CONNECTION_RESET",
    "when fetching the script",
)


def fill(page: Any, words: str) -> None:
    page.wait_for_selector(".fix.good")
    page.locator("#categories label").nth(4).click()
    page.fill("#text", words)


def stored(url: str, words: str) -> list[Any]:
    engine = create_engine(url)
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT id, coord_sys, accuracy_m, raw_lon, raw_lat FROM wangge.report WHERE text = :t"),
            {"t": words},
        ).all()
    engine.dispose()
    return list(rows)


def test_report_and_track(phone: Any, server: str, town_url: str, ready: Ready) -> None:
    phone.goto(f"{server}/report")
    ready(phone)
    fill(phone, "三号楼门口有人飞线充电")
    assert "±12" in phone.inner_text("#fix")
    until(phone, "document.getElementById('grid').textContent.includes('网格')")
    phone.fill("#address", "3 号楼 2 单元")
    phone.click("#send")
    phone.wait_for_selector("#tracking-code")
    assert phone.inner_text("#event-number").startswith("230199-")
    assert phone.inner_text("#receipt-grid").strip()
    (row,) = stored(town_url, "三号楼门口有人飞线充电")
    assert (row.coord_sys, row.accuracy_m) == ("wgs84", 12)
    assert (row.raw_lon, row.raw_lat) == (HERE["longitude"], HERE["latitude"])
    phone.click("#receipt a.primary")
    phone.wait_for_selector("#now")
    assert phone.inner_text("#now") == "已上报"


def test_server_down_reload_then_once(chromium: Any, town_url: str, state_dir: Path, ready: Ready) -> None:
    port, words = free_port(), "服务器停机时上报的一件事"
    process = start(state_dir, port, WANGGE_DATABASE_URL=town_url)
    wait_ready(process, port)
    with opened(chromium, viewport=PHONE, **GEO) as (page, watch):
        watch.forgiven = DOWN
        page.goto(f"http://127.0.0.1:{port}/report")
        ready(page)
        fill(page, words)
        process.kill()
        process.wait()
        page.click("#send")
        page.wait_for_selector("#outbox li[data-state=waiting]")
        assert words in page.inner_text("#outbox")
        assert stored(town_url, words) == []
        with running(state_dir, port, WANGGE_DATABASE_URL=town_url):
            page.reload()
            ready(page)
            page.wait_for_selector("#outbox", state="hidden", timeout=30_000)
            assert len(stored(town_url, words)) == 1
            page.evaluate("window.dispatchEvent(new Event('online'))")
            page.wait_for_timeout(500)
            assert len(stored(town_url, words)) == 1


def test_without_network_the_page_opens_again_and_its_report_arrives_once(
    chromium: Any, town_url: str, state_dir: Path, ready: Ready
) -> None:
    port, words = free_port(), "没有网络时重新打开页面上报的一件事"
    process = start(state_dir, port, WANGGE_DATABASE_URL=town_url)
    wait_ready(process, port)
    with opened(chromium, viewport=PHONE, **GEO) as (page, watch):
        watch.forgiven = DOWN
        page.goto(f"http://127.0.0.1:{port}/report")
        ready(page)
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        kept_addresses = page.evaluate(
            "caches.keys().then(async (names) => (await Promise.all(names.map(async (name) =>"
            "(await (await caches.open(name)).keys()).map(({ url }) => new URL(url).pathname)))).flat())"
        )
        assert "/report" in kept_addresses
        assert not [one for one in kept_addresses if one.startswith(("/api/", "/tiles/"))]
        process.kill()
        process.wait()
        page.reload()
        ready(page)
        fill(page, words)
        page.click("#send")
        page.wait_for_selector("#outbox li[data-state=waiting]")
        page.reload()
        ready(page)
        assert words in page.inner_text("#outbox")
        with running(state_dir, port, WANGGE_DATABASE_URL=town_url):
            page.evaluate("window.dispatchEvent(new Event('online'))")
            page.wait_for_selector("#outbox", state="hidden", timeout=30_000)
            page.reload()
            ready(page)
            assert len(stored(town_url, words)) == 1


def test_lost_answer_is_sent_again_and_stored_once(
    chromium: Any, server: str, town_url: str, ready: Ready
) -> None:
    words = "答复丢失的一件事"
    with opened(chromium, viewport=PHONE, **GEO) as (page, watch):
        watch.forgiven = DOWN
        page.goto(f"{server}/report")
        ready(page)
        fill(page, words)

        def swallow(route: Any) -> None:
            route.fetch()  # the server stores it, the phone never hears so
            route.abort()

        page.route("**/api/v1/reports", swallow, times=1)
        page.click("#send")
        page.wait_for_selector("#tracking-code", timeout=30_000)
        assert len(stored(town_url, words)) == 1


def go_outside(page: Any) -> None:
    page.context.set_geolocation({"longitude": 127.5, "latitude": 45.0, "accuracy": 5})


def kept(page: Any) -> list[Any]:
    return page.evaluate("import('/static/js/outbox.js').then(({ all }) => all())")  # type: ignore[no-any-return]


def test_a_place_known_to_be_outside_is_not_queued(chromium: Any, server: str, ready: Ready) -> None:
    with opened(chromium, viewport=PHONE, **GEO) as (page, _):
        page.goto(f"{server}/report")
        ready(page)
        fill(page, "放在服务范围外的一件事")
        go_outside(page)
        until(page, "document.getElementById('grid').classList.contains('bad')")
        assert "不在服务范围" in page.inner_text("#grid")
        page.click("#send")
        page.wait_for_selector("#problem")
        said = page.inner_text("#problem")
        assert said.startswith("未提交")
        assert "图钉" in said
        assert page.evaluate("document.activeElement.id") == "map"
        assert kept(page) == []
        assert page.input_value("#text") == "放在服务范围外的一件事"
        page.click("#pin-here")
        page.click("#send")
        page.wait_for_selector("#tracking-code")


def refuse_one(page: Any, words: str, picture: Path | None = None) -> None:
    """Send a report from outside while nobody says that it is outside."""
    page.route("**/api/v1/locate?*", lambda route: route.abort())
    go_outside(page)
    page.click("#relocate")
    until(page, "document.getElementById('grid').textContent.includes('暂时连不上')")
    fill(page, words)
    if picture:
        page.set_input_files("#photo", str(picture))
        page.wait_for_selector("#photos img")
    page.click("#send")
    page.wait_for_selector("#outbox li[data-state=refused]")
    page.unroute("**/api/v1/locate?*")
    page.context.set_geolocation(HERE)


def test_refused_is_parked_and_the_next_goes_on(
    chromium: Any, server: str, town_url: str, ready: Ready
) -> None:
    with opened(chromium, viewport=PHONE, **GEO) as (page, watch):
        watch.forgiven = DOWN
        page.goto(f"{server}/report")
        ready(page)
        refuse_one(page, "不知在外的一件事")
        said = page.inner_text("#outbox")
        assert "不在服务范围" in said
        assert "未被接受 1 条" in said
        assert "自动送达" not in said
        page.click("#relocate")
        until(page, "document.getElementById('grid').textContent.includes('网格')")
        fill(page, "放在服务范围内的一件事")
        page.click("#send")
        page.wait_for_selector("#tracking-code")
        assert len(stored(town_url, "放在服务范围内的一件事")) == 1
        assert page.locator("#outbox li").count() == 1
        page.goto(f"{server}/report?lang=en")
        ready(page)
        page.wait_for_selector("#outbox li[data-state=refused]")
        assert "outside the service area" in page.inner_text("#outbox").lower()
        assert "1 not accepted" in page.inner_text("#outbox")


def test_refused_is_corrected_and_sent_with_all_it_had(
    chromium: Any, server: str, api: httpx2.Client, town_url: str, ready: Ready, tmp_path: Path
) -> None:
    from PIL import Image

    picture, words = tmp_path / "one.jpg", "要改位置的一件事"
    Image.effect_noise((400, 300), 40).convert("RGB").save(picture)
    with opened(chromium, viewport=PHONE, **GEO) as (page, watch):
        watch.forgiven = DOWN
        page.goto(f"{server}/report")
        ready(page)
        page.fill("#address", "三号楼")
        page.click("details.extra summary")
        page.fill("#contact-name", "王某")
        page.fill("#occurred", "2026-10-01T08:30")
        page.check("#confidential")
        page.click(".choice label:nth-child(2)")
        refuse_one(page, words, picture)
        (old,) = kept(page)
        assert page.input_value("#text") == ""
        page.click("#outbox button:text-is('修改')")
        until(page, "document.getElementById('outbox').textContent.includes('正在修改')")
        assert page.input_value("#text") == words
        assert page.input_value("#address") == "三号楼"
        assert page.input_value("#contact-name") == "王某"
        assert page.input_value("#occurred") == "2026-10-01T08:30"
        assert page.is_checked("#confidential")
        assert page.is_checked("input[name=urgency][value=urgent]")
        assert page.locator("#categories input").nth(4).is_checked()
        assert page.locator("#photos img").count() == 1
        until(page, "document.getElementById('grid').classList.contains('bad')")
        assert [one["id"] for one in kept(page)] == [old["id"]], "kept until its correction is"
        page.click("#relocate")
        until(page, "document.getElementById('grid').textContent.includes('网格')")
        page.click("#send")
        page.wait_for_selector("#tracking-code")
        page.wait_for_selector("#outbox", state="hidden")
        (new,) = kept(page)
        assert new["id"] != old["id"]
        same = ("category", "text", "address", "contact", "occurred_at", "urgency", "confidential", "photos")
        assert {key: new["body"][key] for key in same} == {key: old["body"][key] for key in same}
        assert len(stored(town_url, words)) == 1
        code = page.inner_text("#tracking-code")
        assert api.get(f"/api/v1/track/{code}").json()["photos_missing"] == []


def test_control_characters_are_told_before_sending(chromium: Any, server: str, ready: Ready) -> None:
    with opened(chromium, viewport=PHONE, **GEO) as (page, _):
        page.goto(f"{server}/report")
        ready(page)
        bar = "getComputedStyle(document.querySelector('.send')).position"
        assert page.evaluate(bar) == "fixed"
        page.set_viewport_size(DESK)
        assert page.evaluate(bar) == "static", "on a desk it lies over nothing"
        page.set_viewport_size(PHONE)
        fill(page, "有一个\u0007字符")
        page.click("#send")
        assert "控制字符" in page.inner_text("#problem")
        assert page.evaluate("document.activeElement.id") == "text"
        assert kept(page) == []
        page.fill("#text", "两行\n和\t制表是可以的")
        page.click("#send")
        page.wait_for_selector("#tracking-code")


def test_denied_says_so_and_a_tap_places_the_pin(chromium: Any, server: str, ready: Ready) -> None:
    with opened(chromium, viewport=PHONE, has_touch=True, is_mobile=True) as (page, _):
        page.goto(f"{server}/report")
        ready(page)
        page.wait_for_selector(".fix.none")
        assert "权限" in page.inner_text("#fix")
        page.click("#send")
        assert "还没有位置" in page.inner_text("#problem")
        page.click("#pin-here")
        until(page, "document.getElementById('grid').textContent.length > 3")
        assert page.evaluate("document.activeElement !== null")


def test_photo_is_sent_small_and_without_place(
    chromium: Any, server: str, api: httpx2.Client, ready: Ready, tmp_path: Path
) -> None:
    from PIL import Image

    picture = tmp_path / "big.jpg"
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    Image.effect_noise((2400, 1800), 40).convert("RGB").save(picture, exif=exif)
    with opened(chromium, viewport=PHONE, **GEO) as (page, _):
        sent: list[Any] = []
        page.on("request", lambda r: sent.append(r) if "/attachments/" in r.url else None)
        page.goto(f"{server}/report")
        ready(page)
        fill(page, "带照片的一件事")
        page.set_input_files("#photo", str(picture))
        page.wait_for_selector("#photos img")
        page.click("#send")
        page.wait_for_selector("#tracking-code")
        page.wait_for_selector("#outbox", state="hidden")
        code = page.inner_text("#tracking-code")
        (put,) = sent
        assert put.method == "PUT"
        assert put.response().status in {200, 201}
        assert api.get(f"/api/v1/track/{code}").json()["photos_missing"] == []
        page.goto(f"{server}/track/{code}")
        until(page, "document.querySelector('#pictures img')?.naturalWidth > 0")


def test_digest_and_uuid_without_secure_context(chromium: Any, server: str) -> None:
    with opened(chromium, viewport=DESK) as (page, _):
        page.goto(f"{server}/track")
        script = """async () => {
            const { sha256Plain, uuid7 } = await import('/static/js/ids.js');
            const lengths = [0, 1, 55, 56, 63, 64, 65, 1000];
            const found = [];
            for (const n of lengths) {
                const data = new Uint8Array(n).map((_, i) => (i * 7 + n) & 255);
                const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', data));
                const want = [...digest].map((b) => b.toString(16).padStart(2, '0')).join('');
                found.push(sha256Plain(data) === want);
            }
            const ids = Array.from({ length: 500 }, () => uuid7(1763779000000));
            const shape = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
            return { found, shaped: ids.every((id) => shape.test(id)), distinct: new Set(ids).size,
                     time: parseInt(ids[0].replace('-', '').slice(0, 12), 16) };
        }"""
        result = page.evaluate(script)
        assert all(result["found"])
        assert result["shaped"]
        assert result["distinct"] == 500
        assert result["time"] == 1763779000000


def test_backoff_doubles_and_is_bounded(chromium: Any, server: str) -> None:
    with opened(chromium, viewport=DESK) as (page, _):
        page.goto(f"{server}/track")
        waits = page.evaluate(
            "import('/static/js/outbox.js').then(({ backoff }) => [0, 1, 2, 20].map((n) => backoff(n, 0.5)))"
        )
        assert waits == [2, 4, 8, 300]
