"""The recording of an interaction, whole and in ranges."""

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse

from interactions.actions import attach_recording
from tests.factories.interactions import InteractionFactory
from tests.interactions.sounds import wav

SOUND = wav(list(range(5000)))


@pytest.fixture
def interaction(agent):
    interaction = InteractionFactory(agent=agent, channel="phone")
    attach_recording(interaction, ContentFile(SOUND, name="Ada.wav"), by=None)
    return interaction


@pytest.fixture
def listen(as_user, agent, interaction):
    client = as_user(agent)
    address = reverse("interactions:interaction_recording", args=[interaction.pk])
    return lambda **headers: client.get(address, headers=headers, follow=True)


def content(response) -> bytes:
    return b"".join(response.streaming_content)


def test_without_a_range_all_of_it_comes(listen):
    response = listen()

    assert response.status_code == 200
    assert content(response) == SOUND
    assert response["Content-Type"] == "audio/wav"
    assert response["Content-Length"] == str(len(SOUND))
    assert response["Accept-Ranges"] == "bytes"
    assert "private" in response["Cache-Control"]
    assert "Ada" not in str(response.headers)


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-", 0, len(SOUND)),
        ("bytes=44-99", 44, 100),
        ("bytes=-10", len(SOUND) - 10, len(SOUND)),
        (f"bytes=9000-{10**12}", 9000, len(SOUND)),
        (f"bytes=-{10**12}", 0, len(SOUND)),
    ],
)
def test_a_range_comes_alone(listen, asked, start, end):
    response = listen(range=asked)

    assert response.status_code == 206
    assert content(response) == SOUND[start:end]
    assert response["Content-Range"] == f"bytes {start}-{end - 1}/{len(SOUND)}"
    assert response["Content-Length"] == str(end - start)


@pytest.mark.parametrize("asked", [f"bytes={len(SOUND)}-", "bytes=999999-1000000", "bytes=-0"])
def test_a_range_past_the_end_is_not_satisfiable(listen, asked):
    response = listen(range=asked)

    assert response.status_code == 416
    assert response["Content-Range"] == f"bytes */{len(SOUND)}"


@pytest.mark.parametrize("asked", ["bytes=5-2", "bytes=-", "lines=1-2", "bytes=0-1,5-6", "x"])
def test_what_is_no_single_range_of_bytes_is_ignored(listen, asked):
    assert listen(range=asked).status_code == 200


def test_a_player_with_an_older_file_gets_the_new_one_whole(listen):
    tag = listen()["ETag"]

    assert listen(range="bytes=0-9", if_range=tag).status_code == 206
    assert listen(range="bytes=0-9", if_range='"old"').status_code == 200
    assert listen(if_none_match=tag).status_code == 304


def test_head_says_how_long_it_is(as_user, agent, interaction):
    address = reverse("interactions:interaction_recording", args=[interaction.pk])
    client = as_user(agent)
    response = client.head(client.head(address)["Location"])

    assert response["Content-Length"] == str(len(SOUND))
    assert response.content == b""


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("agent", 200),
        ("manager", 200),
        ("administrator", 200),
        ("teammate", 404),
        ("reviewer", 404),
        ("other_manager", 404),
        ("editor", 404),
    ],
)
def test_only_who_sees_the_interaction_hears_it(as_user, interaction, request, who, status):
    address = reverse("interactions:interaction_recording", args=[interaction.pk])

    client = as_user(request.getfixturevalue(who))
    assert client.get(address, follow=True).status_code == status


def test_no_recording_and_a_lost_file_are_not_found(as_user, agent, interaction, listen):
    bare = InteractionFactory(agent=agent)
    address = reverse("interactions:interaction_recording", args=[bare.pk])
    assert as_user(agent).get(address).status_code == 404

    interaction.recording.file.storage.delete(interaction.recording.file.name)
    assert listen().status_code == 404


def test_recordings_are_only_read(as_user, agent, interaction):
    address = reverse("interactions:interaction_recording", args=[interaction.pk])

    assert as_user(agent).post(address).status_code == 405
    assert as_user(agent).delete(address).status_code == 405


def test_strangers_are_asked_to_sign_in(client, interaction):
    address = reverse("interactions:interaction_recording", args=[interaction.pk])

    assert client.get(address).status_code == 302


def test_a_recording_is_not_compressed(listen):
    response = listen(**{"Accept-Encoding": "gzip", "Range": "bytes=0-3"})

    assert response.status_code == 206
    assert not response.has_header("Content-Encoding")
    assert content(response) == SOUND[:4]
