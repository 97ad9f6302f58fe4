"""A job's log, searched: all of it, in parts, read on, with what stands around each match."""

from studio.jobs import log_search
from studio.jobs.log_search import LogSearch, LogSearches


def write(path, lines, mode="w"):
    with path.open(mode, encoding="utf-8", newline="") as out:
        out.write("".join(f"{line}\n" for line in lines))


def test_the_last_lines_with_their_numbers_and_levels(tmp_path):
    path = tmp_path / "log.txt"
    write(path, [*(f"step {n}" for n in range(1, 501)), "careful: slow", "ValueError: no"])
    found = LogSearch(path).look()
    assert (found.total, found.matches, found.warnings, found.errors) == (502, 502, 1, 1)
    assert [found.lines[0].number, found.lines[-1].number] == [303, 502]
    assert [line.level for line in found.lines[-3:]] == ["", "warning", "error"]
    assert all(line.match for line in found.lines)


def test_ten_megabytes_are_searched_and_then_read_on(tmp_path, monkeypatch):
    path = tmp_path / "log.txt"
    write(
        path,
        [f"{n:06} nothing but filling in this line of the log, as long as" for n in range(150_000)],
    )
    with path.open("r+b") as out:
        out.seek(63 * 7)
        out.write(b"000007 NEEDLE")
    write(path, ["the last needle", "behind it"], "a")
    assert path.stat().st_size > 9_000_000
    search = LogSearch(path, "Needle")
    found = search.look()
    assert (found.matches, found.total) == (2, 150_002)
    assert [(line.number, line.match) for line in found.lines] == [
        (6, False),
        (7, False),
        (8, True),
        (9, False),
        (10, False),
        (149_999, False),
        (150_000, False),
        (150_001, True),
        (150_002, False),
    ]
    monkeypatch.setattr(log_search, "PART", 64)  # it would never come to an end from the start
    write(path, ["one needle more", "and an end without its"], "a")
    again = search.look()
    assert again.matches == 3 and again.lines[-1].text == "and an end without its"


def test_carriage_returns_end_lines_and_a_long_line_is_cut(tmp_path):
    path = tmp_path / "log.txt"
    path.write_bytes(b"10%\r20%\r\r\n" + "数据损坏".encode() + b" x" * 5000 + b"\n\xff\xfe bad\n")
    found = LogSearch(path).look()
    assert [line.text[:4] for line in found.lines] == ["10%", "20%", "数据损坏", "�� b"]
    assert found.lines[2].cut == 4 + 10_000 - log_search.LONGEST
    assert LogSearch(path, "损坏").look().matches == 1


def test_levels_and_texts_can_be_asked_together(tmp_path):
    path = tmp_path / "log.txt"
    write(path, ["warning: a", "error: a", "warning: b", "a"])
    searches = LogSearches()
    assert searches.look(path, "a", "warning").matches == 2  # "warning" has an a of its own
    assert searches.look(path, ": a", "warning").matches == 1
    assert searches.look(path, ": A", "warning").lines[0].text == "warning: a"
    assert searches.look(tmp_path / "none.txt").lines == []


def test_a_log_begun_anew_is_read_anew(tmp_path):
    path = tmp_path / "log.txt"
    write(path, ["old"] * 10)
    search = LogSearch(path, "old")
    assert search.look().matches == 10
    write(path, ["new", "old"])
    assert (search.look().matches, search.look().total) == (1, 2)
