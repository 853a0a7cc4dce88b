"""A process that goes on writing until it is ended: each time one conversation with its customer, its
transcript and a line of the audit log, in one transaction; now and then the seals. Each has a line."""

from itertools import count

import django

if __name__ == "__main__":
    django.setup()
    from django.db import transaction

    from people import audit, audit_chain
    from tests.factories.interactions import InteractionFactory

    for number in count(1):
        with transaction.atomic():
            contact = InteractionFactory(
                external_id=f"written-{number}", customer__external_id=f"writer-{number}"
            )
            audit.record("note_contact", by=None, of=contact, after={"number": number})
        if number % 10 == 0:
            audit_chain.seal()
        print(number, flush=True)  # noqa: T201
