"""Files in a folder: each is whole or not there, and what it was made in is closed."""

from io import BytesIO
from tempfile import SpooledTemporaryFile

from django.core.files import File

from config.files import WholeFiles


def test_the_buffer_of_a_file_is_closed_once_it_is_kept(tmp_path):
    buffer = SpooledTemporaryFile()  # noqa: SIM115 (that it is closed is the point)
    buffer.write(b"a picture")
    buffer.seek(0)
    storage = WholeFiles(location=tmp_path)
    name = storage.save("picture.png", File(buffer, name="picture.png"))
    assert buffer.closed
    assert (tmp_path / name).read_bytes() == b"a picture"


def test_what_somebody_else_may_read_on_is_left_open(tmp_path):
    given = BytesIO(b"words")
    WholeFiles(location=tmp_path).save("words.txt", File(given, name="words.txt"))
    assert not given.closed
