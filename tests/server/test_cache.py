from __future__ import annotations

from footfall.server.cache import Cache


class Timer:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_an_answer_is_kept_for_its_lifetime() -> None:
    timer = Timer()
    cache = Cache(lifetime=5.0, timer=timer)
    cache.put("a", b"1")
    timer.now = 5.0
    assert cache.get("a") == b"1"
    timer.now = 5.1
    assert cache.get("a") is None
    assert cache.get("b") is None


def test_what_was_unused_longest_makes_room() -> None:
    cache = Cache(most_bytes=10)
    for key in "abc":
        cache.put(key, b"123")
    assert cache.get("a") == b"123"
    # 9 bytes are kept; 3 more leave room for only three answers, and "b" is the stalest.
    cache.put("d", b"456")
    assert [key for key in "abcd" if cache.get(key)] == ["a", "c", "d"]


def test_an_answer_put_anew_replaces_the_old_one() -> None:
    cache = Cache(most_bytes=10)
    for _ in range(100):
        cache.put("a", b"12345")
    cache.put("b", b"12345")
    assert cache.get("a") == cache.get("b") == b"12345"


def test_an_answer_too_large_is_not_kept_and_drives_nothing_out() -> None:
    cache = Cache(most_bytes=10)
    cache.put("a", b"1")
    cache.put("b", b"x" * 11)
    assert cache.get("a") == b"1"
    assert cache.get("b") is None
