"""Asking customers how they were served: whom, by which mail, and what comes back.

`asking` chooses, `sending` mails, `answering` keeps what was answered, `links` makes the addresses of
all that and reads them, `wording` keeps what was asked in which words.
"""
