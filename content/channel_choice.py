"""The channel a reader works on: said in the address, or chosen once and kept with the session."""

from django.http import HttpRequest

from people.channels import Channel

KEY = "manual_channel"


def channel_in(value: str | None) -> Channel | None:
    return Channel(value) if value in Channel.values else None


def chosen_channel(request: HttpRequest) -> Channel | None:
    """`?channel=` (where "all" is none of them), else what was chosen in this session."""
    asked = request.GET.get("channel")
    if asked == "all":
        return None
    session = getattr(request, "session", {})  # Wagtail's previews of drafts have none.
    return channel_in(asked) or channel_in(session.get(KEY))


def choose_channel(request: HttpRequest, channel: Channel | None) -> None:
    if channel:
        request.session[KEY] = channel.value
    else:
        request.session.pop(KEY, None)
