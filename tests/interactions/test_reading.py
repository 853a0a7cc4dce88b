"""Lines of files as people really send them."""

import gzip
import io
import random
import tracemalloc

import pytest

from interactions.importing.reading import MAX_LINE_BYTES, Place, UnreadableFile, read_lines


def contents(data: bytes, *, after: Place | None = None) -> list[tuple[int, bytes | None]]:
    return [(line.number, line.content) for line in read_lines(io.BytesIO(data), after=after)]


def readable_part(data: bytes) -> tuple[list[int], str]:
    """The numbers of the lines that came, and what was said when they ended."""
    numbers: list[int] = []
    with pytest.raises(UnreadableFile) as caught:
        numbers.extend(line.number for line in read_lines(io.BytesIO(data)))
    return numbers, str(caught.value)


@pytest.mark.parametrize("packed", [lambda data: data, gzip.compress], ids=["plain", "gzip"])
def test_read_lines_numbers_lines_and_passes_over_blank_ones(packed):
    assert contents(packed(b"{1}\n\n  \n{4}\r\n{5}")) == [
        (1, b"{1}\n"),
        (4, b"{4}\r\n"),
        (5, b"{5}"),
    ]


@pytest.mark.parametrize(
    "packed",
    [lambda data: data, gzip.compress, lambda data: data.decode().encode("utf-16")],
    ids=["plain", "gzip", "UTF-16"],
)
def test_read_lines_goes_on_from_the_end_of_each_line(packed):
    data = packed(("\ufeff{é}\n\n" + "x" * (MAX_LINE_BYTES + 5) + "\nb\r\n\nd").encode())
    whole = list(read_lines(io.BytesIO(data)))
    assert [line.number for line in whole] == [1, 3, 4, 6]

    for index, line in enumerate(whole):
        rest = contents(data, after=Place(line.number, line.end))
        assert rest == [(each.number, each.content) for each in whole[index + 1 :]]


def test_read_lines_reads_gzip_files_put_one_behind_the_other():
    assert contents(gzip.compress(b"a\n") + gzip.compress(b"b\n")) == [(1, b"a\n"), (2, b"b\n")]


def test_read_lines_drops_a_byte_order_mark():
    assert contents(b"\xef\xbb\xbf{}\n{}\n") == [(1, b"{}\n"), (2, b"{}\n")]


def test_read_lines_counts_the_bytes_of_the_stored_file():
    data = gzip.compress(b'{"a": 1}\n' * 1000)
    assert [line.position for line in read_lines(io.BytesIO(data))][-1] == len(data)
    assert [line.position for line in read_lines(io.BytesIO(b"ab\ncd\n"))] == [3, 6]


def test_read_lines_reports_a_line_that_is_too_long_and_goes_on():
    data = b"a\n" + b"x" * (MAX_LINE_BYTES + 1) + b"\nc\n"
    assert contents(data) == [(1, b"a\n"), (2, None), (3, b"c\n")]


def test_read_lines_takes_a_line_of_just_the_limit():
    line = b"x" * MAX_LINE_BYTES
    assert contents(line + b"\nc") == [(1, line + b"\n"), (2, b"c")]


def test_read_lines_never_holds_a_line_that_is_too_long():
    packed = gzip.compress(b"x" * (20 * MAX_LINE_BYTES) + b"\nlast\n")
    tracemalloc.start()
    try:
        assert contents(packed) == [(1, None), (2, b"last\n")]
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 5 * MAX_LINE_BYTES


def test_a_truncated_gzip_file_gives_its_lines_and_says_where_it_breaks_off():
    noise = random.Random(1)
    lines = [f"{noise.random()}\n".encode() for _ in range(5000)]
    data = gzip.compress(b"".join(lines))
    numbers, message = readable_part(data[: len(data) // 2])
    assert numbers == list(range(1, len(numbers) + 1))
    assert 1000 < len(numbers) < 4000
    assert message == (
        f"The gzip file breaks off after line {len(numbers)}: it was not copied completely."
    )


def test_a_gzip_file_with_a_wrong_checksum_gives_its_lines_and_says_so():
    data = bytearray(gzip.compress(b"a\nb\n"))
    data[-5] ^= 0xFF
    assert readable_part(bytes(data)) == ([1, 2], "The gzip file is damaged after line 2.")


def test_a_gzip_file_of_rubbish_is_damaged():
    assert readable_part(b"\x1f\x8b" + b"rubbish" * 20) == (
        [],
        "The gzip file is damaged after line 0.",
    )


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "The file is empty."),
        (gzip.compress(b"", mtime=0), "The file is empty."),
        (b"PK\x03\x04....", "The ZIP archive is damaged or was not copied completely."),
        (b"BZh9....", "The bzip2 file is damaged after line 0."),
        (b"\x28\xb5\x2f\xfd....", "compressed with Zstandard"),
        (b"%PDF-1.7", "a PDF document"),
        (b"\x00\x01\x02\n", "The file is not text."),
    ],
)
def test_what_is_no_text_is_refused_with_its_reason(data, expected):
    numbers, message = readable_part(data)
    assert numbers == []
    assert expected in message


def test_a_failing_disk_is_said_plainly():
    class Failing(io.BytesIO):
        def readline(self, *args):
            raise OSError(5, "Input/output error")

    with pytest.raises(UnreadableFile, match=r"^The file cannot be read: Input/output error\.$"):
        list(read_lines(Failing(b"{}\n")))
