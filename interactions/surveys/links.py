"""The links in a mail: they carry a code that says nothing of anybody, and a signature, so that an
address somebody makes up is refused without a look into the database."""

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from interactions.models import SurveyInvitation

_SIGNER = Signer(salt="interactions.survey", sep=".")
LONGEST = 120


def token_of(invitation: SurveyInvitation) -> str:
    return _SIGNER.sign(invitation.code)


def invitation_of(token: str) -> SurveyInvitation | None:
    """None for what we never sent. One query, and none where the signature is wrong."""
    if len(token) > LONGEST:
        return None
    try:
        code = _SIGNER.unsign(token)
    except BadSignature:
        return None
    found = SurveyInvitation.objects.filter(code=code)
    return found.select_related("interaction", "version").first()


def address_of(invitation: SurveyInvitation, page: str = "answer") -> str:
    path = reverse(f"surveys:{page}", args=[token_of(invitation)])
    return settings.BASE_URL.rstrip("/") + path
